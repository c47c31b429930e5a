#pragma once
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

// A fuzz target is a file that defines libFuzzer's function and the seeds. The test programs link it with
// fuzz_main.cc, which runs a fixed number of random mutations of the seeds. For a longer search, use
// libFuzzer's main function instead of fuzz_main.cc:
//   clang++ -std=c++17 -g -O1 -fsanitize=fuzzer,address,undefined -I. tests/fuzz/maze_fuzz.cc envs/*.cc
//     core/config.cc core/error.cc core/hash.cc core/random.cc -lfmt -lyaml-cpp -lxxhash -o maze_fuzz
//   ./maze_fuzz -max_total_time=600
// (targets of policy/ also need libtorch's flags, -lz and policy/*.cc).
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

// Returns the inputs that are mutated.
std::vector<std::string> fuzz_seeds();
