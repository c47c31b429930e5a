#pragma once
#include <array>

namespace mazescan {

// Every top-level key of a configuration file. A program reads its own keys and allows the others, so that
// one file describes a whole experiment.
inline constexpr std::array kSections = {"run",  "seed",   "ranks", "environment", "network", "train",
                                         "scan", "record", "probe", "edit",        "trigger", "certify"};

}  // namespace mazescan
