// Writes the tests' sample recordings into a folder, optionally with one changed value, as input for
// tests/python/check_draw_test.py.
#include <cstdio>
#include <exception>

#include "tests/evaluator/parity/sample_recordings.h"

int main(int argc, char** argv) {
  if (argc != 2 && argc != 4) {
    std::fprintf(stderr, "usage: %s FOLDER [DATASET INDEX]\n", argv[0]);
    return 2;
  }
  try {
    mazescan::Spoil spoil;
    if (argc == 4) spoil = {argv[2], std::stoul(argv[3])};
    const mazescan::SampleRecordings recordings(argv[1], spoil);
    recordings.write_levels();
    recordings.write_rollouts();
    recordings.write_frames();
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
}
