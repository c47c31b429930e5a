#pragma once
#include <torch/types.h>

#include <array>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "datasets/scan_shard.h"
#include "envs/task.h"
#include "evaluator/rollout/agent.h"
#include "policy/action_distribution.h"

namespace mazescan::rollout {

// The part of a state that changes within an episode.
struct Mouse {
  envs::Cell cell;
  bool facing_right = false;
  uint32_t taken = 0;  // which objects are gone
};

// Returns the state with the mouse replaced.
envs::MazeState with_mouse(envs::MazeState state, Mouse mouse);

// Returns the outcome of an episode that began in `start` and followed `path`, which includes its first cell.
datasets::Outcome outcome_of(const envs::Task& task, const envs::MazeState& start, bool success,
                             const std::vector<envs::Cell>& path);

// Memoises an agent's outputs; each distinct state is evaluated at most once. An observation depends only on
// level, cheese, mouse (planes do not depend on its direction) and objects, and so do the outputs. A rollout of
// any length therefore needs at most one evaluation for each cell, or two, and set of objects that are gone.
class PolicyCache {
 public:
  // episodes: initial states, with levels of one size. Agent and levels must outlive the cache.
  PolicyCache(const Agent& agent, const std::vector<envs::MazeState>& episodes);

  // Evaluates the states of episodes[i] with mice[i], except those already in the cache.
  void evaluate(const std::vector<int>& episodes, const std::vector<Mouse>& mice);

  // Returns the action distributions of evaluated states, one row for each mouse.
  policy::ActionDistribution distribution(const std::vector<int>& episodes,
                                          const std::vector<Mouse>& mice) const;
  // Return an evaluated state's row of logits, its value, and the probabilities of the five moves.
  const float* logits(int episode, Mouse mouse) const { return &logits_[slot(episode, mouse) * actions_]; }
  float value(int episode, Mouse mouse) const { return values_[slot(episode, mouse)]; }
  std::array<float, envs::kMoves> move_probabilities(int episode, Mouse mouse) const;
  std::vector<std::array<float, envs::kMoves>> move_probabilities(const std::vector<int>& episodes,
                                                                  const std::vector<Mouse>& mice) const;
  int actions() const { return static_cast<int>(actions_); }
  int faces() const {
    return static_cast<int>(faces_);
  }  // 2 if outputs depend on the mouse's direction, else 1
  envs::Move move(int action) const { return agent_.move(action); }
  const std::vector<envs::MazeState>& episodes() const { return episodes_; }

 private:
  size_t block(int episode, uint32_t taken) const;
  size_t slot(int episode, Mouse mouse) const;
  void add_blocks(const std::vector<int>& episodes, const std::vector<Mouse>& mice);

  const Agent& agent_;
  std::vector<envs::MazeState> episodes_;
  size_t cells_, faces_, actions_;  // faces: 2 if the mouse's direction is observed, else 1
  // One block for each episode, then one for each other set of objects that are gone.
  std::vector<float> logits_, values_;  // [blocks, cells, faces, actions], [blocks, cells, faces]
  std::vector<uint8_t> known_;          // [blocks, cells, faces]
  std::map<std::pair<int, uint32_t>, size_t> other_blocks_;  // by episode and set
};

// How an action is chosen.
enum class ActionSelection { kSampled, kGreedy };

// Returns an action for each row: the most probable one, or one drawn with the next number of the episode's
// stream. Row i belongs to episode episodes[i].
std::vector<int> choose_actions(const policy::ActionDistribution& distribution, ActionSelection selection,
                                const std::vector<int>& episodes, std::vector<RandomStream>& streams);

// Plays every episode of the cache until the goal or `limit` steps. Sampled actions use one random stream for
// each level seed, named by `stream`, so that a level is played identically in every chunk and job. decision:
// each episode's decision square, kNoCell if none. Outcomes are relative to the task's goals and proxies, and
// its measures are taken.
datasets::Rollouts run_rollouts(PolicyCache& cache, const envs::Task& task, ActionSelection selection,
                                int limit, const std::vector<envs::Cell>& decision, uint64_t seed,
                                const std::string& stream);

// Returns the probabilities of the five moves for each row of a distribution over the agent's actions.
std::vector<std::array<float, envs::kMoves>> move_probabilities(
    const Agent& agent, const policy::ActionDistribution& distribution);

}  // namespace mazescan::rollout
