#pragma once
#include <torch/types.h>

#include <memory>

#include "cluster/collective.h"
#include "cluster/world.h"

namespace mazescan {

// The collective for buffers of that device: NCCL on GPUs, MPI otherwise. Throws UserError where ranks would
// have to share a GPU. Collective.
std::unique_ptr<Collective> make_collective(const World& world, torch::Device device);

}  // namespace mazescan
