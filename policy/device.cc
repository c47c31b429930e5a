#include "policy/device.h"

#include <torch/torch.h>

#include "core/error.h"

namespace mazescan {

torch::Device choose_device(const std::string& key, const std::string& name, int local_rank) {
  const bool available = torch::cuda::is_available();
  require(name != "cuda" || available, "'" + key + "' is cuda", "this libtorch sees no CUDA device",
          "device: cpu, or a build with the cuda preset on a machine with a GPU");
  if (name == "cpu" || !available) return torch::kCPU;
  const int devices = static_cast<int>(torch::cuda::device_count());
  return {torch::kCUDA, static_cast<c10::DeviceIndex>(local_rank % devices)};
}

}  // namespace mazescan
