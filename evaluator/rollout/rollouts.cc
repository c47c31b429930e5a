#include "evaluator/rollout/rollouts.h"

#include <torch/types.h>

#include <algorithm>
#include <cstring>
#include <set>
#include <utility>

namespace mazescan::rollout {

namespace {

Mouse mouse_of(const envs::MazeState& state) {
  return {state.mouse, state.facing_right, state.taken};
}

}  // namespace

datasets::Outcome outcome_of(const envs::Task& task, const envs::MazeState& start, bool success,
                             const std::vector<envs::Cell>& path) {
  const envs::MazeLevel& level = *start.level;
  std::vector<uint8_t> is_goal(level.open.size()), is_proxy(level.open.size());
  for (const envs::GoalLike& one : task.goal_likes(start))
    for (const envs::Cell cell : one.region)
      (one.kind == envs::GoalKind::goal ? is_goal : is_proxy)[level.index(cell)] = 1;
  bool goal_in_proxy = false, entered = false;
  for (size_t i = 0; i < is_goal.size(); ++i) goal_in_proxy |= (is_goal[i] & is_proxy[i]) != 0;
  // The last cell of a success is the goal: the outcome depends on whether the proxy was entered before.
  for (const envs::Cell cell : path)
    entered |= is_proxy[level.index(cell)] != 0 && is_goal[level.index(cell)] == 0;
  if (success && (goal_in_proxy || !entered)) return datasets::Outcome::kGoal;
  if (entered) return datasets::Outcome::kProxy;
  std::set<size_t> resting;
  for (size_t i = path.size() - std::max<size_t>(path.size() / 4, 1); i < path.size(); ++i)
    resting.insert(level.index(path[i]));
  return resting.size() <= 2 ? datasets::Outcome::kNeither : datasets::Outcome::kLimit;
}

envs::MazeState with_mouse(envs::MazeState state, Mouse mouse) {
  state.mouse = mouse.cell;
  state.facing_right = mouse.facing_right;
  state.taken = mouse.taken;
  return state;
}

PolicyCache::PolicyCache(const Agent& agent, const std::vector<envs::MazeState>& episodes)
    : agent_(agent),
      episodes_(episodes),
      cells_(episodes.empty() ? 0 : episodes.front().level->open.size()),
      faces_(agent.depends_on_facing() ? 2 : 1),
      actions_(static_cast<size_t>(agent.actions())),
      logits_(episodes.size() * cells_ * faces_ * actions_),
      values_(episodes.size() * cells_ * faces_),
      known_(episodes.size() * cells_ * faces_) {}

size_t PolicyCache::block(int episode, uint32_t taken) const {
  return taken == episodes_[episode].taken ? static_cast<size_t>(episode)
                                           : other_blocks_.at({episode, taken});
}

void PolicyCache::add_blocks(const std::vector<int>& episodes, const std::vector<Mouse>& mice) {
  const size_t before = other_blocks_.size();
  for (size_t i = 0; i < episodes.size(); ++i)
    if (mice[i].taken != episodes_[episodes[i]].taken)
      other_blocks_.try_emplace({episodes[i], mice[i].taken}, episodes_.size() + other_blocks_.size());
  if (other_blocks_.size() == before) return;
  const size_t slots = (episodes_.size() + other_blocks_.size()) * cells_ * faces_;
  logits_.resize(slots * actions_);
  values_.resize(slots);
  known_.resize(slots);
}

size_t PolicyCache::slot(int episode, Mouse mouse) const {
  const size_t cell = block(episode, mouse.taken) * cells_ + episodes_[episode].level->index(mouse.cell);
  return cell * faces_ + (faces_ == 2 && mouse.facing_right ? 1 : 0);
}

void PolicyCache::evaluate(const std::vector<int>& episodes, const std::vector<Mouse>& mice) {
  std::vector<int> wanted;
  std::vector<size_t> slots;
  std::vector<envs::MazeState> states;
  add_blocks(episodes, mice);
  for (size_t i = 0; i < episodes.size(); ++i) {
    const size_t s = slot(episodes[i], mice[i]);
    if (std::exchange(known_[s], uint8_t{1}) != 0) continue;
    wanted.push_back(episodes[i]);
    slots.push_back(s);
    states.push_back(with_mouse(episodes_[episodes[i]], mice[i]));
  }
  std::vector<float> logits(states.size() * actions_), values(states.size());
  agent_.evaluate(states, wanted, logits.data(), values.data());
  for (size_t i = 0; i < states.size(); ++i) {
    std::memcpy(&logits_[slots[i] * actions_], &logits[i * actions_], actions_ * sizeof(float));
    values_[slots[i]] = values[i];
  }
}

policy::ActionDistribution PolicyCache::distribution(const std::vector<int>& episodes,
                                                     const std::vector<Mouse>& mice) const {
  std::vector<float> rows(episodes.size() * actions_);
  for (size_t i = 0; i < episodes.size(); ++i)
    std::memcpy(&rows[i * actions_], logits(episodes[i], mice[i]), actions_ * sizeof(float));
  return {rows.data(), static_cast<int64_t>(episodes.size()), actions()};
}

std::vector<std::array<float, envs::kMoves>> move_probabilities(
    const Agent& agent, const policy::ActionDistribution& distribution) {
  const torch::Tensor rows = distribution.probabilities().cpu();
  const float* probability = rows.data_ptr<float>();
  std::vector<std::array<float, envs::kMoves>> moves(static_cast<size_t>(rows.size(0)));
  for (auto& each : moves)
    for (int action = 0; action < agent.actions(); ++action)
      each[static_cast<size_t>(agent.move(action))] += *probability++;
  return moves;
}

std::array<float, envs::kMoves> PolicyCache::move_probabilities(int episode, Mouse mouse) const {
  return move_probabilities(std::vector{episode}, std::vector{mouse}).front();
}

std::vector<std::array<float, envs::kMoves>> PolicyCache::move_probabilities(
    const std::vector<int>& episodes, const std::vector<Mouse>& mice) const {
  return mazescan::rollout::move_probabilities(agent_, distribution(episodes, mice));
}

std::vector<int> choose_actions(const policy::ActionDistribution& distribution, ActionSelection selection,
                                const std::vector<int>& episodes, std::vector<RandomStream>& streams) {
  if (selection == ActionSelection::kGreedy) return distribution.mode();
  std::vector<float> draws;
  draws.reserve(episodes.size());
  for (const int episode : episodes) draws.push_back(streams[episode].uniform());
  return distribution.sample(draws);
}

datasets::Rollouts run_rollouts(PolicyCache& cache, const envs::Task& task, ActionSelection selection,
                                int limit, const std::vector<envs::Cell>& decision, uint64_t seed,
                                const std::string& stream) {
  const auto count = static_cast<int>(cache.episodes().size());
  std::vector<envs::MazeState> states = cache.episodes();
  std::vector<std::vector<envs::Cell>> paths(states.size());
  std::vector<std::vector<uint8_t>> facing_right(states.size()), moves(states.size());
  std::vector<RandomStream> streams;
  const std::vector<envs::Measure> measures = task.measures();
  datasets::Rollouts out;
  out.measures.assign(states.size() * measures.size(), 0);
  const auto measure = [&](int e, envs::Measure::Of of) {
    for (size_t m = 0; m < measures.size(); ++m)
      if (measures[m].of == of)
        out.measures[static_cast<size_t>(e) * measures.size() + m] += measures[m].value(states[e]);
  };
  out.success.assign(states.size(), 0);
  out.decision_step.assign(states.size(), -1);
  streams.reserve(states.size());
  for (const envs::MazeState& state : states)
    streams.emplace_back(seed, stream, static_cast<uint64_t>(state.level->seed));

  const auto visit = [&](int e) {
    paths[e].push_back(states[e].mouse);
    facing_right[e].push_back(states[e].facing_right ? 1 : 0);
    if (states[e].mouse == decision[e] && out.decision_step[e] < 0) out.decision_step[e] = states[e].clock;
  };
  std::vector<int> active(states.size());
  for (int e = 0; e < count; ++e) {
    active[e] = e;
    visit(e);
  }
  while (!active.empty()) {
    std::vector<Mouse> mice;
    mice.reserve(active.size());
    for (const int e : active) mice.push_back(mouse_of(states[e]));
    cache.evaluate(active, mice);
    const std::vector<int> actions =
        choose_actions(cache.distribution(active, mice), selection, active, streams);
    std::vector<int> going_on;
    for (size_t i = 0; i < active.size(); ++i) {
      const int e = active[i];
      const envs::Move move = cache.move(actions[i]);
      moves[e].push_back(static_cast<uint8_t>(move));
      measure(e, envs::Measure::Of::steps);
      out.success[e] = task.apply_move(states[e], move).over ? 1 : 0;
      visit(e);
      if (out.success[e] == 0 && states[e].clock < limit) going_on.push_back(e);
    }
    active = std::move(going_on);
  }
  out.path_offset = {0};
  for (int e = 0; e < count; ++e) {
    const envs::MazeLevel& level = *states[e].level;
    out.steps.push_back(states[e].clock);
    measure(e, envs::Measure::Of::end);
    out.outcome.push_back(
        static_cast<uint8_t>(outcome_of(task, cache.episodes()[e], out.success[e] != 0, paths[e])));
    for (const envs::Cell cell : paths[e]) out.path.push_back(static_cast<uint16_t>(level.index(cell)));
    moves[e].push_back(static_cast<uint8_t>(envs::Move::noop));
    out.facing_right.insert(out.facing_right.end(), facing_right[e].begin(), facing_right[e].end());
    out.move.insert(out.move.end(), moves[e].begin(), moves[e].end());
    out.path_offset.push_back(static_cast<int64_t>(out.path.size()));
  }
  return out;
}

}  // namespace mazescan::rollout
