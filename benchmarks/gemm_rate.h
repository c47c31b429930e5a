#pragma once
#include <torch/types.h>
#include <torch/utils.h>

#include <algorithm>

#include "cluster/communicator.h"
#include "core/stopwatch.h"

// Measures the floating-point operations per second of a 1024 x 1024 float32 matrix product on this rank,
// while all ranks compute.
inline double gemm_rate(const mazescan::cluster::Communicator& communicator) {
  torch::NoGradGuard no_grad;
  constexpr int64_t kSide = 1024;
  const torch::Tensor a = torch::rand({kSide, kSide}), b = torch::rand({kSide, kSide});
  torch::Tensor c = torch::empty({kSide, kSide});
  for (int i = 0; i < 3; ++i) torch::mm_out(c, a, b);
  communicator.barrier();
  double best = 0;
  for (int i = 0; i < 30; ++i) {
    const mazescan::Stopwatch stopwatch;
    torch::mm_out(c, a, b);
    best = std::max(best, 2.0 * kSide * kSide * kSide / stopwatch.seconds());
  }
  return best;
}
