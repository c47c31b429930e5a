// A scan on a GPU against the same scan on the processor: answers within a tolerance, greedy rollouts with
// the same ends.
#include <gtest/gtest.h>
#include <torch/torch.h>

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

RunConfig grid() {
  RunConfig config = default_config();
  config.section<ScanConfig>().levels = config.section<ScanConfig>().block = 200;
  config.section<ScanConfig>().layers = {"embedder.block1.conv", "embedder.fc", "fc_policy"};
  return config;
}

ScannedPolicy on_gpu(const char* arithmetic) {
  const ScannedPolicy cpu = small_policy();
  Policy policy = decode_policy(encode_policy(cpu.policy.network, cpu.policy.environment, "{}"), "small",
                                choose_device("scan.device", "cuda", 0));
  choose_arithmetic(policy.network, "scan.arithmetic", arithmetic);
  return {std::move(policy), cpu.environment};
}

// The largest difference of two taps, as a share of the largest value.
double distance(const TapRecord& a, const TapRecord& b) {
  double difference = 0, largest = 0;
  for (size_t i = 0; i < a.values.size(); ++i) {
    difference = std::max(difference, std::abs(double{a.values[i]} - b.values[i]));
    largest = std::max(largest, std::abs(double{b.values[i]}));
  }
  return difference / largest;
}

TEST(EvaluatorOnGpu, AnswersAreTheProcessorsWithinTheTolerance) {
  if (!torch::cuda::is_available()) GTEST_SKIP() << "no GPU";
  const WorkUnit unit{5, "uniform", 0};
  const ScanShard there = scan_unit(grid(), on_gpu("float32"), unit),
                  here = scan_unit(grid(), small_policy(), unit);
  ASSERT_EQ(there.level_seed, here.level_seed);
  ASSERT_EQ(there.taps.size(), here.taps.size());
  for (size_t tap = 0; tap < here.taps.size(); ++tap)
    if (here.taps[tap].moment == "first") {
      EXPECT_LT(distance(there.taps[tap], here.taps[tap]), 1e-4) << here.taps[tap].tap;
    }
  int same = 0;
  for (size_t e = 0; e < here.level_seed.size(); ++e)
    same += there.greedy.outcome[e] == here.greedy.outcome[e] && there.greedy.steps[e] == here.greedy.steps[e]
                ? 1
                : 0;
  // A tie between two moves may be decided otherwise, and is rare.
  EXPECT_GE(same, static_cast<int>(here.level_seed.size()) * 99 / 100);
}

TEST(EvaluatorOnGpu, Float16IsRoundedAndNear) {
  if (!torch::cuda::is_available()) GTEST_SKIP() << "no GPU";
  const WorkUnit unit{5, "uniform", 0};
  const ScanShard there = scan_unit(grid(), on_gpu("float16"), unit),
                  here = scan_unit(grid(), small_policy(), unit);
  for (size_t tap = 0; tap < here.taps.size(); ++tap)
    if (here.taps[tap].moment == "first") {
      const double difference = distance(there.taps[tap], here.taps[tap]);
      EXPECT_GT(difference, 0) << here.taps[tap].tap;
      EXPECT_LT(difference, 0.02) << here.taps[tap].tap;
    }
}

}  // namespace
}  // namespace mazescan
