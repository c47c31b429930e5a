// The functions that libhdf5 looks for in a shared object of HDF5_PLUGIN_PATH.
#include <H5PLextern.h>

#include "storage/hdf5/seg_filter.h"

H5PL_type_t H5PLget_plugin_type() {
  return H5PL_TYPE_FILTER;
}

const void* H5PLget_plugin_info() {
  return &mazescan::hdf5::kSegClass;
}
