#include <gtest/gtest.h>
#include <torch/utils.h>

#include <algorithm>
#include <set>

#include "datasets/work_unit.h"
#include "envs/maze/maze_config.h"
#include "evaluator/analyses/edit/config.h"
#include "evaluator/analyses/edit/edit.h"
#include "evaluator/analyses/edit/find_edits.h"
#include "evaluator/analyses/edit/learned_mask.h"
#include "evaluator/jobs/run_config.h"
#include "evaluator/questions/edit_answers.h"
#include "evaluator/questions/edit_results.h"
#include "evaluator/questions/search_controls.h"
#include "evaluator/registry/registry.h"
#include "evaluator/rollout/walk.h"
#include "statistics/statistics.h"
#include "tests/evaluator/planted_network.h"
#include "tests/evaluator/planted_scan.h"

// Tests which edits of the planted network must be found, and their size.
namespace mazescan::edit {
namespace {

using Planted = PlantedNetwork;

jobs::RunConfig planted_config() {
  jobs::RunConfig config = registry::default_config();
  config.section<EditConfig>().sizes = {Planted::kSize};
  config.section<EditConfig>().layers = {Planted::kTap};
  config.section<EditConfig>().magnitudes = {1};
  config.section<EditConfig>().search_levels = config.section<EditConfig>().choosing_levels = 16;
  config.section<EditConfig>().score_levels = 40;
  config.section<EditConfig>().targets = 0;
  config.section<EditConfig>().mask_steps = 80;
  // Budgets of 1, 2, 24 and 25 activations: 25 is the whole map of one channel, 24 is one less.
  for (double& fraction : config.section<EditConfig>().fractions = {1, 2, 24, 25})
    fraction /= Planted::kActivations;
  return config;
}

const policies::TrainedPolicy& planted() {
  static const policies::TrainedPolicy trained = planted_network();
  return trained;
}

datasets::ResultShard edited_unit(const std::string& subject,
                                  const jobs::RunConfig& config = planted_config()) {
  datasets::ResultShard shard(datasets::kEdit, {Planted::kSize, subject, 0}, "key");
  edit_unit(config, planted(), shard);
  return shard;
}
ExperimentResult edited(const std::string& experiment, const std::string& family) {
  return datasets::read_columns<ExperimentResult>(edited_unit(edit_subject(experiment, family)));
}

double reached(const EditRow& row) {
  return statistics::mean({row.sampled.reached.begin(), row.sampled.reached.end()});
}

TEST(PlantedNetworkTest, SeeksTheCheeseByTheShortestPath) {
  const rollout::NetworkAgent agent(planted().policy.network, planted().environment);
  for (const envs::MazeLevel& level : planted_levels(planted().environment))
    for (const envs::Cell cheese : open_cells(level))
      for (const envs::Cell mouse : open_cells(level)) {
        if (mouse == cheese) continue;
        envs::MazeState state = initial_state(level);
        state.mouse = mouse;
        state.cheese = cheese;
        rollout::PolicyCache cache(agent, {state});
        cache.evaluate({0}, {{mouse}});
        const envs::Move best = envs::optimal_policy(level, cheese)[level.index(mouse)];
        EXPECT_GT(cache.move_probabilities(0, {mouse})[static_cast<size_t>(best)], 0.95);
      }
}

TEST(PlantedEdit, FindChannelsFindsTheChannel) {
  const auto result = datasets::read_columns<ChannelsResult>(edited_unit(kFindChannels));
  EXPECT_EQ(result.channels[0].number, Planted::kCheese);
  EXPECT_EQ(result.channels[0].located, 1);
  EXPECT_GT(result.channels[0].moved, 0.95);
  // No other channel depends on the cheese.
  for (size_t i = 1; i < result.channels.size(); ++i) EXPECT_EQ(result.channels[i].moved, 0.5);
}

TEST(PlantedEdit, TheClampWorksFromItsOwnFractionOn) {
  const ExperimentResult result = edited(kEveryCell, kClampFamily);
  bool whole = false;
  for (const EditRow& row : result.rows) {
    if (!row.facts.is_edit()) continue;
    if (row.facts.activations == 25) {
      whole = true;
      EXPECT_EQ(*row.facts.channels, std::vector<int64_t>{Planted::kCheese});
      EXPECT_EQ(row.facts.elsewhere, true);
      EXPECT_GE(reached(row), 0.98);
      EXPECT_NEAR(row.facts.share->of_network, 25.0 / Planted::kActivations, 1e-9);
      EXPECT_NEAR(row.facts.share->of_layers, 1.0 / Planted::kChannels, 1e-9);
    } else {
      EXPECT_LT(reached(row), 0.8) << *row.facts.text;
    }
  }
  EXPECT_TRUE(whole);
  // The controls fail, and without an edit the mouse goes to the cheese.
  const ExperimentResult controls = edited(kEveryCell, kControls);
  EXPECT_EQ(controls.rows[0].facts.name, kNoEdit);
  double on_its_way = 0;  // targets that the mouse passes anyway
  for (const CaseRow& each : controls.cases) on_its_way += each.off_path == 0 ? 1 : 0;
  EXPECT_NEAR(reached(controls.rows[0]), on_its_way / static_cast<double>(controls.cases.size()), 0.02);
  EXPECT_EQ(controls.rows[1].facts.name, kCheeseMoved);
  EXPECT_GE(reached(controls.rows[1]), 0.98);
  for (const EditRow& row : result.rows)
    if (row.facts.kind == kControlKind) {
      EXPECT_LT(reached(row), 0.7) << row.facts.name;
    }
}

// Adding a cheese and removing the other needs two activations of one channel, no fewer.
TEST(PlantedEdit, TheLearnedMaskFindsTheTwoActivations) {
  for (const std::string& gate : gate_names()) {
    SCOPED_TRACE(gate);
    jobs::RunConfig config = planted_config();
    config.section<EditConfig>().gate = gate;
    const auto result =
        datasets::read_columns<ExperimentResult>(edited_unit(edit_subject("top_left", kMaskFamily), config));
    ASSERT_GE(result.rows.size(), 2U);
    for (const EditRow& row : result.rows) {
      if (!row.facts.is_edit()) continue;
      // Larger allowances may also open gates that do nothing; hard concrete gates open none in other channels.
      EXPECT_EQ(std::count(row.facts.channels->begin(), row.facts.channels->end(), Planted::kCheese), 1);
      if (gate == gate_names().front()) {
        EXPECT_EQ(row.facts.channels->front(), Planted::kCheese);
      }
      if (row.facts.activations == 1) {
        EXPECT_LT(reached(row), 0.2);
      }
      if (row.facts.activations == 2) {
        EXPECT_EQ(row.facts.channels->size(), 1U);
        EXPECT_GE(reached(row), 0.98);
      }
    }
    EXPECT_EQ(result.rows[1].facts.activations, 2);
  }
}

// Learned edits, snapshots of masks included, are scored on levels that were not used for learning.
TEST(PlantedEdit, EditsAreComparedOnChoosingLevels) {
  jobs::RunConfig config = planted_config();
  config.section<EditConfig>().mask_steps = 6;
  const EditSearch search(config, planted(), Planted::kSize, "top_left");
  const EditCases choosing =
      edit_cases(config, planted().environment, Planted::kSize, "top_left", datasets::Split::validation);
  const auto score = [&](const FoundEdit& edit) {
    const rollout::TargetMap& map = search.layers[edit.layer].map;
    std::vector<rollout::MapCell> targets;
    for (const EditCase& each : choosing.cases)
      targets.push_back(map.of(choosing.levels[static_cast<size_t>(each.level)], each.target));
    const rollout::NetworkAgent agent(planted().policy.network, planted().environment,
                                      edit_rule(map, edit.stencil, targets));
    rollout::PolicyCache cache(agent, choosing.episodes());
    return statistics::mean(rollout::path_log_probability(cache, choosing.targets()));
  };
  const std::vector<int64_t> allowed =
      allowed_activations(config.section<EditConfig>(), planted().policy.network);
  for (const std::string& family : edit_families()) {
    const std::vector<FoundEdit> candidates = candidate_edits(search, family, allowed);
    for (const int64_t most : allowed) {
      const FoundEdit edit = best_edit(candidates, most);
      EXPECT_LE(edit.activations, most);
      if (edit.activations > 0) {
        EXPECT_DOUBLE_EQ(edit.choosing, score(edit)) << *edit.what.text;
      }
    }
  }
  const std::vector<FoundEdit> masks = learned_masks(search, allowed);
  EXPECT_GT(masks.size(), allowed.size());
  double best = -INFINITY;
  for (const FoundEdit& mask : masks) best = std::max(best, score(mask));
  EXPECT_DOUBLE_EQ(best_edit(candidate_edits(search, kMaskFamily, allowed), allowed.back()).choosing, best);
}

datasets::Results edited_results(const jobs::RunConfig& config) {
  datasets::Results results;
  for (const datasets::WorkUnit& unit : edit_units(config.section<EditConfig>()))
    results.shards.push_back(edited_unit(unit.subject, config));
  return results;
}

TEST(PlantedEdit, TheAnswersSayWhatWasPlanted) {
  jobs::RunConfig config = planted_config();
  config.section<EditConfig>().experiments = {kEveryCell, "top_left"};
  config.section<EditConfig>().score_levels = 80;
  const datasets::Results results = edited_results(config);
  const findings::Answer any = questions::answer_retarget(results, kTrained);
  EXPECT_EQ(any.finding, findings::Finding::holds) << any.because;
  EXPECT_GE(any.value, 0.98);
  EXPECT_GE(any.n, 30);  // levels with a target off the path, not targets
  EXPECT_LT(any.n, 80);
  const findings::Answer corners = questions::answer_no_retarget(results, kTrained);
  EXPECT_EQ(corners.finding, findings::Finding::not_applicable);
  EXPECT_NE(corners.because.find('3'), std::string::npos) << corners.because;
  const questions::EditScores scores(results);
  const auto smallest = [&](const std::string& experiment) {
    double least = 1;
    for (const questions::ScoredRow& row : scores.edits(3, experiment))
      if (scores.normalised_success(row, 0.9).value() >= 0.9) least = std::min(least, row.share());
    return least;
  };
  EXPECT_NEAR(smallest("top_left"), 2.0 / Planted::kActivations, 1e-9);
  EXPECT_LE(smallest(kEveryCell), 25.0 / Planted::kActivations + 1e-9);
  // The clock is the mean length of the shortest paths to the cheese, 4 steps each.
  EXPECT_NEAR(scores.clock(3, "top_left"), 4, 0.2);
  EXPECT_NE(questions::answer_fraction(results).because.find("size 3"), std::string::npos);
}

// The planted answer, the clamp of one channel, is found with and without a limit on the fraction; a search
// that may not use this channel finds nothing, which its controls show.
TEST(PlantedEdit, TheControlsOfTheSearchAreMet) {
  jobs::RunConfig config = planted_config();
  auto& section = config.section<EditConfig>();
  section.experiments = {"top_left"};
  section.families = {kClampFamily};
  section.layers = {Planted::kTap, "embedder.block1.maxpool"};
  section.search_controls_from = Planted::kSize;
  section.fractions = {25.0 / Planted::kActivations};
  const datasets::Results results = edited_results(config);
  const questions::EditScores scores(results);
  EXPECT_EQ(scores.controls(3, "top_left", kPatched).size(), 2U) << "one for each layer";
  for (const char* name : {kPatched, kNoLimit, kTwice}) {
    EXPECT_FALSE(scores.controls(3, "top_left", name).empty()) << name;
    for (const questions::ScoredRow& row : scores.controls(3, "top_left", name))
      EXPECT_GE(reached(row.row()), 0.98) << name;
  }
  EXPECT_NEAR(scores.controls(3, "top_left", kTwice)[0].share(), 25.0 / Planted::kActivations, 1e-9);
  const questions::SearchControls controls = questions::search_controls(scores, 3, "top_left");
  EXPECT_EQ(controls.problems(1.0 / 3), std::vector<std::string>());
  EXPECT_EQ(controls.ceiling, 1);

  section.channels = {0};
  section.layers = {Planted::kTap};
  const datasets::Results blind = edited_results(config);
  const std::vector<std::string> problems =
      questions::search_controls(questions::EditScores(blind), 3, "top_left").problems(1.0 / 3);
  ASSERT_EQ(problems.size(), 2U);
  EXPECT_NE(problems[0].find("without a limit on the fraction: 0"), std::string::npos) << problems[0];
  EXPECT_NE(problems[1].find("recovery of a known answer"), std::string::npos) << problems[1];
}

// A policy that chooses among its moves at random reaches the targets often in so small a maze, but no more
// often than the random mouse.
TEST(PlantedEdit, ARandomMouseReachesNoBar) {
  policies::TrainedPolicy random = planted_network();
  torch::NoGradGuard no_grad;
  for (size_t i = 0; i < random.policy.network.layout().size(); ++i)
    if (random.policy.network.layout()[i].name.rfind("fc_policy", 0) == 0)
      random.policy.network.parameter(i).zero_();
  jobs::RunConfig config = planted_config();
  config.section<EditConfig>().experiments = {kEveryCell};
  config.section<EditConfig>().families = {kClampFamily};
  config.section<EditConfig>().score_levels = 600;
  datasets::Results results;
  for (const datasets::WorkUnit& unit : edit_units(config.section<EditConfig>())) {
    results.shards.emplace_back(datasets::kEdit, unit, "key");
    edit_unit(config, random, results.shards.back());
  }
  const questions::EditScores scores(results);
  const questions::ScoredRow best = scores.best(3, kEveryCell, 0.1);
  EXPECT_GT(reached(best.row()), 0.6) << "within the limit";
  const questions::BothWalkers success = scores.off_path_success(best),
                               normal = scores.normalised_success(best, 0.5);
  EXPECT_NEAR(success.sampled.value, scores.random_mouse(best).value, 0.08);
  EXPECT_LT(normal.sampled.high, 0.2);
  EXPECT_EQ(questions::answer_retarget(results, kTrained).finding, findings::Finding::fails);
  EXPECT_NE(questions::answer_fraction(results).finding, findings::Finding::holds);
}

TEST(PlantedEdit, TooFewLevelsGiveNoVerdict) {
  jobs::RunConfig config = planted_config();
  config.section<EditConfig>().experiments = {kEveryCell};
  config.section<EditConfig>().families = {kClampFamily};
  config.section<EditConfig>().score_levels = 12;
  const findings::Answer any = questions::answer_retarget(edited_results(config), kTrained);
  EXPECT_EQ(any.finding, findings::Finding::undecided);
  EXPECT_NE(any.because.find("too few levels"), std::string::npos) << any.because;
}

TEST(PlantedEdit, TheSameUnitHasTheSameBits) {
  for (const std::string& subject :
       {edit_subject("top_left", kMaskFamily), edit_subject(kEveryCell, kVectorFamily)}) {
    const datasets::ResultShard one = edited_unit(subject), other = edited_unit(subject);
    EXPECT_EQ(one.facts, other.facts);
    for (const auto& [name, column] : one.columns())
      EXPECT_EQ(column.values, other.columns().at(name).values) << name;
  }
}

TEST(EditCasesTest, PartsShareNoLevelAndNoTargetLiesBehindTheCheese) {
  jobs::RunConfig config = registry::default_config();
  config.section<EditConfig>().search_levels = 20;
  config.section<EditConfig>().choosing_levels = 10;
  config.section<EditConfig>().score_levels = 30;
  config.section<EditConfig>().targets = 0;
  envs::EnvironmentConfig environment;
  environment.own<maze::MazeConfig>().world_dim = 9;
  environment.own<maze::MazeConfig>().region = 1;
  int in_the_way = 0;
  for (const std::string& experiment : edit_experiments()) {
    const EditCases search = edit_cases(config, environment, 7, experiment, datasets::Split::train);
    const EditCases score = edit_cases(config, environment, 7, experiment, datasets::Split::test);
    const EditCases choosing = edit_cases(config, environment, 7, experiment, datasets::Split::validation);
    EXPECT_EQ(search.levels.size(), 20U);
    EXPECT_EQ(choosing.levels.size(), 10U);
    EXPECT_EQ(score.levels.size(), 30U);
    std::set<int32_t> seeds;
    for (const EditCases* part : {&search, &choosing, &score})
      for (const envs::MazeLevel& level : part->levels) seeds.insert(level.seed);
    EXPECT_EQ(seeds.size(), 60U);
    for (const EditCase& each : score.cases) {
      const envs::MazeLevel& level = score.levels[static_cast<size_t>(each.level)];
      EXPECT_TRUE(level.is_open(each.target));
      EXPECT_NE(each.target, envs::kStart);
      if (cheese_at_target(experiment)) {
        EXPECT_EQ(level.cheese, each.target);
      } else {
        EXPECT_EQ(level.cheese, level.top_right());
        EXPECT_NE(each.target, level.cheese);
        EXPECT_FALSE(on_path(level, level.cheese, envs::kStart, each.target));
      }
    }
    if (experiment == kEveryCell) {
      size_t free = 0;
      for (const envs::MazeLevel& level : score.levels) free += open_cells(level).size() - 2;
      EXPECT_EQ(score.cases.size() + static_cast<size_t>(score.in_the_way), free);
    }
    in_the_way += score.in_the_way;
  }
  EXPECT_GT(in_the_way, 0);
}

TEST(EditConfigTest, RefusesAnEditThatChangesMoreThanItMay) {
  EditConfig config;
  config.validate();
  config.fractions = {0.01, 0.2};
  EXPECT_THROW(config.validate(), UserError);
  config.largest_fraction = 0.2;
  config.validate();
  config.families = {"clamp", "wish"};
  EXPECT_THROW(config.validate(), UserError);
  config.families = {kClampFamily};
  // The control with twice the search takes twice the search levels.
  config.first_level = 2147483648 - 2 * config.search_levels - config.choosing_levels - config.score_levels;
  config.validate();
  ++config.first_level;  // the last seed would be 2^31
  EXPECT_THROW(config.validate(), UserError);
}

}  // namespace
}  // namespace mazescan::edit
