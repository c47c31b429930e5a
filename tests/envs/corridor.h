#pragma once
#include "envs/environment_info.h"

namespace mazescan {

// Returns the table entry of the environment `corridor`: a mouse starts in the middle of a corridor whose
// goal is at the right end. Does a trained policy go to the goal or to the right?
envs::EnvironmentInfo corridor_info();

}  // namespace mazescan
