#pragma once
#include "cluster/world.h"

namespace mazescan {

// Returns the World of the test program. All ranks run all tests in the same order. Tests with collective
// calls must use EXPECT, not ASSERT: if one rank returned early, the others would wait for it.
const World& test_world();

}  // namespace mazescan
