#pragma once
#include <string>

#include "core/error.h"

namespace mazescan {

// Returns the message of the UserError that `call` throws, "" if it throws none.
template <class Call>
std::string message_of(const Call& call) {
  try {
    call();
  } catch (const UserError& error) {
    return error.what();
  }
  return "";
}

}  // namespace mazescan
