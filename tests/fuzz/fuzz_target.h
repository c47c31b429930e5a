#pragma once
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

// A fuzz target is libFuzzer's function, in a file of its own with its seeds. The test programs link it with
// fuzz_main.cc, which runs a fixed number of random changes of the seeds. For a real search leave
// fuzz_main.cc out and let clang bring the main function:
//   clang++ -std=c++17 -g -O1 -fsanitize=fuzzer,address,undefined -I. tests/fuzz/maze_fuzz.cc envs/*.cc
//     core/config.cc core/error.cc core/hash.cc core/random.cc -lfmt -lyaml-cpp -lxxhash -o maze_fuzz
//   ./maze_fuzz -max_total_time=600
// (those of policy/ want libtorch's flags, -lz and policy/*.cc besides).
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

// Inputs from which the changes start.
std::vector<std::string> fuzz_seeds();
