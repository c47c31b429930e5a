#include "policy/device.h"

#include <torch/cuda.h>
#include <torch/types.h>

#include "core/error.h"

namespace mazescan::policy {

torch::Device choose_device(const std::string& key, const std::string& name, int local_rank) {
  const bool available = torch::cuda::is_available();
  require(name != "cuda" || available, lazy("'{}' is cuda", key), "this libtorch sees no CUDA device",
          "device: cpu, or a build with the cuda preset on a machine with a GPU");
  if (name == "cpu" || !available) return torch::kCPU;
  const int devices = static_cast<int>(torch::cuda::device_count());
  return {torch::kCUDA, static_cast<c10::DeviceIndex>(local_rank % devices)};
}

void choose_compute_dtype(Network& network, const std::string& key, const std::string& name) {
  at::globalContext().setAllowTF32CuDNN(false);
  at::globalContext().setAllowTF32CuBLAS(false);
  require(name != "float16" || network.parameters().is_cuda(), lazy("'{}' is float16", key),
          "processors do not compute in it", "float32, bfloat16, or a GPU");
  network.compute_in(name == "float16"    ? torch::kFloat16
                     : name == "bfloat16" ? torch::kBFloat16
                                          : torch::kFloat32);
}

}  // namespace mazescan::policy
