// Compares a scan on a GPU with the same scan on the CPU: activations agree within a tolerance, and greedy
// rollouts end the same way.
#include <gtest/gtest.h>
#include <torch/cuda.h>

#include <cmath>

#include "datasets/work_unit.h"
#include "evaluator/jobs/run_config.h"
#include "evaluator/registry/registry.h"
#include "evaluator/scan/config.h"
#include "evaluator/scan/scan.h"
#include "policy/device.h"
#include "tests/evaluator/small_policy.h"

namespace mazescan {
namespace {

jobs::RunConfig grid() {
  jobs::RunConfig config = registry::default_config();
  config.section<scan::ScanConfig>().levels = config.section<scan::ScanConfig>().chunk = 200;
  config.section<scan::ScanConfig>().layers = {"embedder.block1.conv", "embedder.fc", "fc_policy"};
  return config;
}

policies::TrainedPolicy on_gpu(const char* compute_dtype) {
  const policies::TrainedPolicy cpu = small_policy();
  policy::Policy policy =
      policy::decode_policy(policy::encode_policy(cpu.policy.network, cpu.policy.environment, "{}"), "small",
                            policy::choose_device("scan.device", "cuda", 0));
  policy::choose_compute_dtype(policy.network, "scan.compute_dtype", compute_dtype);
  return {std::move(policy), cpu.environment};
}

// Returns the largest difference of two taps, relative to the largest value.
double distance(const datasets::TapRecord& a, const datasets::TapRecord& b) {
  double difference = 0, largest = 0;
  for (size_t i = 0; i < a.values.size(); ++i) {
    difference = std::max(difference, std::abs(double{a.values[i]} - b.values[i]));
    largest = std::max(largest, std::abs(double{b.values[i]}));
  }
  return difference / largest;
}

TEST(EvaluatorOnGpu, Float32AgreesWithCpuWithinTolerance) {
  if (!torch::cuda::is_available()) GTEST_SKIP() << "no GPU";
  const datasets::WorkUnit unit{5, "uniform", 0};
  const datasets::ScanShard gpu = scan::scan_unit(grid(), on_gpu("float32"), unit),
                            cpu = scan::scan_unit(grid(), small_policy(), unit);
  ASSERT_EQ(gpu.level_seed, cpu.level_seed);
  ASSERT_EQ(gpu.taps.size(), cpu.taps.size());
  for (size_t tap = 0; tap < cpu.taps.size(); ++tap)
    if (cpu.taps[tap].moment == "first") {
      EXPECT_LT(distance(gpu.taps[tap], cpu.taps[tap]), 1e-4) << cpu.taps[tap].tap;
    }
  int same = 0;
  for (size_t e = 0; e < cpu.level_seed.size(); ++e)
    same +=
        gpu.greedy.outcome[e] == cpu.greedy.outcome[e] && gpu.greedy.steps[e] == cpu.greedy.steps[e] ? 1 : 0;
  // Ties between two moves may be broken differently; they are rare.
  EXPECT_GE(same, static_cast<int>(cpu.level_seed.size()) * 99 / 100);
}

TEST(EvaluatorOnGpu, Float16DiffersFromCpuByRounding) {
  if (!torch::cuda::is_available()) GTEST_SKIP() << "no GPU";
  const datasets::WorkUnit unit{5, "uniform", 0};
  const datasets::ScanShard gpu = scan::scan_unit(grid(), on_gpu("float16"), unit),
                            cpu = scan::scan_unit(grid(), small_policy(), unit);
  for (size_t tap = 0; tap < cpu.taps.size(); ++tap)
    if (cpu.taps[tap].moment == "first") {
      const double difference = distance(gpu.taps[tap], cpu.taps[tap]);
      EXPECT_GT(difference, 0) << cpu.taps[tap].tap;
      EXPECT_LT(difference, 0.02) << cpu.taps[tap].tap;
    }
}

}  // namespace
}  // namespace mazescan
