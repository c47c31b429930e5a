#include "policy/threads.h"

#include <dlfcn.h>
#include <fmt/format.h>
#include <torch/utils.h>
#include <torch/version.h>

#ifdef MAZESCAN_CUDA
#include <cuda_runtime_api.h>
#endif

#include <set>

#include "core/log.h"
#include "policy/kernels/kernels.h"

namespace mazescan::policy {

void use_one_compute_thread() {
  torch::set_num_threads(1);
  // libtorch does not pass the number of threads on to OpenBLAS, which this machine may use as its BLAS.
  if (void* symbol = dlsym(RTLD_DEFAULT, "openblas_set_num_threads"))
    reinterpret_cast<void (*)(int)>(symbol)(1);
}

void advise_on_matrix_products() {
  if (kernels::avx2_kernels() == nullptr) return;
  auto* const core_name = reinterpret_cast<const char* (*)()>(dlsym(RTLD_DEFAULT, "openblas_get_corename"));
  if (core_name == nullptr) return;  // another library computes matrix products
  static const std::set<std::string> kWithoutAvx = {"Prescott",   "Core2",   "Penryn",
                                                    "Dunnington", "Nehalem", "Katmai"};
  if (kWithoutAvx.count(core_name()) == 0) return;
  log_info(
      "OpenBLAS does not know this processor and uses instructions of '{}', which are several times slower: set "
      "OPENBLAS_CORETYPE={}",
      core_name(), kernels::avx512_kernels() != nullptr ? "SkylakeX" : "Haswell");
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
