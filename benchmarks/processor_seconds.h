#pragma once
#include <ctime>

// Returns the processor time of all threads of this process, which depends little on other load of the
// machine.
inline double processor_seconds() {
  return static_cast<double>(std::clock()) / CLOCKS_PER_SEC;
}
