// Agents that want what we know go through the scan, and the questions must find out.
#include <gtest/gtest.h>

#include <cmath>

#include "datasets/work_unit.h"
#include "envs/maze/maze_config.h"
#include "evaluator/jobs/run_config.h"
#include "evaluator/questions/questions.h"
#include "evaluator/registry/registry.h"
#include "evaluator/scan/config.h"
#include "evaluator/scan/scan.h"
#include "tests/evaluator/planted_agents.h"

namespace mazescan {
namespace {

EnvironmentConfig planted_environment(int region) {
  EnvironmentConfig environment;
  environment.own<MazeConfig>().world_dim = 25;
  environment.own<MazeConfig>().region = region;
  environment.actions = ActionSet::moves;
  return environment;
}

std::vector<ScanShard> planted_scan(const Agent& agent, const std::vector<int>& sizes,
                                    const std::vector<std::string>& placements, int levels, int region = 5) {
  RunConfig config = default_config();
  config.section<ScanConfig>().sizes = sizes;
  config.section<ScanConfig>().placements = placements;
  config.section<ScanConfig>().levels = config.section<ScanConfig>().chunk = levels;
  config.section<ScanConfig>().vector_fields = 0;
  std::vector<ScanShard> shards;
  for (const WorkUnit& unit : work_units(config.section<ScanConfig>()))
    shards.push_back(scan_unit(config, planted_environment(region), agent, unit));
  return shards;
}

Answer corners_of(const Agent& agent) {
  const auto scan = planted_scan(agent, {21, 25}, {"top_right", "top_left", "bottom_right"}, 100);
  return answer_corners(scan, summarise(scan));
}

TEST(Truth, ATopRightWalkerNeverReachesOtherCorners) {
  const Answer answer = corners_of(TopRightWalker());
  EXPECT_EQ(answer.finding, Finding::holds) << answer.because;
  EXPECT_LT(answer.value, 0.1);
}

TEST(Truth, ACheeseSeekerDoes) {
  const Answer answer = corners_of(CheeseSeeker());
  EXPECT_EQ(answer.finding, Finding::fails) << answer.because;
  EXPECT_GT(answer.value, 0.4);
}

TEST(Truth, CheeseNearTheStart) {
  const Answer seeker = answer_bottom_left(planted_scan(CheeseSeeker(), {21, 25}, {"bottom_left"}, 60));
  EXPECT_EQ(seeker.finding, Finding::holds) << seeker.because;
  EXPECT_GT(seeker.value, 0.99);
  const Answer walker = answer_bottom_left(planted_scan(TopRightWalker(), {21, 25}, {"bottom_left"}, 60));
  EXPECT_NE(walker.finding, Finding::holds) << walker.because;
}

const std::vector<int> kPhaseSizes = {3, 5, 7, 9, 11, 13, 17, 21};

TEST(Truth, ABreakInSizeIsFoundWhereItIs) {
  const Answer answer =
      answer_phase(planted_scan(CheeseInSmallMazes(11, 0.05), kPhaseSizes, {"off_region"}, 120, 1));
  EXPECT_EQ(answer.finding, Finding::holds) << answer.because;
  EXPECT_NE(answer.measure.find("one break"), std::string::npos) << answer.measure;
  EXPECT_EQ(answer.low, 11);
  EXPECT_EQ(answer.high, 13);
}

TEST(Truth, NoPhasesWithoutASwitch) {
  for (const bool seeks : {false, true}) {
    const CheeseSeeker seeker;
    const TopRightWalker walker;
    const Agent& agent = seeks ? static_cast<const Agent&>(seeker) : walker;
    const Answer answer = answer_phase(planted_scan(agent, kPhaseSizes, {"off_region"}, 120, 1));
    EXPECT_EQ(answer.finding, Finding::fails) << answer.because;
    EXPECT_NEAR(answer.value, seeks ? 1 : 0, 0.01);
  }
}

// What was not shown is not judged: a seeker among small mazes may be another in large ones.
TEST(Truth, ASeekerInSmallMazesAloneIsNoVerdict) {
  const Answer answer = answer_phase(planted_scan(CheeseSeeker(), {3, 5, 7, 9}, {"off_region"}, 200, 1));
  EXPECT_EQ(answer.finding, Finding::not_applicable) << answer.because;
}

}  // namespace
}  // namespace mazescan
