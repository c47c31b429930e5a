#include "core/machine_error.h"

#include <cerrno>

#include "core/error.h"

namespace mazescan {

MachineError::MachineError(std::string_view problem, std::string_view reason, std::string_view hint)
    : std::runtime_error(UserError(problem, reason, hint).what()) {}

bool is_passing_fault(int error) {
  switch (error) {
    case EIO:
    case ESTALE:
    case EREMOTEIO:
    case ETIMEDOUT:
    case ENETDOWN:
    case ENETUNREACH:
    case EHOSTDOWN:
    case EHOSTUNREACH:
      return true;
    default:
      return false;
  }
}

}  // namespace mazescan
