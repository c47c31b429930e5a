#include "evaluator/edit/scoring.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "core/config.h"
#include "envs/maze_environment.h"
#include "envs/paths.h"

namespace mazescan {

namespace {

constexpr size_t kCasesAtOnce = 512;  // of one table of answers

void append(Walks& all, const Walks& more) {
  all.reached.insert(all.reached.end(), more.reached.begin(), more.reached.end());
  all.steps.insert(all.steps.end(), more.steps.begin(), more.steps.end());
}

// Steps from the target to the path from the start to the top-right corner.
int32_t off_path(const MazeLevel& level, Cell target) {
  const std::vector<int32_t> away = distances(level, target);
  int32_t least = std::numeric_limits<int32_t>::max();
  for (const Cell cell : shortest_path(level, kStart, level.top_right()))
    least = std::min(least, away[level.index(cell)]);
  return least;
}

}  // namespace

EditScorer::EditScorer(const EvaluatorConfig& config, const ScannedPolicy& scanned, int size,
                       std::string experiment)
    : scanned_(scanned),
      size_(size),
      experiment_(std::move(experiment)),
      seed_(static_cast<uint64_t>(config.seed)),
      limit_(config.edit.limit > 0 ? config.edit.limit : time_limit(scanned.environment, size)),
      cases_(edit_cases(config, scanned.environment, size, experiment_, EditPart::kScore)),
      episodes_(cases_.episodes()),
      targets_(cases_.targets()) {}

EditRow EditScorer::score(nlohmann::json facts, const EditRule& rule,
                          const std::vector<MazeState>& episodes) const {
  EditRow row{std::move(facts), {}, {}, {}};
  const std::string stream = fmt::format("edit/walk/{}/{}", size_, experiment_);
  for (size_t begin = 0; begin < episodes.size(); begin += kCasesAtOnce) {
    const size_t end = std::min(begin + kCasesAtOnce, episodes.size());
    const auto some = [&](const auto& all) {
      return std::decay_t<decltype(all)>(all.begin() + static_cast<int64_t>(begin),
                                         all.begin() + static_cast<int64_t>(end));
    };
    EditRule shifted;
    if (rule)
      shifted = [&rule, begin](const std::vector<MazeState>& states, std::vector<int> numbers) {
        for (int& number : numbers) number += static_cast<int>(begin);
        return rule(states, numbers);
      };
    const NetworkAgent agent(scanned_.policy.network, scanned_.environment, shifted);
    PolicyTable table(agent, some(episodes));
    const std::vector<Cell> goals = some(targets_);
    append(row.sampled, walk_to(table, goals, Sampler::kSampled, limit_, seed_, stream));
    append(row.greedy, walk_to(table, goals, Sampler::kGreedy, limit_, seed_, stream));
    const std::vector<double> logs = path_log_probability(table, goals);
    row.log.insert(row.log.end(), logs.begin(), logs.end());
  }
  return row;
}

void store_cases(const EditCases& cases, ResultShard& shard) {
  std::vector<int32_t> seed, cheese, level_of, target, distance_of, off;
  std::vector<uint8_t> open;
  for (const MazeLevel& level : cases.levels) {
    seed.push_back(level.seed);
    open.insert(open.end(), level.open.begin(), level.open.end());
    cheese.insert(cheese.end(), {level.cheese.x, level.cheese.y});
  }
  for (const EditCase& each : cases.cases) {
    const MazeLevel& level = cases.levels[static_cast<size_t>(each.level)];
    level_of.push_back(each.level);
    target.insert(target.end(), {each.target.x, each.target.y});
    distance_of.push_back(distance(level, kStart, each.target));
    off.push_back(off_path(level, each.target));
  }
  const auto levels = static_cast<int64_t>(cases.levels.size()),
             count = static_cast<int64_t>(cases.cases.size());
  shard.set("level/seed", seed, "level");
  shard.set("level/open", open, {{"level", levels}, {"y", shard.unit.size}, {"x", shard.unit.size}});
  shard.set("level/cheese", cheese, {{"level", levels}, {"coordinate", 2}});
  shard.set("case/level", level_of, "case");
  shard.set("case/target", target, {{"case", count}, {"coordinate", 2}});
  shard.set("case/distance", distance_of, "case");
  shard.set("case/off_path", off, "case");
}

void store_rows(const std::vector<EditRow>& rows, int64_t cases, ResultShard& shard) {
  std::vector<uint8_t> sampled_reached, greedy_reached;
  std::vector<int32_t> sampled_steps, greedy_steps;
  std::vector<float> log;
  nlohmann::json facts = nlohmann::json::array();
  const auto add = [](auto& all, const auto& more) { all.insert(all.end(), more.begin(), more.end()); };
  for (const EditRow& row : rows) {
    facts.push_back(row.facts);
    add(sampled_reached, row.sampled.reached);
    add(sampled_steps, row.sampled.steps);
    add(greedy_reached, row.greedy.reached);
    add(greedy_steps, row.greedy.steps);
    add(log, row.log);
  }
  const std::vector<H5Axis> axes = {{"row", static_cast<int64_t>(rows.size())}, {"case", cases}};
  shard.set("sampled/reached", sampled_reached, axes);
  shard.set("sampled/steps", sampled_steps, axes);
  shard.set("greedy/reached", greedy_reached, axes);
  shard.set("greedy/steps", greedy_steps, axes);
  shard.set("path/log", log, axes);
  shard.facts["rows"] = facts;
}

}  // namespace mazescan
