#pragma once
#include <cstddef>
#include <cstdint>

namespace mazescan::hdf5 {

// Returns the checksum that HDF5's Fletcher32 filter stores after a chunk. It is computed several times as
// fast as by libhdf5, where it takes most of the time of writing an uncompressed chunk.
uint32_t fletcher32(const void* bytes, size_t count);

}  // namespace mazescan::hdf5
