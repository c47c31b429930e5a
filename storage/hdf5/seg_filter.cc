#include "storage/hdf5/seg_filter.h"

#include <cstdlib>
#include <cstring>
#include <new>
#include <vector>

namespace mazescan::hdf5 {
namespace {

// Puts `bytes` of new memory in place of a buffer of libhdf5, which allocates with malloc.
size_t replace(void** buffer, size_t* capacity, void* with, size_t bytes) {
  std::free(*buffer);
  *buffer = with;
  *capacity = bytes;
  return bytes;
}

size_t encode_chunk(seg::Format format, unsigned k, size_t bytes, size_t* capacity, void** buffer) {
  if (bytes % format.element_bytes != 0) return 0;
  const std::vector<char> stream = seg::encode(*buffer, bytes / format.element_bytes, format, k);
  void* const copy = std::malloc(stream.size());
  if (copy == nullptr) return 0;
  std::memcpy(copy, stream.data(), stream.size());
  return replace(buffer, capacity, copy, stream.size());
}

size_t decode_chunk(seg::Format format, size_t bytes, size_t* capacity, void** buffer) {
  const auto* stream = static_cast<const char*>(*buffer);
  size_t count = 0;
  if (seg::read_count(stream, bytes, format, count) != nullptr || count == 0) return 0;
  void* const values = std::malloc(count * format.element_bytes);
  if (values == nullptr) return 0;
  if (seg::decode(stream, bytes, format, values, count) != nullptr) {
    std::free(values);
    return 0;
  }
  return replace(buffer, capacity, values, count * format.element_bytes);
}

// Returns the bytes that result, or 0 for a failure, as HDF5 defines it.
size_t filter(unsigned flags, size_t count, const unsigned* parameters, size_t bytes, size_t* capacity,
              void** buffer) {
  const auto format = seg_format(count, parameters);
  if (!format) return 0;
  try {
    return (flags & H5Z_FLAG_REVERSE) != 0 ? decode_chunk(*format, bytes, capacity, buffer)
                                           : encode_chunk(*format, parameters[2], bytes, capacity, buffer);
  } catch (const std::bad_alloc&) {
    return 0;
  }
}

}  // namespace

std::optional<seg::Format> seg_format(size_t count, const unsigned* parameters) {
  if (count != kSegParameters) return std::nullopt;
  const unsigned version = parameters[0], element_bytes = parameters[1], k = parameters[2],
                 is_signed = parameters[3];
  if (version != seg::kVersion || element_bytes < 1 || element_bytes > 2 || is_signed > 1 ||
      (k > seg::kMaxK && k != seg::kBestK))
    return std::nullopt;
  return seg::Format{element_bytes, is_signed == 1};
}

const H5Z_class2_t kSegClass = {H5Z_CLASS_T_VERS, kSegFilter, 1, 1, "mazescan SEG", nullptr, nullptr, filter};

}  // namespace mazescan::hdf5
