#pragma once
#include <stdexcept>
#include <string_view>

namespace mazescan {

// A fault of the machine that may pass, such as an I/O error of a disk. Programs print it and exit with status 1,
// after which a scheduler starts the job again. The message has the form of a UserError.
class MachineError : public std::runtime_error {
 public:
  MachineError(std::string_view problem, std::string_view reason, std::string_view hint);
};

// Returns whether an errno is such a fault.
bool is_passing_fault(int error);

}  // namespace mazescan
