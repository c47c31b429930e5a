#pragma once
#include <functional>

namespace mazescan::storage {

// Calls `act`, again after a MachineError: three times in all, within about a second.
void with_retries(const std::function<void()>& act);

}  // namespace mazescan::storage
