#pragma once
#include <array>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "datasets/activation_shard.h"
#include "envs/maze_state.h"
#include "evaluator/analyses/probe/schema.h"

// Prediction targets and the train/validation/test split of the linear probes of one maze size.
namespace mazescan::probe {

// Smallest number of layouts for a split. With fewer, all states are in all splits, and linear probes show
// only whether the states can be separated at all.
inline constexpr int64_t kMinLayouts = 30;

// The cells that can be free in a maze of this size: all cells except those between four rooms.
class CellClasses {
 public:
  explicit CellClasses(int size);
  int count() const { return static_cast<int>(cells_.size()); }
  int of(envs::Cell cell) const { return class_.at(static_cast<size_t>(cell.y) * size_ + cell.x); }
  envs::Cell cell(int index) const { return cells_.at(static_cast<size_t>(index)); }

 private:
  size_t size_;
  std::vector<int> class_;  // one per cell; -1: always a wall
  std::vector<envs::Cell> cells_;
};

struct ProbeSamples {
  struct Level {
    envs::MazeLevel maze;  // seed, size, walls, cheese; world and origin are not known
    envs::Cell decision;   // the decision square; kNoCell if there is none
    int layout = 0;        // the same number for equal walls
    int maze_id = 0;       // the same number for equal walls and cheese: the same maze to the network
    datasets::Split split = datasets::Split::train;
    float split_draw = 0;  // the layout's draw in [0, 1): defines nested subsets for learning curves
  };
  int size = 0;
  std::vector<Level> levels;
  int64_t layouts = 0, mazes = 0;  // numbers of distinct ones
  std::vector<int64_t> rows;       // samples of each shard
  // N samples, in the order of shards and rows.
  std::vector<int32_t> level;                          // index into the levels
  std::vector<envs::Cell> mouse;                       // the mouse's cell
  std::vector<uint8_t> mirrored;                       // 1: the mouse faces right
  std::vector<std::array<float, envs::kMoves>> moves;  // the policy's probabilities
  std::vector<int8_t> success;                         // of the sample's rollout; -1: no rollout

  int64_t count() const { return static_cast<int64_t>(level.size()); }
  bool is_split() const { return layouts >= kMinLayouts; }
  // Returns whether a sample is in a split.
  bool in(datasets::Split split, int64_t sample) const {
    return !is_split() || levels[static_cast<size_t>(level[static_cast<size_t>(sample)])].split == split;
  }
  const Level& level_of(int64_t sample) const {
    return levels[static_cast<size_t>(level[static_cast<size_t>(sample)])];
  }
};

// Adds the samples of a shard; all shards must have the same size. Call split() after the last one.
void add_samples(ProbeSamples& samples, const datasets::ActivationShard& shard);
// Counts the layouts and assigns each at random to a split: 70 % train, 15 % validation, 15 % test.
void split(ProbeSamples& samples, uint64_t seed);

// A quantity that is predicted from a sample's activations.
struct Target {
  std::string name;
  int classes = 0;
  std::vector<int32_t> label;  // one per sample; -1: none
};
// Returns the targets. levels: of the samples, in the policy's world. "cheese", "mouse": the cell; "next move": the
// policy's most probable move; "decision":
// with the mouse on the decision square, whether the policy favours the way to the cheese (1) or to the
// corner (0); "will reach": whether the sample's rollout reaches the cheese; "shuffled": the cheese's cell in
// another level, the same for all samples of a level; "decoy": its cell, if levels have one. Where they do, it takes the
// corner's part.
std::vector<Target> probe_targets(const ProbeSamples& samples, const std::vector<envs::MazeLevel>& levels,
                                  uint64_t seed);

}  // namespace mazescan::probe
