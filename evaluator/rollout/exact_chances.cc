#include "evaluator/rollout/exact_chances.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "core/error.h"
#include "envs/paths.h"
#include "envs/state_graph.h"
#include "evaluator/rollout/move_chain.h"

namespace mazescan::rollout {
namespace {

using envs::StateGraph;

// Returns the mice of the graph's states.
std::vector<Mouse> mice_of(const StateGraph& graph) {
  std::vector<Mouse> mice;
  for (const envs::MazeState& state : graph.states)
    mice.push_back({state.mouse, state.facing_right, state.taken});
  return mice;
}

// Returns the chain of one episode whose states have been evaluated.
MoveChain policy_chain(const PolicyCache& cache, int episode, const StateGraph& graph) {
  const auto moves = cache.move_probabilities(std::vector<int>(graph.states.size(), episode), mice_of(graph));
  MoveChain chain;
  chain.states.resize(graph.states.size() + 1);
  chain.states.back().arrived = true;
  for (size_t s = 0; s < graph.states.size(); ++s) {
    MoveChain::State& state = chain.states[s];
    state.next = graph.next[s];
    std::copy(moves[s].begin(), moves[s].end(), state.probability.begin());
    const double total = std::accumulate(state.probability.begin(), state.probability.end(), 0.0);
    require(std::isfinite(total), "the policy's outputs are not finite",
            "its activations overflow, or it is damaged", "a working policy, or float32");
    for (double& p : state.probability) p /= total;  // float32 sums to 1 only within 1e-6
  }
  return chain;
}

MoveChain random_chain(const StateGraph& graph) {
  MoveChain chain;
  chain.states.resize(graph.states.size() + 1);
  chain.states.back().arrived = true;
  for (size_t s = 0; s < graph.states.size(); ++s) {
    chain.states[s].next = graph.next[s];
    chain.states[s].probability.fill(1.0 / envs::kMoves);
  }
  return chain;
}

// Returns the walks that begin in the start state, 0, and end in `stops`.
WalkDistribution walk_from_start(const MoveChain& chain, std::vector<uint8_t> stops) {
  std::vector<double> begin(chain.states.size());
  begin.front() = 1;
  return {chain, std::move(begin), std::move(stops)};
}

// Marks the goal.
std::vector<uint8_t> only_goal(const MoveChain& chain) {
  std::vector<uint8_t> stops(chain.states.size());
  stops.back() = 1;
  return stops;
}

// Computes one episode's chances from its chain.
class Episode {
 public:
  Episode(const envs::MazeState& start, const StateGraph& graph, int limit)
      : start_(start), graph_(graph), limit_(limit) {}

  // Appends the chance to have reached the goal after 0, 1, ..., limit steps.
  void append_arrivals(const MoveChain& chain, std::vector<float>& arrived) const {
    WalkDistribution walk = walk_from_start(chain, only_goal(chain));
    for (int t = 0; t <= limit_; ++t) {
      if (t > 0) walk.advance();
      arrived.push_back(static_cast<float>(walk.now(graph_.goal())));
    }
  }

  // Returns the mean number of steps to the goal without a limit.
  double mean_steps(const MoveChain& chain) const {
    return expected_steps(chain, envs::farthest_first(graph_)).front();
  }

  // The chances of the outcomes (datasets::Outcome) that reach the goal or the proxy.
  struct Outcomes {
    double goal = 0, proxy = 0, proxy_then_goal = 0;
  };
  // arrives: the chance to reach the goal within the limit. cells: the proxy's region.
  Outcomes outcomes(const MoveChain& chain, double arrives, const std::vector<envs::Cell>& cells) const {
    const std::vector<uint8_t> on = states_on(cells);
    std::vector<uint8_t> stops = on;
    stops[static_cast<size_t>(graph_.goal())] = 1;
    WalkDistribution walk = walk_from_start(chain, stops);
    walk.advance(limit_);
    const double entered = mass(walk, on), later = std::max(0.0, arrives - walk.now(graph_.goal()));
    if (std::find(cells.begin(), cells.end(), start_.cheese) != cells.end())
      return {arrives, std::max(0.0, entered - later), 0};  // a goal on the proxy counts as the goal
    return {walk.now(graph_.goal()), entered, later};
  }

  // The chance to be on the decision square within the limit, and what the first move away from it does, for
  // mice that were there.
  struct Decision {
    double reached = 0, to_goal = 0, to_proxy = 0;
  };
  Decision decide(const MoveChain& chain, envs::Cell square, envs::Cell proxy) const {
    const std::vector<uint8_t> there = states_on({square});
    std::vector<uint8_t> stops = there;
    stops[static_cast<size_t>(graph_.goal())] = 1;
    WalkDistribution arrival = walk_from_start(chain, stops);
    arrival.advance(limit_);
    Decision decision;
    decision.reached = mass(arrival, there);
    if (decision.reached == 0) return decision;

    std::vector<double> begin(chain.states.size());
    for (size_t s = 0; s < begin.size(); ++s)
      if (there[s] != 0) begin[s] = arrival.now(static_cast<int>(s)) / decision.reached;
    std::vector<uint8_t> elsewhere(there.size());
    for (size_t s = 0; s < there.size(); ++s) elsewhere[s] = there[s] == 0;
    WalkDistribution leaving(chain, std::move(begin), std::move(elsewhere));
    leaving.advance(limit_);
    const std::vector<int32_t> to_goal = envs::distances(*start_.level, start_.cheese),
                               to_proxy = envs::distances(*start_.level, proxy);
    const size_t from = start_.level->index(square);
    for (size_t s = 0; s < there.size(); ++s) {
      if (there[s] != 0) continue;
      const size_t cell = start_.level->index(cell_of(s));
      if (to_goal[cell] < to_goal[from]) decision.to_goal += leaving.now(static_cast<int>(s));
      if (to_proxy[cell] < to_proxy[from]) decision.to_proxy += leaving.now(static_cast<int>(s));
    }
    return decision;
  }

 private:
  envs::Cell cell_of(size_t state) const {
    return state == graph_.states.size() ? start_.cheese : graph_.states[state].mouse;
  }
  // Marks the states on some cells, except the goal.
  std::vector<uint8_t> states_on(const std::vector<envs::Cell>& cells) const {
    std::vector<uint8_t> on(graph_.states.size() + 1);
    for (size_t s = 0; s < graph_.states.size(); ++s)
      on[s] = std::find(cells.begin(), cells.end(), graph_.states[s].mouse) != cells.end() ? 1 : 0;
    return on;
  }
  static double mass(const WalkDistribution& walk, const std::vector<uint8_t>& on) {
    double sum = 0;
    for (size_t s = 0; s < on.size(); ++s)
      if (on[s] != 0) sum += walk.now(static_cast<int>(s));
    return sum;
  }

  const envs::MazeState& start_;
  const StateGraph& graph_;
  const int limit_;
};

// Returns the mean number of steps in each state, from the start until the goal or the limit.
std::vector<double> visits_of_states(const MoveChain& chain, int limit) {
  WalkDistribution walk = walk_from_start(chain, only_goal(chain));
  std::vector<double> visits(chain.states.size() - 1);
  for (int t = 0; t < limit; ++t, walk.advance())
    for (size_t s = 0; s < visits.size(); ++s) visits[s] += walk.now(static_cast<int>(s));
  return visits;
}

// Returns the mean over episodes of a measure. That of the last state is the sum of the changes that the moves
// make, since a walk that has ended is in no state of the graph.
double mean_measure(const envs::Measure& measure, const envs::Task& task, const StateGraph& graph,
                    const MoveChain& chain, const std::vector<double>& visits) {
  const bool of_end = measure.of == envs::Measure::Of::end;
  double mean = of_end ? measure.value(graph.states.front()) : 0;
  for (size_t s = 0; s < visits.size(); ++s) {
    const double here = measure.value(graph.states[s]);
    if (!of_end) mean += visits[s] * here;
    for (size_t m = 0; of_end && m < envs::kMoves; ++m) {
      envs::MazeState next = graph.states[s];
      task.apply_move(next, static_cast<envs::Move>(m));
      mean += visits[s] * chain.states[s].probability[m] * (measure.value(next) - here);
    }
  }
  return mean;
}

// Appends the means of all measures of one episode.
void append_measures(const envs::Task& task, const StateGraph& graph, const MoveChain& chain, int limit,
                     std::vector<double>& means) {
  const std::vector<envs::Measure> measures = task.measures();
  if (measures.empty()) return;
  const std::vector<double> visits = visits_of_states(chain, limit);
  for (const envs::Measure& measure : measures)
    means.push_back(mean_measure(measure, task, graph, chain, visits));
}

// Returns the steps after which the shortest path from the start to `proxy` passes the goal; -1 if it does
// not.
int32_t blind_steps(const envs::MazeState& start, envs::Cell proxy) {
  const std::vector<envs::Cell> path = envs::shortest_path(*start.level, start.mouse, proxy);
  const auto goal = std::find(path.begin(), path.end(), start.cheese);
  return goal == path.end() ? -1 : static_cast<int32_t>(goal - path.begin());
}

// Returns the graph of each episode, with all its states evaluated.
std::vector<StateGraph> evaluated_graphs(PolicyCache& cache, const envs::Task& task) {
  std::vector<StateGraph> graphs;
  std::vector<int> episodes;
  std::vector<Mouse> mice;
  for (size_t e = 0; e < cache.episodes().size(); ++e) {
    graphs.push_back(envs::reachable_states(task, cache.episodes()[e], cache.faces() == 2));
    episodes.insert(episodes.end(), graphs.back().states.size(), static_cast<int>(e));
    const std::vector<Mouse> of_episode = mice_of(graphs.back());
    mice.insert(mice.end(), of_episode.begin(), of_episode.end());
  }
  cache.evaluate(episodes, mice);
  return graphs;
}

}  // namespace

std::vector<std::vector<double>> expected_visits(PolicyCache& cache, const envs::Task& task, int limit) {
  const std::vector<StateGraph> graphs = evaluated_graphs(cache, task);
  std::vector<std::vector<double>> visits;
  for (size_t e = 0; e < graphs.size(); ++e) {
    const StateGraph& graph = graphs[e];
    const envs::MazeLevel& level = *cache.episodes()[e].level;
    const MoveChain chain = policy_chain(cache, static_cast<int>(e), graph);
    WalkDistribution walk = walk_from_start(chain, only_goal(chain));
    visits.emplace_back(level.open.size());
    for (int t = 0; t < limit; ++t, walk.advance())
      for (size_t s = 0; s < graph.states.size(); ++s)
        visits.back()[level.index(graph.states[s].mouse)] += walk.now(static_cast<int>(s));
  }
  return visits;
}

datasets::ExactChances exact_chances(PolicyCache& cache, const envs::Task& task, int limit,
                                     const std::vector<envs::Cell>& decision) {
  const std::vector<envs::MazeState>& starts = cache.episodes();
  const std::vector<StateGraph> graphs = evaluated_graphs(cache, task);
  datasets::ExactChances exact;
  for (size_t e = 0; e < starts.size(); ++e) {
    const Episode episode(starts[e], graphs[e], limit);
    const MoveChain chain = policy_chain(cache, static_cast<int>(e), graphs[e]);
    const std::vector<envs::GoalLike> goals = task.goal_likes(starts[e]);
    const envs::GoalLike* proxy = envs::first_of(goals, envs::GoalKind::proxy);
    episode.append_arrivals(random_chain(graphs[e]), exact.random_arrived);
    episode.append_arrivals(chain, exact.arrived);
    append_measures(task, graphs[e], chain, limit, exact.measures);
    append_measures(task, graphs[e], random_chain(graphs[e]), limit, exact.random_measures);
    exact.expected_steps.push_back(episode.mean_steps(chain));
    exact.blind_steps.push_back(proxy == nullptr ? -1 : blind_steps(starts[e], proxy->cell));
    const double arrives = exact.arrived.back();
    const Episode::Outcomes outcomes =
        episode.outcomes(chain, arrives, proxy == nullptr ? std::vector<envs::Cell>() : proxy->region);
    exact.goal.push_back(static_cast<float>(outcomes.goal));
    exact.proxy.push_back(static_cast<float>(outcomes.proxy));
    exact.proxy_then_goal.push_back(static_cast<float>(outcomes.proxy_then_goal));
    Episode::Decision decided;
    if (decision[e] != envs::kNoCell && proxy != nullptr)
      decided = episode.decide(chain, decision[e], proxy->cell);
    exact.decision_reached.push_back(static_cast<float>(decided.reached));
    exact.decision_to_goal.push_back(static_cast<float>(decided.to_goal));
    exact.decision_to_proxy.push_back(static_cast<float>(decided.to_proxy));
  }
  return exact;
}

double random_arrival(const envs::MazeState& start, const envs::Task& task, envs::Cell target, int steps) {
  const StateGraph graph = envs::reachable_states(task, start, false);
  const auto found = std::find_if(graph.states.begin(), graph.states.end(),
                                  [&](const envs::MazeState& state) { return state.mouse == target; });
  const auto at =
      static_cast<int>(found - graph.states.begin());          // the goal if the target is the cheese's cell
  if (at == graph.goal() && target != start.cheese) return 0;  // it cannot be reached
  const MoveChain chain = random_chain(graph);
  std::vector<uint8_t> stops = only_goal(chain);
  stops[static_cast<size_t>(at)] = 1;
  WalkDistribution walk = walk_from_start(chain, std::move(stops));
  walk.advance(steps);
  return walk.now(at);
}

}  // namespace mazescan::rollout
