#pragma once
#include <torch/types.h>

#include <array>
#include <string>
#include <vector>

#include "datasets/scan_shard.h"
#include "envs/task.h"
#include "evaluator/rollout/agent.h"
#include "policy/action_distribution.h"

namespace mazescan::rollout {

// What changes within an episode.
struct Mouse {
  envs::Cell cell;
  bool facing_right = false;
};

// The state with the mouse put elsewhere.
envs::MazeState with_mouse(envs::MazeState state, Mouse mouse);

// An agent's answers on the states of some episodes, asked for once each. An observation depends on level,
// cheese and mouse alone (planes not even on the way it faces), and so do the answers: rollouts of any length
// cost at most one forward pass a cell, or two.
class PolicyCache {
 public:
  // episodes: the first state of each; their levels must outlive the table and are all of one size. The agent
  // must outlive it, too.
  PolicyCache(const Agent& agent, const std::vector<envs::MazeState>& episodes);

  // Makes the answers for episodes[i] with mice[i] available; what is known already costs nothing.
  void evaluate(const std::vector<int>& episodes, const std::vector<Mouse>& mice);

  // Returns the distributions over actions of evaluated states: a row for each mouse.
  policy::ActionDistribution distribution(const std::vector<int>& episodes,
                                          const std::vector<Mouse>& mice) const;
  // Of an evaluated state: one row of logits, the value, the probabilities of the five moves.
  const float* logits(int episode, Mouse mouse) const { return &logits_[slot(episode, mouse) * actions_]; }
  float value(int episode, Mouse mouse) const { return values_[slot(episode, mouse)]; }
  std::array<float, envs::kMoves> move_probabilities(int episode, Mouse mouse) const;
  int actions() const { return static_cast<int>(actions_); }
  envs::Move move(int action) const { return agent_.move(action); }
  const std::vector<envs::MazeState>& episodes() const { return episodes_; }

 private:
  size_t slot(int episode, Mouse mouse) const;

  const Agent& agent_;
  std::vector<envs::MazeState> episodes_;
  size_t cells_, faces_, actions_;      // faces: 2 where the way the mouse faces is seen, else 1
  std::vector<float> logits_, values_;  // [episodes, cells, faces, actions], [episodes, cells, faces]
  std::vector<uint8_t> known_;          // [episodes, cells, faces]
};

// How an action is chosen.
enum class ActionSelection { kSampled, kGreedy };

// Returns an action for each row: the most probable one, or one drawn with the next number of the row's
// episode's stream. Row i is of episode episodes[i].
std::vector<int> choose_actions(const policy::ActionDistribution& distribution, ActionSelection selection,
                                const std::vector<int>& episodes, std::vector<RandomStream>& streams);

// Plays every episode of the table until the goal or `limit` steps. Sampled actions come from one stream for each level
// seed, named by `stream`, so that a level is played alike in every chunk and job. decision: the decision square of each
// episode, kNoCell where there is none. Outcomes are those of the task's goals and proxies.
datasets::Rollouts run_rollouts(PolicyCache& cache, const envs::Task& task, ActionSelection selection,
                                int limit, const std::vector<envs::Cell>& decision, uint64_t seed,
                                const std::string& stream);

// Returns the probabilities of the five moves for each row of a distribution over the agent's actions.
std::vector<std::array<float, envs::kMoves>> move_probabilities(
    const Agent& agent, const policy::ActionDistribution& distribution);

}  // namespace mazescan::rollout
