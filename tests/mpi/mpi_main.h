#pragma once
#include "cluster/world.h"

namespace mazescan {

// The one World of a test program. All ranks run all tests, in the same order; in tests with collective calls
// use EXPECT, as a rank that leaves early makes the others wait.
const World& test_world();

}  // namespace mazescan
