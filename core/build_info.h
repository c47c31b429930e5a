#pragma once
#include <map>
#include <string>

namespace mazescan {

// Returns version and commit of this build: "0.1.0 (commit)".
const char* code_version();

// Returns what makes the outputs of this process: code version, compiler, host, system, processor, memory,
// time (UTC). It is recorded as provenance, outside every payload hash.
std::map<std::string, std::string> build_and_machine();

}  // namespace mazescan
