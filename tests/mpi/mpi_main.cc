#include "tests/mpi/mpi_main.h"

#include <gtest/gtest.h>

#include <cstdio>

namespace mazescan {

namespace {

const World* current_world = nullptr;

// Prints failures only: for ranks other than 0.
class FailurePrinter : public testing::EmptyTestEventListener {
  void OnTestPartResult(const testing::TestPartResult& result) override {
    if (result.failed())
      std::fprintf(stderr, "rank %d: %s:%d: %s\n", test_world().rank(), result.file_name(),
                   result.line_number(), result.summary());
  }
};

}  // namespace

const World& test_world() {
  return *current_world;
}

}  // namespace mazescan

int main(int argc, char** argv) {
  const mazescan::World world(&argc, &argv);
  mazescan::current_world = &world;
  testing::InitGoogleTest(&argc, argv);
  auto& listeners = testing::UnitTest::GetInstance()->listeners();
  if (!world.is_root()) {
    delete listeners.Release(listeners.default_result_printer());
    listeners.Append(new mazescan::FailurePrinter);
  }
  const bool failed = RUN_ALL_TESTS() != 0;
  return world.any(failed) ? 1 : 0;
}
