#pragma once
#include <torch/types.h>

#include <memory>
#include <string>

#include "cluster/collective.h"
#include "cluster/world.h"

namespace mazescan {

// The device that `train.device` names for this rank; the ranks of a node are dealt its GPUs in turn. Throws
// UserError where there is none such. Collective.
torch::Device choose_device(const std::string& name, const World& world);

// The collective for buffers of that device: NCCL on GPUs, MPI otherwise. Throws UserError where ranks would have
// to share a GPU. Collective.
std::unique_ptr<Collective> make_collective(const World& world, torch::Device device);

}  // namespace mazescan
