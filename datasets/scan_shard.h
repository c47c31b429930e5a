#pragma once
#include <cstdint>
#include <string>
#include <vector>

// The shard of a scan for one work unit, the input of everything that is computed from a scan.
// docs/dataset.md specifies the file's layout; write_shard and read_shard are its only writer and reader.
namespace mazescan::datasets {

// How an episode ended: the first case that applies. In mazes the goal is the cheese and the proxy the
// top-right region.
enum class Outcome : uint8_t {
  kGoal = 0,   // reached the goal; if the goal is not on the proxy, without entering the proxy first
  kProxy = 1,  // entered the proxy first; reached the goal later or never
  kNeither =
      2,  // entered neither and came to rest: at most two distinct cells in the last quarter of the episode
  kLimit = 3,  // entered neither and was still moving at the step limit
};

// One rollout for each of N episodes.
struct Rollouts {
  std::vector<uint8_t> success;        // N: 1 if the cheese was reached within the limit
  std::vector<uint8_t> outcome;        // N: Outcome
  std::vector<int32_t> steps;          // N: steps until the cheese; the limit if it was not reached
  std::vector<int32_t> decision_step;  // N: first step with the mouse on the decision square, -1: never
  std::vector<int64_t> path_offset;    // N + 1: episode e walked path[path_offset[e] .. path_offset[e+1])
  std::vector<uint16_t> path;          // cells y * size + x, start cell first, one entry a step after it

  // For each entry of `path`: 1 if the mouse faced right, and its move from there (noop at the end). Not
  // stored in the file.
  std::vector<uint8_t> facing_right, move;
  // The environment's measures, for each episode. Stored in ScanShard::measures.
  std::vector<double> measures;
};

// A number that the environment measures in each of N episodes, for four mice: means over all episodes of the
// policy on the level and of the random mouse, and the values of the sampled and of the greedy rollout.
struct ScanMeasure {
  std::string name;            // "keys_taken"
  std::vector<double> values;  // N * kMeasuredMice
};
inline constexpr int kMeasuredMice = 4;
inline constexpr uint8_t kNoObject = 255;

// What becomes of each of N episodes, computed exactly from the policy's Markov chain on its level.
struct ExactChances {
  // The chance to have reached the goal after t steps: [N, limit + 1].
  std::vector<float> arrived;
  // The mean steps to the goal without a limit; infinity if the mouse may never come: [N].
  std::vector<double> expected_steps;
  // The chances of Outcome::kGoal, of Outcome::kProxy, and of the part of it that reaches the goal later:
  // [N].
  std::vector<float> goal, proxy, proxy_then_goal;
  // The chance to be on the decision square within the limit; and, for mice that were there, the chances that
  // the first move away from it leads nearer to the goal, and nearer to the proxy. 0 without a square: [N].
  std::vector<float> decision_reached, decision_to_goal, decision_to_proxy;
  // Agents without a policy on the same level. The random mouse makes each of the five moves with probability
  // 1/5; the blind walker takes the shortest path to the proxy, and passes the goal after so many steps, or
  // -1.
  std::vector<float> random_arrived;  // [N, limit + 1]
  std::vector<int32_t> blind_steps;   // [N]
  // Means of the environment's measures, for each episode. Stored in ScanShard::measures.
  std::vector<double> measures, random_measures;
};

// Outputs of one tap. Shape: (samples, ...) as the network returns them, C H W or features.
struct TapRecord {
  std::string tap;             // "embedder.relu3"
  std::string moment;          // "first" (the reset state, one sample an episode) or "decision"
  std::vector<int64_t> shape;  // [samples, ...]
  std::vector<float> values;   // row-major
};

// The policy's outputs on every cell of one level; NaN at walls.
struct VectorField {
  int32_t episode = 0;             // index of the episode in this shard
  std::vector<float> probability;  // size * size * 5, row y (up), column x, LEFT DOWN UP RIGHT NOOP
  std::vector<float> value;        // size * size
};

struct ScanShard {
  // The work unit.
  int size = 0;           // maze size
  std::string placement;  // "top_right", ..., "cell:3,4"
  int chunk = 0;          // index of the chunk of level seeds
  int limit = 0;          // steps after which an episode ends
  int region = 0;         // the policy's training region k, which also is the top-right region of outcomes
  std::string scan_key;   // hash of all that determines the payload: scan configuration and policy hash
  // N episodes, one for each level.
  std::vector<int32_t> level_seed;  // N
  std::vector<uint8_t> open;        // N * size * size, 1 = free; row y (up), column x
  std::vector<int16_t> cheese;      // N * 2: x, y
  std::vector<int16_t> proxy;       // N * 2: x, y; -1 -1 where the level has none
  std::vector<int32_t> optimal;     // N: shortest path from the start (0, 0) to the cheese, steps
  std::vector<uint8_t> on_path;     // N: 1 if the cheese is on the path from start to top-right corner
  std::vector<int16_t> decision;    // N * 2: decision square, -1 -1 where the level has none
  // The levels' objects, such as keys: their kinds and cells. Levels with fewer objects than others in the shard
  // have kNoObject and -1 -1 at the end. Empty in environments without objects.
  std::vector<uint8_t> object_kind;  // N * objects
  std::vector<int16_t> object_cell;  // N * objects * 2: x, y
  Rollouts sampled, greedy;
  ExactChances exact;
  std::vector<ScanMeasure> measures;  // none in most environments
  // Activations and outputs of the network, in sampled rollouts.
  std::vector<int32_t>
      decision_episode;  // M: episodes with a decision step, in order: sample m of moment "decision"
  std::vector<TapRecord> taps;
  std::vector<VectorField> fields;

  int64_t episodes() const { return static_cast<int64_t>(level_seed.size()); }
};

}  // namespace mazescan::datasets
