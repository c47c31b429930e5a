// Tests a scan of keys and chests with planted mice: one that needs the fewest steps, and one that takes every
// key before it goes to a chest.
#include "evaluator/questions/measures.h"

#include <gtest/gtest.h>

#include "datasets/scan_shard_file.h"
#include "envs/keys_and_chests/keys_and_chests.h"
#include "envs/state_graph.h"
#include "evaluator/questions/summary.h"
#include "evaluator/report/comparison.h"
#include "evaluator/rollout/exact_chances.h"
#include "evaluator/scan/config.h"
#include "evaluator/scan/scan.h"
#include "tests/evaluator/planted_agents.h"
#include "tests/storage/temporary_folder.h"

namespace mazescan::scan {
namespace {

using keys_and_chests::kChest;
using keys_and_chests::kKey;

envs::EnvironmentConfig keys_world() {
  return parse_config<envs::EnvironmentConfig>(
      "{name: keys_and_chests, world_dim: 5, anchor: bottom_left, actions: moves, reward: 1, time_limit: 100}",
      "test");
}

// Goes to the nearest key that is left, else to the nearest chest.
class Hoarder : public PlantedAgent {
 public:
  Hoarder() : PlantedAgent(1e-6) {}

 protected:
  envs::Cell target(const envs::MazeState& state) const override {
    const envs::Cell key = nearest(state, kKey);
    return key == envs::kNoCell ? nearest(state, kChest) : key;
  }

 private:
  static envs::Cell nearest(const envs::MazeState& state, keys_and_chests::Kind kind) {
    envs::Cell best = envs::kNoCell;
    const std::vector<int32_t> steps = distances(*state.level, state.mouse);
    for (size_t i = 0; i < state.level->objects.size(); ++i) {
      const envs::LevelObject& object = state.level->objects[i];
      if (object.kind != kind || (state.taken >> i & 1) != 0) continue;
      if (best == envs::kNoCell || steps[state.level->index(object.cell)] < steps[state.level->index(best)])
        best = object.cell;
    }
    return best;
  }
};

// Makes a move of a shortest episode.
class Shortest : public PlantedAgent {
 public:
  explicit Shortest(double noise) : PlantedAgent(noise), task_(make_task(keys_world())) {}

 protected:
  envs::Move best_move(const envs::MazeState& state) const override {
    const envs::StateGraph graph = reachable_states(*task_, state, false);
    const std::vector<int> left = moves_to_goal(graph);
    size_t best = 0;
    for (size_t m = 0; m < envs::kMoves; ++m)
      if (left[static_cast<size_t>(graph.next[0][m])] == left[0] - 1) best = m;
    return static_cast<envs::Move>(best);
  }

 private:
  const std::unique_ptr<const envs::Task> task_;
};

jobs::RunConfig keys_scan() {
  std::vector<jobs::RunConfig::Section> sections;
  sections.push_back({datasets::kScan.name, "", AnySection::of<ScanConfig>()});
  jobs::RunConfig config(std::move(sections));
  auto& scan = config.section<ScanConfig>();
  scan.sizes = {5};
  scan.placements = {"many_chests", "many_keys"};
  scan.levels = scan.chunk = 40;
  scan.vector_fields = 1;
  return config;
}

datasets::ScanShard scanned(const rollout::Agent& agent, const std::string& placement) {
  return scan_unit(keys_scan(), keys_world(), agent, {5, placement, 0});
}

// Returns the mean of a measure of one mouse: 0 the policy, 1 the random mouse, 2 sampled, 3 greedy.
double mean_of_mouse(const datasets::ScanShard& shard, const std::string& name, size_t mouse) {
  for (const datasets::ScanMeasure& measure : shard.measures) {
    if (measure.name != name) continue;
    double sum = 0;
    for (size_t i = mouse; i < measure.values.size(); i += datasets::kMeasuredMice) sum += measure.values[i];
    return sum / static_cast<double>(shard.level_seed.size());
  }
  ADD_FAILURE() << name;
  return 0;
}

TEST(ScanMeasures, TellAMouseThatHoardsKeysFromTheShortestEpisode) {
  const datasets::ScanShard hoarder = scanned(Hoarder(), "many_keys"),
                            shortest = scanned(Shortest(1e-6), "many_keys");
  double optimal = 0, steps = 0;
  for (size_t e = 0; e < shortest.level_seed.size(); ++e) {
    optimal += shortest.optimal[e];
    steps += shortest.greedy.steps[e];
  }
  EXPECT_EQ(steps, optimal) << "the planted mouse needs as many steps as the shortest tour";
  for (const size_t mouse : {size_t{0}, size_t{2}, size_t{3}}) {
    SCOPED_TRACE(mouse);
    const auto of = [&](const datasets::ScanShard& shard, const char* name) {
      return mean_of_mouse(shard, name, mouse);
    };
    EXPECT_NEAR(of(shortest, "chests_opened"), of(hoarder, "chests_opened"), 0.01) << "both finish";
    EXPECT_GT(of(hoarder, "spare_keys"), of(shortest, "spare_keys") + 0.3);
    EXPECT_GT(of(hoarder, "keys_taken"), of(shortest, "keys_taken") + 0.3);
    EXPECT_GT(of(hoarder, "steps_with_enough_keys"), of(shortest, "steps_with_enough_keys") + 0.5);
  }
  EXPECT_LT(mean_of_mouse(hoarder, "chests_opened", 1), mean_of_mouse(hoarder, "chests_opened", 0))
      << "the random mouse";
  EXPECT_EQ(mean_of_mouse(hoarder, "keys_taken", 1), mean_of_mouse(shortest, "keys_taken", 1));
  // With few keys every key is needed.
  const datasets::ScanShard training = scanned(Hoarder(), "many_chests");
  EXPECT_EQ(mean_of_mouse(training, "spare_keys", 0), 0);
}

TEST(ScanMeasures, AreTheMeansOfManyRollouts) {
  const auto task = make_task(keys_world());
  const Shortest agent(0.5);
  std::vector<envs::MazeLevel> levels;
  std::vector<envs::MazeState> starts;
  RandomStream random(1, "placement");
  for (int32_t seed = 0; seed < 8; ++seed) {
    levels.push_back(make_level(*task, seed, 5));
    task->place_goal(levels.back(), "many_keys", random);
  }
  for (const envs::MazeLevel& level : levels) starts.push_back(task->initial_state(level));
  rollout::PolicyCache cache(agent, starts);
  constexpr int kLimit = 25, kTimes = 1500;
  const std::vector<envs::Cell> no_decision(starts.size(), envs::kNoCell);
  const datasets::ExactChances exact = exact_chances(cache, *task, kLimit, no_decision);
  std::vector<double> means(exact.measures.size()), squares(means.size());
  std::vector<double> arrived(starts.size());
  for (int time = 0; time < kTimes; ++time) {
    const datasets::Rollouts once = run_rollouts(cache, *task, rollout::ActionSelection::kSampled, kLimit,
                                                 no_decision, static_cast<uint64_t>(time), "measures");
    for (size_t i = 0; i < means.size(); ++i) {
      means[i] += once.measures[i] / kTimes;
      squares[i] += once.measures[i] * once.measures[i] / kTimes;
    }
    for (size_t e = 0; e < starts.size(); ++e) arrived[e] += once.success[e] / static_cast<double>(kTimes);
  }
  for (size_t i = 0; i < means.size(); ++i) {
    const double error = std::sqrt(std::max(squares[i] - means[i] * means[i], 1e-6) / kTimes);
    EXPECT_NEAR(exact.measures[i], means[i], 5 * error) << i;
  }
  for (size_t e = 0; e < starts.size(); ++e)
    EXPECT_NEAR(exact.arrived[(e + 1) * (kLimit + 1) - 1], arrived[e], 0.04);
}

TEST(ScanMeasures, AreStoredSummarisedAndReported) {
  const TemporaryFolder folder;
  std::vector<datasets::ScanShard> shards;
  for (const char* const placement : {"many_chests", "many_keys"}) {
    shards.push_back(scanned(Hoarder(), placement));
    shards.back().scan_key = "key";
    const std::filesystem::path path = folder / (std::string(placement) + ".h5");
    write_shard(path, shards.back(), {}, "{}");
    const datasets::ScanShard back = datasets::read_shard(path, false);
    ASSERT_EQ(back.measures.size(), 4U);
    for (const datasets::ScanMeasure& measure : back.measures)
      EXPECT_EQ(measure.values.size(), shards.back().level_seed.size() * datasets::kMeasuredMice);
    EXPECT_EQ(back.cheese.front(), -1) << "there is no single goal";
  }
  const std::vector<questions::SummaryRow> rows = questions::summarise(shards);
  const std::vector<std::string> names = questions::measure_names(shards);
  EXPECT_EQ(names, (std::vector<std::string>{"chests_opened", "keys_taken", "spare_keys",
                                             "steps_with_enough_keys"}));
  const questions::SummaryRow* const spare = find_row(rows, "spare_keys", 5, "many_keys");
  ASSERT_NE(spare, nullptr);
  EXPECT_NEAR(spare->value, mean_of_mouse(shards[1], "spare_keys", 0), 1e-12);
  EXPECT_LE(spare->low, spare->value);
  EXPECT_GE(spare->high, spare->value);
  EXPECT_NEAR(find_row(rows, "greedy_spare_keys", 5, "many_keys")->value,
              mean_of_mouse(shards[1], "spare_keys", 3), 1e-12);
  EXPECT_NEAR(find_row(rows, "random_spare_keys", 5, "many_keys")->value,
              mean_of_mouse(shards[1], "spare_keys", 1), 1e-12);
  const questions::Verdict verdict = judge_measures(rows, names);
  EXPECT_EQ(verdict.size, 5);
  EXPECT_NE(verdict.headline.find("of many keys"), std::string::npos) << verdict.headline;
  EXPECT_NE(verdict.sentence.find("spare keys"), std::string::npos) << verdict.sentence;
  EXPECT_EQ(measure_figures(rows, names).size(), 9U);

  report::ReportInputs inputs;
  inputs.shards = shards;
  inputs.rows = rows;
  inputs.world = {false, {"chests", "keys"}};
  std::vector<report::ComparedPolicy> policies;
  for (const char* const name : {"a", "b"}) {
    inputs.policy = {{"hash", name}};
    policies.push_back(compared_policy(inputs, name));
  }
  const nlohmann::json compared = comparison_document(policies);
  const size_t bars = 1 + names.size(), tables = 2;  // finished levels and each measure; of each placement
  EXPECT_EQ(compared.at("figures").size(), bars + tables);
  const nlohmann::json& finished = compared.at("figures").at(0);
  EXPECT_EQ(finished.at("x").at("values"), nlohmann::json({"a", "b", "random mouse"}));
  EXPECT_EQ(finished.at("series").size(), 2U) << "one for each placement";
  EXPECT_NE(compared.at("headline").get<std::string>().find("of many keys"), std::string::npos);
  EXPECT_NE(compared.at("sentence").get<std::string>().find("random mouse"), std::string::npos);
  EXPECT_NE(compared.at("sentence").get<std::string>().find("spare keys"), std::string::npos);
}

}  // namespace
}  // namespace mazescan::scan
