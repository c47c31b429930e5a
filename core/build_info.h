#pragma once
#include <map>
#include <string>

namespace mazescan {

// "0.1.0 (commit)" of this build.
const char* code_version();

// What made an output: code version, compiler, host, processor, memory, time (UTC). For provenance, which
// stands outside every payload hash.
std::map<std::string, std::string> build_and_machine();

}  // namespace mazescan
