// Writes the tests' sample shard to the given path, as input for tests/python/shards_h5py_test.py.
#include <cstdio>
#include <exception>

#include "datasets/scan_shard_file.h"
#include "tests/datasets/sample_shard.h"

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: %s PATH\n", argv[0]);
    return 2;
  }
  try {
    std::puts(
        mazescan::datasets::write_shard(argv[1], mazescan::sample_shard(7), {}, "{\"made_by\": \"a test\"}")
            .c_str());
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
}
