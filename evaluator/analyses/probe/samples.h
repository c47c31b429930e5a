#pragma once
#include <array>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "datasets/activation_shard.h"
#include "envs/maze_state.h"
#include "evaluator/analyses/probe/schema.h"

// What a linear probe is to tell from the samples of one maze size, and from which of them it learns.
namespace mazescan::probe {

// With fewer layouts a size is not split: all its states are in all splits, and linear probes say only whether its
// states can be separated at all.
inline constexpr int64_t kMinLayouts = 30;

// The cells that a maze of this size may leave free: all but those between four rooms.
class CellClasses {
 public:
  explicit CellClasses(int size);
  int count() const { return static_cast<int>(cells_.size()); }
  int of(envs::Cell cell) const { return class_.at(static_cast<size_t>(cell.y) * size_ + cell.x); }
  envs::Cell cell(int index) const { return cells_.at(static_cast<size_t>(index)); }

 private:
  size_t size_;
  std::vector<int> class_;  // of each cell; -1: always a wall
  std::vector<envs::Cell> cells_;
};

struct ProbeSamples {
  struct Level {
    envs::MazeLevel maze;  // seed, size, walls, cheese; world and origin are not known
    envs::Cell decision;   // kNoCell where there is none
    int layout = 0;        // equal walls, equal number
    int maze_id = 0;       // equal walls and cheese, equal number: the same maze to the network
    datasets::Split split = datasets::Split::train;
    float split_draw = 0;  // in [0, 1), of the layout: nested shares of the layouts for learning curves
  };
  int size = 0;
  std::vector<Level> levels;
  int64_t layouts = 0, mazes = 0;  // different ones
  std::vector<int64_t> rows;       // samples of each shard
  // N samples, in the order of shards and rows.
  std::vector<int32_t> level;                          // which of the levels
  std::vector<envs::Cell> mouse;                       // where it is
  std::vector<uint8_t> mirrored;                       // whether it faces right
  std::vector<std::array<float, envs::kMoves>> moves;  // the policy's probabilities
  std::vector<int8_t> success;                         // of the sample's rollout; -1: it has none

  int64_t count() const { return static_cast<int64_t>(level.size()); }
  bool is_split() const { return layouts >= kMinLayouts; }
  // Whether a sample counts in a split.
  bool in(datasets::Split split, int64_t sample) const {
    return !is_split() || levels[static_cast<size_t>(level[static_cast<size_t>(sample)])].split == split;
  }
  const Level& level_of(int64_t sample) const {
    return levels[static_cast<size_t>(level[static_cast<size_t>(sample)])];
  }
};

// Adds the samples of a shard; all must be of one size. Then split().
void add_samples(ProbeSamples& samples, const datasets::ActivationShard& shard);
// Counts layouts and deals them to the splits: 70, 15 and 15 per cent of them, by a draw for each.
void split(ProbeSamples& samples, uint64_t seed);

// What is to be told from a sample's activations.
struct Target {
  std::string name;
  int classes = 0;
  std::vector<int32_t> label;  // of each sample; -1: it has none
};
// "cheese", "mouse": the cell; "next move": the policy's likeliest; "decision": with the mouse on the
// decision square, whether the policy favours the way to the cheese (1) or to the corner (0); "will reach":
// whether the sample's rollout comes to the cheese; "shuffled": the cheese's cell of another level, for all
// samples of a level alike.
std::vector<Target> probe_targets(const ProbeSamples& samples, uint64_t seed);

}  // namespace mazescan::probe
