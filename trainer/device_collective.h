#pragma once
#include <torch/types.h>

#include <memory>

#include "cluster/collective.h"
#include "cluster/world.h"

namespace mazescan {

// Makes the collective for buffers on a device: NCCL on GPUs, MPI otherwise. Throws UserError if ranks would
// share a GPU. Collective.
std::unique_ptr<Collective> make_collective(const World& world, torch::Device device);

}  // namespace mazescan
