#pragma once
#include <map>
#include <string>

namespace mazescan {

// Returns version and commit of this build: "0.1.0 (commit)".
const char* code_version();

// Versions by the names of what has them.
using Versions = std::map<std::string, std::string>;

// Returns the version of this build, its commit and its compiler.
Versions build_versions();

// Returns what --version prints: the program and its version, then a line for each of the others.
std::string version_text(const std::string& program, const Versions& versions);

// Returns what makes the outputs of this process: code version, compiler, host, system, processor, memory,
// time (UTC). It is recorded as provenance, outside every payload hash.
std::map<std::string, std::string> build_and_machine();

}  // namespace mazescan
