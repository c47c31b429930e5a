#include "tests/mpi/mpi_main.h"

#include <gtest/gtest.h>

#include <cstdio>

namespace mazescan {

namespace {

const cluster::Communicator* current_communicator = nullptr;

// Prints failures only: for ranks other than 0.
class FailurePrinter : public testing::EmptyTestEventListener {
  void OnTestPartResult(const testing::TestPartResult& result) override {
    if (result.failed())
      std::fprintf(stderr, "rank %d: %s:%d: %s\n", test_communicator().rank(), result.file_name(),
                   result.line_number(), result.summary());
  }
};

}  // namespace

const cluster::Communicator& test_communicator() {
  return *current_communicator;
}

}  // namespace mazescan

int main(int argc, char** argv) {
  const mazescan::cluster::Communicator communicator(&argc, &argv);
  mazescan::current_communicator = &communicator;
  testing::InitGoogleTest(&argc, argv);
  auto& listeners = testing::UnitTest::GetInstance()->listeners();
  if (!communicator.is_root()) {
    delete listeners.Release(listeners.default_result_printer());
    listeners.Append(new mazescan::FailurePrinter);
  }
  const bool failed = RUN_ALL_TESTS() != 0;
  return communicator.any(failed) ? 1 : 0;
}
