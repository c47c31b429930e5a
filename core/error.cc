#include "core/error.h"

#include <fmt/format.h>

namespace mazescan {

UserError::UserError(std::string_view problem, std::string_view why, std::string_view suggestion)
    : std::runtime_error(fmt::format("{}\n  why:   {}\n  right: {}", problem, why, suggestion)) {}

}  // namespace mazescan
