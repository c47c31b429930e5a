#pragma once
#include <cstddef>
#include <cstdint>

namespace mazescan {

// The checksum that HDF5's Fletcher32 filter stores behind a chunk, several times as fast as libhdf5 computes
// it: with that one, it would take most of the time that an uncompressed chunk takes.
uint32_t fletcher32(const void* bytes, size_t count);

}  // namespace mazescan
