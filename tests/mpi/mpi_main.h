#pragma once
#include "cluster/communicator.h"

namespace mazescan {

// Returns the Communicator of the test program. All ranks run all tests in the same order. Tests with
// collective calls must use EXPECT, not ASSERT: if one rank returned early, the others would wait for it.
const cluster::Communicator& test_communicator();

}  // namespace mazescan
