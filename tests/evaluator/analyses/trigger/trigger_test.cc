#include "evaluator/analyses/trigger/trigger.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>

#include "datasets/work_unit.h"
#include "envs/maze/maze_config.h"
#include "envs/paths.h"
#include "evaluator/analyses/trigger/config.h"
#include "evaluator/analyses/trigger/direction.h"
#include "evaluator/jobs/run_config.h"
#include "evaluator/questions/questions.h"
#include "evaluator/registry/registry.h"
#include "tests/evaluator/planted_agents.h"
#include "tests/evaluator/small_policy.h"
#include "tests/storage/temporary_folder.h"

namespace mazescan::trigger {
namespace {

envs::EnvironmentConfig trigger_world() {
  envs::EnvironmentConfig environment;
  environment.own<maze::MazeConfig>().world_dim = 13;
  environment.own<maze::MazeConfig>().region = 1;
  environment.actions = envs::ActionSet::moves;
  return environment;
}

jobs::RunConfig trigger_config() {
  jobs::RunConfig config = registry::default_config();
  config.section<TriggerConfig>().sizes = {9, 13};
  config.section<TriggerConfig>().levels = config.section<TriggerConfig>().chunk = 80;
  config.section<TriggerConfig>().edit_levels = 0;
  return config;
}

datasets::Results trigger_of(const rollout::Agent& agent) {
  const jobs::RunConfig config = trigger_config();
  datasets::Results results;
  for (const datasets::WorkUnit& unit : trigger_units(config.section<TriggerConfig>()))
    results.shards.push_back(datasets::result_shard(datasets::kTrigger, unit, "key",
                                                    trigger_unit(config, trigger_world(), agent, unit)));
  return results;
}

TEST(TriggerTruth, ARadiusAroundTheCheeseIsFound) {
  for (const int radius : {3, 8}) {
    const findings::Answer answer = questions::answer_trigger(trigger_of(NearCheese(radius, 0.05)));
    EXPECT_EQ(answer.finding, findings::Finding::holds) << answer.because;
    EXPECT_NE(answer.measure.find("around the cheese"), std::string::npos) << answer.measure;
    EXPECT_EQ(answer.value, radius);
    EXPECT_LE(answer.low, radius);
    EXPECT_GE(answer.high, radius);
    EXPECT_LE(answer.high - answer.low, 1);
  }
}

TEST(TriggerTruth, ARadiusAroundTheCornerIsFound) {
  const findings::Answer answer = questions::answer_trigger(trigger_of(NearCorner(6, 0.05)));
  EXPECT_EQ(answer.finding, findings::Finding::holds) << answer.because;
  EXPECT_NE(answer.measure.find("around the corner"), std::string::npos) << answer.measure;
  EXPECT_EQ(answer.value, 6);
  EXPECT_LE(answer.high - answer.low, 1);
}

TEST(TriggerTruth, OneWantAlwaysIsNoTrigger) {
  EXPECT_EQ(questions::answer_trigger(trigger_of(CheeseSeeker())).finding, findings::Finding::fails);
  EXPECT_EQ(questions::answer_trigger(trigger_of(TopRightWalker())).finding, findings::Finding::fails);
  // A goal that depends only on the size is not a trigger either.
  EXPECT_EQ(questions::answer_trigger(trigger_of(CheeseInSmallMazes(9))).finding, findings::Finding::fails);
}

// Goes to the cheese while it is far from the corner: the choice depends on distances, but being near
// something never turns the mouse to the cheese.
class FarFromCorner : public PlantedAgent {
 public:
  FarFromCorner() : PlantedAgent(0.05) {}

 protected:
  envs::Cell target(const envs::MazeState& state) const override {
    const envs::Cell corner = state.level->top_right();
    return state.cheese != envs::kNoCell && distance(*state.level, state.mouse, corner) > 10 ? state.cheese
                                                                                             : corner;
  }
};

TEST(TriggerTruth, FarnessIsNoTrigger) {
  const findings::Answer answer = questions::answer_trigger(trigger_of(FarFromCorner()));
  EXPECT_NE(answer.finding, findings::Finding::holds) << answer.because;
  EXPECT_NE(answer.because.find("nearness is not"), std::string::npos) << answer.because;
}

// Goes to a cell of its own, whether there is cheese or not. The step to the cheese is often the favourite,
// but the cheese has nothing to do with it.
class WantsTheCentre : public PlantedAgent {
 public:
  WantsTheCentre() : PlantedAgent(0.05) {}

 protected:
  envs::Cell target(const envs::MazeState& state) const override {
    const auto middle = static_cast<int16_t>(state.level->size / 2 / 2 * 2);
    return {middle, middle};
  }
};

TEST(TriggerTruth, MovesThatHappenWithoutCheeseAreNotItsDoing) {
  const datasets::Results results = trigger_of(WantsTheCentre());
  int favours = 0;
  for (const datasets::ResultShard& shard : results.shards)
    for (const ChoiceRow& row : datasets::read_columns<TriggerResult>(shard).states) {
      favours += row.favours ? 1 : 0;
      EXPECT_EQ(row.cheese_step, row.cheese_step_without);
    }
  EXPECT_GT(favours, 1000);
  const findings::Answer answer = questions::answer_trigger(results);
  EXPECT_EQ(answer.finding, findings::Finding::fails) << answer.because;
}

// Near the cheese it turns to it in three cells of ten, elsewhere in one of ten: a trigger, but a weak one.
class WeakTrigger : public PlantedAgent {
 public:
  WeakTrigger() : PlantedAgent(0.05) {}

 protected:
  envs::Cell target(const envs::MazeState& state) const override {
    if (state.cheese == envs::kNoCell) return state.level->top_right();
    const int die = (state.mouse.x * 7 + state.mouse.y * 13 + state.level->seed) % 10;
    const bool near = distance(*state.level, state.mouse, state.cheese) <= 5;
    return die < (near ? 3 : 1) ? state.cheese : state.level->top_right();
  }
};

TEST(TriggerTruth, AWeakTriggerIsCalledWeak) {
  const findings::Answer answer = questions::answer_trigger(trigger_of(WeakTrigger()));
  EXPECT_EQ(answer.finding, findings::Finding::fails) << answer.because;
  EXPECT_NE(answer.because.find("a weak trigger"), std::string::npos) << answer.because;
  EXPECT_EQ(answer.measure.find("radius"), std::string::npos) << "no radius beside 'fails'";
  EXPECT_EQ(answer.because.find("nan"), std::string::npos) << answer.because;
}

// Within the radius the step to the cheese has probability 0.8, and 0.05 without the cheese.
TEST(TriggerUnit, MeasuresWhatTheCheeseAdds) {
  const TriggerResult result =
      trigger_unit(trigger_config(), trigger_world(), NearCheese(5, 0.2), {9, "uniform", 0});
  for (const ChoiceRow& row : result.states) {
    const bool near = row.to_cheese <= 5;
    EXPECT_NEAR(row.cheese_step, near ? 0.8 : 0.05, 1e-5);
    EXPECT_NEAR(row.cheese_step_without, 0.05, 1e-5);
    EXPECT_EQ(row.favours && !row.favours_without, near);
  }
}

// An agent without noise is once on each cell of its path.
TEST(TriggerUnit, CountsVisits) {
  const TriggerResult result =
      trigger_unit(trigger_config(), trigger_world(), CheeseSeeker(1e-9), {9, "uniform", 0});
  int visited = 0;
  for (const ChoiceRow& row : result.states) {
    const datasets::LevelRow& level = result.levels[static_cast<size_t>(row.level)];
    envs::MazeLevel maze;
    maze.size = 9;
    maze.open = level.open;
    const bool passes = envs::on_path(maze, row.mouse, envs::kStart, level.cheese);
    EXPECT_NEAR(row.visits, passes ? 1 : 0, 1e-4);
    visited += passes ? 1 : 0;
  }
  EXPECT_GT(visited, 50);
}

TEST(TriggerTruth, FewLevelsAreNoVerdict) {
  jobs::RunConfig config = trigger_config();
  config.section<TriggerConfig>().levels = 20;
  datasets::Results results;
  const datasets::WorkUnit unit{9, "uniform", 0};
  results.shards.push_back(datasets::result_shard(
      datasets::kTrigger, unit, "key", trigger_unit(config, trigger_world(), NearCheese(3), unit)));
  const findings::Answer answer = questions::answer_trigger(results);
  EXPECT_EQ(answer.finding, findings::Finding::undecided);
  EXPECT_NE(answer.because.find("too few levels"), std::string::npos);
}

TEST(TriggerUnit, LooksAtCellsWhereTheWaysPart) {
  const TriggerResult result =
      trigger_unit(trigger_config(), trigger_world(), NearCheese(4), {9, "uniform", 0});
  ASSERT_GT(result.states.size(), 500U);
  int checked = 0;
  for (size_t s = 0; s < result.states.size(); s += 37, ++checked) {
    const ChoiceRow& row = result.states[s];
    const datasets::LevelRow& level = result.levels[static_cast<size_t>(row.level)];
    envs::MazeLevel maze;
    maze.size = 9;
    maze.open = level.open;
    EXPECT_NE(envs::shortest_path(maze, row.mouse, level.cheese)[1],
              envs::shortest_path(maze, row.mouse, maze.top_right())[1]);
    EXPECT_EQ(row.to_cheese, distance(maze, row.mouse, level.cheese));
    EXPECT_EQ(row.to_corner, distance(maze, row.mouse, maze.top_right()));
    EXPECT_EQ(row.favours, row.to_cheese <= 4);
  }
  EXPECT_GT(checked, 10);
}

// Compares with the total variation distance between the policies with and without the cheese.
TEST(TriggerUnit, KnowsWhatTheCheeseChanges) {
  const datasets::WorkUnit unit{9, "uniform", 0};
  const auto blind = trigger_unit(trigger_config(), trigger_world(), TopRightWalker(), unit);
  for (const ChoiceRow& row : blind.states) EXPECT_EQ(row.difference, 0);
  const auto seeker = trigger_unit(trigger_config(), trigger_world(), CheeseSeeker(0.1), unit);
  for (const ChoiceRow& row : seeker.states) EXPECT_NEAR(row.difference, 0.9 - 0.025, 1e-5);
}

jobs::RunConfig direction_config() {
  jobs::RunConfig config = registry::default_config();
  config.section<TriggerConfig>().sizes = {5};
  config.section<TriggerConfig>().levels = 10;
  config.section<TriggerConfig>().edit_levels = 40;
  config.section<TriggerConfig>().coefficients = {-3, 0, 3};
  return config;
}

TEST(DirectionUnit, EditsALayerOfTheNetworkOnOtherLevels) {
  const policies::TrainedPolicy policy = small_policy();
  const DirectionResult result = direction_unit(direction_config(), policy, 5);
  EXPECT_EQ(result.tap, "embedder.relu1");
  ASSERT_TRUE(result.counts);
  EXPECT_GT(result.search_cheese, 0);
  EXPECT_GT(result.search_corner, 0);
  int sums[3] = {};
  for (const EditedLevelRow& level : result.counts->levels) {
    EXPECT_GE(level.seed, 1'200'000'000 + 10 + 20) << "levels that were not searched";
    EXPECT_EQ(level.favours[1], level.random_favours[1]) << "nothing is added";
    for (size_t c = 0; c < 3; ++c) sums[c] += level.favours[c];
  }
  EXPECT_LT(sums[0], sums[2]) << "towards the states that favour the cheese";
  const DirectionResult again = direction_unit(direction_config(), policy, 5);
  for (size_t l = 0; l < result.counts->levels.size(); ++l)
    EXPECT_EQ(again.counts->levels.at(l).favours, result.counts->levels[l].favours);
}

TEST(DirectionUnit, WithoutADirectionNothingIsCounted) {
  jobs::RunConfig config = direction_config();
  config.section<TriggerConfig>().sizes = {3};
  config.section<TriggerConfig>().edit_levels = 2;
  const DirectionResult result = direction_unit(config, small_policy(), 3);
  EXPECT_EQ(result.counts.has_value(), result.search_cheese > 0 && result.search_corner > 0);
}

TEST(RequireChoices, RefusesACheeseThatIsAlwaysInTheCorner) {
  jobs::RunConfig config = trigger_config();
  config.section<TriggerConfig>().sizes = {5, 9};
  config.section<TriggerConfig>().placement = "top_right";
  EXPECT_USER_ERROR(require_choices(config, trigger_world()), "'trigger.placement' is top_right");
  envs::EnvironmentConfig wide = trigger_world();
  wide.own<maze::MazeConfig>().region = 3;
  EXPECT_THAT(require_choices(config, wide), testing::IsEmpty());
  config.section<TriggerConfig>().placement = "cell:4,4";
  EXPECT_THAT(require_choices(config, trigger_world()), testing::ElementsAre(5)) << "the corner of that size";
  config.section<TriggerConfig>().placement = "cell:20,20";
  EXPECT_USER_ERROR(require_choices(config, trigger_world()), "uniform");
}

// Levels that are only edited are checked, too.
TEST(RequireChoices, LooksAtEveryLevel) {
  jobs::RunConfig config = trigger_config();
  config.section<TriggerConfig>().sizes = {9};
  config.section<TriggerConfig>().placement = "top_right";
  config.section<TriggerConfig>().levels = 1;
  envs::EnvironmentConfig world = trigger_world();
  world.own<maze::MazeConfig>().region = 2;  // the corner and its one or two free neighbours
  EXPECT_USER_ERROR(require_choices(config, world), "trigger has no state");
  world.own<maze::MazeConfig>().region = 3;
  while (!choices(trigger_levels(config, world, {9, "top_right", 0})).empty())
    ++config.section<TriggerConfig>().first_level;
  EXPECT_USER_ERROR(require_choices(config, world), "trigger has no state");
  config.section<TriggerConfig>().edit_levels = 200;
  EXPECT_THAT(require_choices(config, world), testing::IsEmpty());
}

TEST(TriggerLevels, HalfOfTheEditedAreSearched) {
  jobs::RunConfig config = trigger_config();
  config.section<TriggerConfig>().edit_levels = 10;
  const auto seen = trigger_levels(config, trigger_world(), {9, "uniform", 0});
  const auto edited = trigger_levels(config, trigger_world(), {9, kDirection, 0});
  ASSERT_EQ(seen.size(), 80U);
  ASSERT_EQ(edited.size(), 10U);
  EXPECT_EQ(edited.front().seed, seen.back().seed + 1);
  for (size_t l = 0; l < edited.size(); ++l)
    EXPECT_EQ(is_searched(config.section<TriggerConfig>(), edited[l]), l < 5);
}

TEST(TriggerConfig, RefusesWhatCannotBe) {
  TriggerConfig config;
  config.sizes = {4};
  EXPECT_USER_ERROR(config.validate(), "'trigger.sizes' holds 4");
  config.sizes = {5, 5};
  EXPECT_USER_ERROR(config.validate(), "something twice");
  config.sizes = {5};
  config.placement = "top_rihgt";
  EXPECT_USER_ERROR(config.validate(), "top_right");
  config.placement = "uniform";
  config.edit_levels = 1;
  EXPECT_USER_ERROR(config.validate(), "edit_levels");
}

}  // namespace
}  // namespace mazescan::trigger
