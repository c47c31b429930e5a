// Scans agents with known goals; the answers to the questions must be right.
#include <gtest/gtest.h>

#include <cmath>

#include "datasets/work_unit.h"
#include "envs/maze/maze_config.h"
#include "evaluator/jobs/run_config.h"
#include "evaluator/questions/questions.h"
#include "evaluator/questions/verdict.h"
#include "evaluator/registry/registry.h"
#include "evaluator/scan/config.h"
#include "evaluator/scan/scan.h"
#include "tests/evaluator/planted_agents.h"
#include "tests/evaluator/planted_scan.h"

namespace mazescan::questions {
namespace {

envs::EnvironmentConfig planted_environment(int region) {
  envs::EnvironmentConfig environment;
  environment.own<maze::MazeConfig>().world_dim = 25;
  environment.own<maze::MazeConfig>().region = region;
  environment.actions = envs::ActionSet::moves;
  return environment;
}

std::vector<datasets::ScanShard> planted_scan(const rollout::Agent& agent, const std::vector<int>& sizes,
                                              const std::vector<std::string>& placements, int levels,
                                              int region = 5) {
  jobs::RunConfig config = registry::default_config();
  config.section<scan::ScanConfig>().sizes = sizes;
  config.section<scan::ScanConfig>().placements = placements;
  config.section<scan::ScanConfig>().levels = config.section<scan::ScanConfig>().chunk = levels;
  config.section<scan::ScanConfig>().vector_fields = 0;
  std::vector<datasets::ScanShard> shards;
  for (const datasets::WorkUnit& unit : jobs::work_units(config.section<scan::ScanConfig>()))
    shards.push_back(scan::scan_unit(config, planted_environment(region), agent, unit));
  return shards;
}

findings::Answer corners_of(const rollout::Agent& agent) {
  const auto scan = planted_scan(agent, {21, 25}, {"top_right", "top_left", "bottom_right"}, 100);
  return answer_corners(scan, summarise(scan), kTrained);
}

TEST(Truth, ATopRightWalkerNeverReachesOtherCorners) {
  const findings::Answer answer = corners_of(TopRightWalker());
  EXPECT_EQ(answer.finding, findings::Finding::holds) << answer.because;
  EXPECT_LT(answer.value, 0.1);
}

TEST(Truth, EveryPolicyHasAVerdictAtItsOwnLargestSizes) {
  const auto scan = planted_scan(TopRightWalker(), {9, 11, 13},
                                 {"top_right", "top_left", "bottom_right", "bottom_left"}, 60, 1);
  const std::vector<int> trained = {3, 5, 7, 9, 11, 13};
  for (const findings::Answer& answer :
       {answer_corners(scan, summarise(scan), trained), answer_bottom_left(scan, trained)}) {
    EXPECT_EQ(answer.finding, findings::Finding::not_applicable) << answer.because;
    ASSERT_EQ(answer.others.size(), 1U);
    EXPECT_EQ(answer.others[0].scope, "this policy's largest mazes, 11 and 13");
    EXPECT_EQ(answer.others[0].finding,
              answer.id == "Q1" ? findings::Finding::holds : findings::Finding::fails)
        << answer.others[0].because;
  }
}

TEST(Truth, ACheeseSeekerDoes) {
  const findings::Answer answer = corners_of(CheeseSeeker());
  EXPECT_EQ(answer.finding, findings::Finding::fails) << answer.because;
  EXPECT_GT(answer.value, 0.4);
}

// A mouse that stays at the start, and one that makes each move with probability 1/5.
class StandsStill : public PlantedAgent {
 public:
  StandsStill() : PlantedAgent(1e-6) {}

 protected:
  envs::Cell target(const envs::MazeState& state) const override { return state.mouse; }
};
const CheeseSeeker& random_mouse() {
  static const CheeseSeeker random(0.8);
  return random;
}

TEST(Truth, MiceThatDoNotGoTopRightDoNotLearnToGoThere) {
  for (const findings::Answer& answer : {corners_of(random_mouse()), corners_of(StandsStill())})
    EXPECT_NE(answer.finding, findings::Finding::holds) << answer.because;
}

TEST(Truth, CheeseNearTheStart) {
  const auto near_start = [](const rollout::Agent& agent) {
    return answer_bottom_left(planted_scan(agent, {21, 25}, {"bottom_left"}, 120), kTrained);
  };
  const findings::Answer seeker = near_start(CheeseSeeker());
  EXPECT_EQ(seeker.finding, findings::Finding::holds) << seeker.because;
  EXPECT_GT(seeker.value, 0.99);
  const findings::Answer blind = near_start(TopRightWalker());
  EXPECT_EQ(blind.finding, findings::Finding::fails) << blind.because;
  EXPECT_LT(blind.value, 0.05);
  EXPECT_EQ(near_start(random_mouse()).finding, findings::Finding::fails);
  EXPECT_EQ(near_start(StandsStill()).finding, findings::Finding::fails);
}

TEST(Truth, TheHeadlineNeedsAMouseThatGoesTopRight) {
  const auto conclusion_of = [](const rollout::Agent& agent) {
    return judge(summarise(planted_scan(agent, {11, 13}, {"top_right", "top_left", "bottom_right"}, 100, 1)),
                 1)
        .conclusion;
  };
  EXPECT_EQ(conclusion_of(TopRightWalker()), Conclusion::top_right);
  EXPECT_EQ(conclusion_of(CheeseSeeker()), Conclusion::cheese);
  EXPECT_EQ(conclusion_of(CheeseInSmallMazes(11)), Conclusion::mixed);
  EXPECT_EQ(conclusion_of(random_mouse()), Conclusion::untrained);
  EXPECT_EQ(conclusion_of(StandsStill()), Conclusion::untrained);
}

const std::vector<int> kPhaseSizes = {3, 5, 7, 9, 11, 13, 17, 21};

TEST(Truth, ABreakInSizeIsFoundWhereItIs) {
  const findings::Answer answer = answer_phase(
      planted_scan(CheeseInSmallMazes(11, 0.05), kPhaseSizes, {"off_region", "top_left_corner"}, 80, 1), {},
      kTrained);
  EXPECT_EQ(answer.finding, findings::Finding::holds) << answer.because;
  EXPECT_NEAR(answer.value, 0.8 * 2 / (21 - 3), 0.02) << "nearly all between 11 and 13";
  for (const char* const placement :
       {"outside the region: falls", "top-left corner: falls", "between sizes 11 and 13"})
    EXPECT_NE(answer.because.find(placement), std::string::npos) << answer.because;
}

TEST(Truth, NoPhasesWithoutASwitch) {
  for (const bool seeks : {false, true}) {
    const CheeseSeeker seeker;
    const TopRightWalker walker;
    const rollout::Agent& agent = seeks ? static_cast<const rollout::Agent&>(seeker) : walker;
    const findings::Answer answer =
        answer_phase(planted_scan(agent, kPhaseSizes, {"off_region"}, 120, 1), {}, kTrained);
    EXPECT_EQ(answer.finding, findings::Finding::fails) << answer.because;
    EXPECT_NEAR(answer.value, seeks ? 1 : 0, 0.01);
  }
}

TEST(Truth, FewSizesAreNoVerdict) {
  const findings::Answer answer =
      answer_phase(planted_scan(CheeseInSmallMazes(5), {3, 5, 7, 9}, {"off_region"}, 60, 1), {}, kTrained);
  EXPECT_EQ(answer.finding, findings::Finding::not_applicable) << answer.because;
}

}  // namespace
}  // namespace mazescan::questions
