#pragma once
#include <cstddef>
#include <cstdint>
#include <vector>

// Sparse-exponential-Golomb coding: a lossless code for small integers of which many are 0, in streams that
// docs/dataset.md specifies. It needs no other library, because a plug-in for other readers of HDF5 contains it.
// Source: Georgiadis, "Accelerating convolutional neural networks via activation map compression", CVPR 2019.
namespace mazescan::seg {

constexpr unsigned kVersion = 1;  // of the streams
constexpr unsigned kMaxK = 16;
constexpr unsigned kBestK = 255;    // the k with the shortest stream
constexpr size_t kHeaderBytes = 7;  // version, k, flags, 4 bytes of the count

// The elements of a stream: little-endian integers.
struct Format {
  size_t element_bytes = 1;  // 1 or 2
  bool is_signed = false;    // the code of s is that of 2s, or of -2s - 1 if s is negative
};

// Returns the bits of the code word of x.
unsigned code_length(uint32_t x, unsigned k);

// How many elements have the code of x or of a smaller number, for each of the 256 or 65,536 x.
using Counts = std::vector<uint64_t>;
Counts count_values(const void* values, size_t count, Format format);
// Returns the bits of all code words.
uint64_t total_length(const Counts& counts, unsigned k);
// Returns the k with the smallest total_length; of several the smallest k.
unsigned best_k(const Counts& counts);

// Returns the stream of at most 2^32 - 1 elements. It stores the elements as they are where this is shorter.
std::vector<char> encode(const void* values, size_t count, Format format, unsigned k = kBestK);

// Reads `count` elements from a stream that must hold exactly these. Returns what is wrong with the stream,
// as the end of the sentence "a chunk ...", or nullptr. Any bytes may be passed.
const char* decode(const char* stream, size_t bytes, Format format, void* values, size_t count);
// Sets `count` to the number of elements that the stream claims and can hold. Returns as decode().
const char* read_count(const char* stream, size_t bytes, Format format, size_t& count);

}  // namespace mazescan::seg
