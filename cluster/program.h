#pragma once
#include <functional>

namespace mazescan {

// Runs a program's body and turns its errors into messages and exit statuses: 2 for a UserError (all ranks
// are told to end), 1 for anything else. Returns the status for main to return; kStoppedStatus at rank 0
// alone.
int run_program(const char* name, const std::function<int()>& body);

}  // namespace mazescan
