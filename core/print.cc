#include "core/print.h"

#include <cstdio>

namespace mazescan {

void print_message(const std::string& text) {
  std::fputs(text.c_str(), stderr);
  std::fflush(stderr);
}

}  // namespace mazescan
