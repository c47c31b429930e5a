#pragma once
#include "cluster/world.h"

namespace mazescan {

// Returns the World of a test program. All ranks run all tests in the same order. Use EXPECT in tests with
// collective calls: a rank that leaves a test early makes the others wait.
const World& test_world();

}  // namespace mazescan
