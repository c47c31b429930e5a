#include "evaluator/analyses/edit/scoring.h"

#include <algorithm>
#include <limits>
#include <memory>
#include <utility>

#include "core/config.h"
#include "envs/paths.h"
#include "evaluator/analyses/edit/config.h"
#include "evaluator/rollout/exact_chances.h"

namespace mazescan::edit {

namespace {

void append(datasets::WalkEnds& all, const datasets::WalkEnds& more) {
  all.reached.insert(all.reached.end(), more.reached.begin(), more.reached.end());
  all.steps.insert(all.steps.end(), more.steps.begin(), more.steps.end());
}

// Returns the steps from the target to the path from the start to the top-right corner.
int32_t off_path(const envs::MazeLevel& level, envs::Cell target) {
  const std::vector<int32_t> away = envs::distances(level, target);
  int32_t least = std::numeric_limits<int32_t>::max();
  for (const envs::Cell cell : envs::shortest_path(level, envs::kStart, level.top_right()))
    least = std::min(least, away[level.index(cell)]);
  return least;
}

}  // namespace

EditScorer::EditScorer(const jobs::RunConfig& config, const policies::TrainedPolicy& trained, int size,
                       std::string experiment)
    : trained_(trained),
      size_(size),
      experiment_(std::move(experiment)),
      seed_(static_cast<uint64_t>(config.seed)),
      limit_(config.section<EditConfig>().max_steps > 0 ? config.section<EditConfig>().max_steps
                                                        : time_limit(trained.environment, size)),
      cases_(edit_cases(config, trained.environment, size, experiment_, datasets::Split::test)),
      episodes_(cases_.episodes()),
      targets_(cases_.targets()) {}

EditRow EditScorer::score(EditFacts facts, const rollout::EditRule& rule,
                          const std::vector<envs::MazeState>& episodes) const {
  EditRow row{std::move(facts), {}, {}, {}};
  const std::string stream = fmt::format("edit/walk/{}/{}", size_, experiment_);
  for (size_t begin = 0; begin < episodes.size(); begin += rollout::kStatesOfAPass) {
    const size_t end = std::min<size_t>(begin + rollout::kStatesOfAPass, episodes.size());
    const auto some = [&](const auto& all) {
      return std::decay_t<decltype(all)>(all.begin() + static_cast<int64_t>(begin),
                                         all.begin() + static_cast<int64_t>(end));
    };
    rollout::EditRule shifted;
    if (rule)
      shifted = [&rule, begin](const std::vector<envs::MazeState>& states, std::vector<int> numbers) {
        for (int& number : numbers) number += static_cast<int>(begin);
        return rule(states, numbers);
      };
    const rollout::NetworkAgent agent(trained_.policy.network, trained_.environment, shifted);
    rollout::PolicyCache cache(agent, some(episodes));
    const std::vector<envs::Cell> goals = some(targets_);
    append(row.sampled,
           rollout::walk_to(cache, goals, rollout::ActionSelection::kSampled, limit_, seed_, stream));
    append(row.greedy,
           rollout::walk_to(cache, goals, rollout::ActionSelection::kGreedy, limit_, seed_, stream));
    const std::vector<double> logs = rollout::path_log_probability(cache, goals);
    row.log.insert(row.log.end(), logs.begin(), logs.end());
  }
  return row;
}

void store_cases(const EditCases& cases, const envs::EnvironmentConfig& environment,
                 ExperimentResult& result) {
  const std::unique_ptr<const envs::Task> task = make_task(environment);
  result.in_the_way = cases.in_the_way;
  for (const envs::MazeLevel& level : cases.levels) result.levels.emplace_back(level);
  const std::vector<envs::MazeState> episodes = cases.episodes();
  for (size_t c = 0; c < cases.cases.size(); ++c) {
    const auto& [number, target] = cases.cases[c];
    const envs::MazeLevel& level = *episodes[c].level;
    const int32_t steps = distance(level, envs::kStart, target);
    result.cases.push_back({number, target, steps, off_path(level, target),
                            rollout::random_arrival(episodes[c], *task, target, kQuickFactor * steps)});
  }
}

}  // namespace mazescan::edit
