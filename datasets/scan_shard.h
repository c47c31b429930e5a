#pragma once
#include <cstdint>
#include <string>
#include <vector>

// What a scan writes for one work unit and everything that is computed from a scan reads. docs/dataset.md is
// the normative text of the file's layout; write_shard and read_shard are its only writer and reader.
namespace mazescan::datasets {

// How an episode went; the first that holds. In mazes the goal is the cheese and the proxy the top-right region.
enum class Outcome : uint8_t {
  kGoal = 0,   // reached the goal; if the goal is not on the proxy, without entering the proxy first
  kProxy = 1,  // entered the proxy before the goal, which was reached later or never
  kNeither =
      2,  // entered neither and came to rest: at most two different cells in the last quarter of the episode
  kLimit = 3,  // entered neither and was still moving when the time was over
};

// One rollout for each of N episodes.
struct Rollouts {
  std::vector<uint8_t> success;  // N: the cheese was reached within the limit
  std::vector<uint8_t> outcome;  // N: Outcome
  std::vector<int32_t> steps;    // N: steps until the cheese; the limit where it was not reached
  std::vector<int32_t>
      decision_step;  // N: first step at which the mouse stood on the decision square, -1: never
  std::vector<int64_t> path_offset;  // N + 1: episode e walked path[path_offset[e] .. path_offset[e+1])
  std::vector<uint16_t> path;        // cells y * size + x, start cell first, one entry a step after it

  // Not stored: for each entry of `path`, whether the mouse faced right, and the move it made from there
  // (noop at the end).
  std::vector<uint8_t> facing_right, move;
};

// Outputs of one tap. shape: (samples, ...) as the network gives them, C H W or features.
struct TapRecord {
  std::string tap;             // "embedder.relu3"
  std::string moment;          // "first" (the reset state, one sample an episode) or "decision"
  std::vector<int64_t> shape;  // [samples, ...]
  std::vector<float> values;   // row-major
};

// The policy on every cell of one level. Walls hold NaN.
struct VectorField {
  int32_t episode = 0;             // which episode of this shard
  std::vector<float> probability;  // size * size * 5, row y (up), column x, LEFT DOWN UP RIGHT NOOP
  std::vector<float> value;        // size * size
};

struct ScanShard {
  // The unit.
  int size = 0;           // maze size
  std::string placement;  // "top_right", ..., "cell:3,4"
  int chunk = 0;          // which chunk of level seeds
  int limit = 0;          // steps after which an episode ends
  int region = 0;         // the policy's training region k, which also is the top-right region of outcomes
  std::string scan_key;   // hash of all that determines the payload: scan configuration and policy hash
  // N episodes, one a level.
  std::vector<int32_t> level_seed;  // N
  std::vector<uint8_t> open;        // N * size * size, 1 = free; row y (up), column x
  std::vector<int16_t> cheese;      // N * 2: x, y
  std::vector<int32_t> optimal;     // N: shortest path from the start (0, 0) to the cheese, steps
  std::vector<uint8_t> on_path;     // N: the cheese lies on the path from start to top-right corner
  std::vector<int16_t> decision;    // N * 2: decision square, -1 -1 where the level has none
  Rollouts sampled, greedy;
  // What the network held inside, in sampled rollouts.
  std::vector<int32_t>
      decision_episode;  // M: episodes with a decision step, in order: sample m of moment "decision"
  std::vector<TapRecord> taps;
  std::vector<VectorField> fields;

  int64_t episodes() const { return static_cast<int64_t>(level_seed.size()); }
};

}  // namespace mazescan::datasets
