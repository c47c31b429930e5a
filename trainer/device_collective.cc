#include "trainer/device_collective.h"

#include "core/error.h"

#ifdef MAZESCAN_CUDA
#include <ATen/cuda/CUDAContext.h>
#include <c10/cuda/CUDAFunctions.h>
#include <c10/cuda/CUDAStream.h>
#include <cuda_runtime_api.h>
#include <fmt/format.h>

#include "cluster/nccl.h"
#endif

namespace mazescan::trainer {

std::unique_ptr<cluster::Collective> make_collective(
    const cluster::Communicator& communicator, torch::Device device,
    [[maybe_unused]] void (*on_nccl_failure)(const std::string&)) {
#ifdef MAZESCAN_CUDA
  if (device.is_cuda()) {
    c10::cuda::set_device(device.index());  // NCCL uses the current device
    const c10::cuda::CUDAStream stream = c10::cuda::getCurrentCUDAStream(device.index());
    // The device number is not a name: it differs between processes that see only some of the GPUs.
    char bus[32] = {};
    C10_CUDA_CHECK(cudaDeviceGetPCIBusId(bus, sizeof bus, device.index()));
    const char* model = at::cuda::getDeviceProperties(device.index())->name;
    return cluster::make_nccl_collective(
        communicator,
        {fmt::format("{} at {}", model, bus), stream.stream(), [stream] { return stream.query(); }},
        on_nccl_failure);
  }
#endif
  expect(device.is_cpu(), "a device that this build can use");
  return cluster::make_mpi_collective(communicator);
}

}  // namespace mazescan::trainer
