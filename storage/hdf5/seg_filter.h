#pragma once
#include <hdf5.h>

#include <cstddef>
#include <optional>

#include "storage/seg/codec.h"

// The codec of storage/seg as a filter of HDF5, for this program and for the plug-in that other readers load.
// Includes nothing else of this folder, because the plug-in must not contain a second libhdf5.
namespace mazescan::hdf5 {

constexpr H5Z_filter_t kSegFilter = 441;  // of the identifiers for private use, 256 to 511

// The filter's parameters, which HDF5 stores with a dataset: version of the streams, bytes of an element, k or
// seg::kBestK, and 1 for signed elements.
constexpr size_t kSegParameters = 4;
// Returns the elements that the parameters describe; nothing if they are invalid.
std::optional<seg::Format> seg_format(size_t count, const unsigned* parameters);

extern const H5Z_class2_t kSegClass;  // for H5Zregister

}  // namespace mazescan::hdf5
