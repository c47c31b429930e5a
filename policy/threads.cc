#include "policy/threads.h"

#include <dlfcn.h>
#include <fmt/format.h>
#include <torch/utils.h>
#include <torch/version.h>

#ifdef MAZESCAN_CUDA
#include <cuda_runtime_api.h>
#endif

namespace mazescan::policy {

void use_one_compute_thread() {
  torch::set_num_threads(1);
  // libtorch does not pass the number of threads on to OpenBLAS, which this machine may use as its BLAS.
  if (void* symbol = dlsym(RTLD_DEFAULT, "openblas_set_num_threads"))
    reinterpret_cast<void (*)(int)>(symbol)(1);
}

const char* torch_version() {
  return TORCH_VERSION;
}

std::string cuda_version() {
#ifdef MAZESCAN_CUDA
  return fmt::format("{}.{}", CUDART_VERSION / 1000, CUDART_VERSION % 1000 / 10);
#else
  return "none";
#endif
}

}  // namespace mazescan::policy
