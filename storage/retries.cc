#include "storage/retries.h"

#include <chrono>
#include <thread>

#include "core/log.h"
#include "core/machine_error.h"

namespace mazescan::storage {

void with_retries(const std::function<void()>& act) {
  for (const int wait_ms : {100, 1000}) try {
      return act();
    } catch (const MachineError& error) {
      log_warning("trying again: {}", error.what());
      std::this_thread::sleep_for(std::chrono::milliseconds(wait_ms));
    }
  act();
}

}  // namespace mazescan::storage
