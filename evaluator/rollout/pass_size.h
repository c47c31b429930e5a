#pragma once
#include <cstdint>

#include "policy/network.h"

namespace mazescan::rollout {

// Returns the number of states in a forward pass: kStatesOfAPass, or on CPUs fewer if outputs of layers are
// large and would not fit into a processor's caches. With 64 x 64 frames, passes of 512 states take twice the
// time. It depends on the network, never on the machine.
int64_t states_of_a_pass(const policy::Network& network);

// Returns the bytes of the largest output of a layer, for one state.
int64_t largest_output_bytes(const policy::Network& network);

}  // namespace mazescan::rollout
