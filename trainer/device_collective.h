#pragma once
#include <torch/types.h>

#include <memory>
#include <string>

#include "cluster/collective.h"
#include "cluster/communicator.h"

namespace mazescan::trainer {

// Makes the collective for buffers of that device: NCCL on GPUs, MPI otherwise. Collective.
//   on_nccl_failure: NcclFailureHandler of cluster/nccl.h
// Throws UserError if ranks would have to share a GPU.
std::unique_ptr<cluster::Collective> make_collective(const cluster::Communicator& communicator,
                                                     torch::Device device,
                                                     void (*on_nccl_failure)(const std::string& message));

}  // namespace mazescan::trainer
