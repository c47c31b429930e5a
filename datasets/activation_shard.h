#pragma once
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "datasets/activation_tap.h"
#include "datasets/scan_shard_file.h"
#include "storage/hdf5/hdf5.h"

// The shard of a recording for one work unit: activations, and for each sample the keys that describe the
// state shown to the network. docs/dataset.md specifies the file's layout; ActivationShardWriter and
// read_activation_shard are its only writer and reader.
namespace mazescan::datasets {

struct ActivationUnit {
  int size = 0;           // maze size
  std::string placement;  // placement of the cheese
  int chunk = 0;          // index of the chunk of level seeds
  std::string sampling;   // which samples of a level: "initial", "decision_step", "every_cell", ...
  int64_t seed = 0;       // seed of placements and rollouts
  int limit = 0;          // steps after which a rollout ends
  int region = 0;         // the policy's training region k
  std::string policy_hash;
  std::string record_key;  // hash of all that determines the payload
};

// Returns a shard's file name, "1a2b3c4d-size05-uniform-000.h5". Unit names repeat between recordings; keys
// do not.
std::string shard_name(const std::string& record_key, const std::string& unit);

// One entry for each of L levels.
struct LevelTable {
  std::vector<int32_t> level_seed;  // L
  std::vector<uint8_t> open;        // L * size * size, 1 = free; row y (up), column x
  std::vector<int16_t> cheese;      // L * 2: x, y
  std::vector<int16_t> decision;    // L * 2: decision square, -1 -1 where the level has none
};

// One entry for each of N samples. -1 in `step`, `action`, `success`, `outcome`: the sample belongs to no
// rollout.
struct SampleKeys {
  std::vector<int32_t> level_seed;
  std::vector<int16_t> size;
  std::vector<int16_t> mouse;      // N * 2: x, y
  std::vector<uint8_t> mirrored;   // 1 if the mouse faces right
  std::vector<int16_t> cheese;     // N * 2: x, y
  std::vector<int32_t> optimal;    // length of the shortest path from the mouse to the cheese, steps
  std::vector<int32_t> step;       // step of the rollout
  std::vector<int16_t> action;     // move made in the rollout at this step
  std::vector<float> probability;  // N * 5: probability of each move
  std::vector<float> value;        // output of the value head
  std::vector<int16_t> success;    // 1 if the rollout reached the cheese
  std::vector<int16_t> outcome;    // the rollout's Outcome
};

constexpr const char *kLevelsGroup = "/levels/", *kSamplesGroup = "/samples/";
constexpr const char* kLevelSeed = "level_seed";  // of both groups

// Calls visit(name, values, axes) for each key, with the given axes. Writing, reading, checking and
// dataset.h5 share this list.
template <class Keys, class Visit>
void visit_sample_keys(Keys& keys, const hdf5::H5Axis& sample, const hdf5::H5Axis& coordinate,
                       const hdf5::H5Axis& move, Visit&& visit) {
  using Axes = std::vector<hdf5::H5Axis>;
  visit(kLevelSeed, keys.level_seed, Axes{sample});
  visit("size", keys.size, Axes{sample});
  visit("mouse", keys.mouse, Axes{sample, coordinate});
  visit("mirrored", keys.mirrored, Axes{sample});
  visit("cheese", keys.cheese, Axes{sample, coordinate});
  visit("optimal", keys.optimal, Axes{sample});
  visit("step", keys.step, Axes{sample});
  visit("action", keys.action, Axes{sample});
  visit("probability", keys.probability, Axes{sample, move});
  visit("value", keys.value, Axes{sample});
  visit("success", keys.success, Axes{sample});
  visit("outcome", keys.outcome, Axes{sample});
}
template <class Table, class Visit>
void visit_level_table(Table& table, const hdf5::H5Axis& level, const hdf5::H5Axis& y, const hdf5::H5Axis& x,
                       const hdf5::H5Axis& coordinate, Visit&& visit) {
  using Axes = std::vector<hdf5::H5Axis>;
  visit(kLevelSeed, table.level_seed, Axes{level});
  visit("open", table.open, Axes{level, y, x});
  visit("cheese", table.cheese, Axes{level, coordinate});
  visit("decision", table.decision, Axes{level, coordinate});
}
// Calls visit(path, values, axes) for every dataset of a shard, except the taps.
template <class Levels, class Keys, class Visit>
void visit_tables(Levels& levels, Keys& samples, int64_t level_count, int64_t sample_count, int64_t size,
                  Visit&& visit) {
  using Axes = std::vector<hdf5::H5Axis>;
  const hdf5::H5Axis coordinate{"coordinate", 2};
  visit_level_table(levels, {"level", level_count}, {"y", size}, {"x", size}, coordinate,
                    [&](const char* name, auto& values, const Axes& axes) {
                      visit(kLevelsGroup + std::string(name), values, axes);
                    });
  visit_sample_keys(samples, {"sample", sample_count}, coordinate, {"move", 5},
                    [&](const char* name, auto& values, const Axes& axes) {
                      visit(kSamplesGroup + std::string(name), values, axes);
                    });
}
// Returns the axes of a tap: "channel", "height", "width" for a map, "feature" for a vector. `prefix` is
// prepended to their names.
std::vector<hdf5::H5Axis> tap_axes(const hdf5::H5Axis& sample, const std::vector<int64_t>& shape,
                                   const std::string& prefix = "");

// Writes a shard piece by piece. Only a few chunks of each tap and the keys are held in memory.
class ActivationShardWriter {
 public:
  // samples: total number of samples. quantisations: of each tap, if options.storage_dtype is an integer.
  ActivationShardWriter(const std::filesystem::path& path, const ActivationUnit& unit, int64_t samples,
                        const std::vector<TapShape>& taps, const ShardOptions& options,
                        const std::vector<storage::Quantisation>& quantisations = {});
  ~ActivationShardWriter();

  // Appends rows to a tap, row-major. Values too large for float16 are counted and stored as infinity, values
  // outside the quantisation are counted and clipped.
  // Throws UserError if a value is not finite (the policy has diverged).
  void append(size_t tap, const float* values, int64_t rows);

  // Completes the shard, moves it to its final name and returns its payload hash. Every tap must be full.
  std::string finish(const LevelTable& levels, const SampleKeys& samples, const std::string& provenance);

 private:
  struct Tap;
  const ActivationUnit unit_;
  const int64_t samples_;
  const ShardOptions options_;
  hdf5::H5File file_;
  std::vector<std::unique_ptr<Tap>> taps_;
};

// A shard without the values of its activations.
struct ActivationShard {
  ActivationUnit unit;
  std::string payload_hash;
  std::string code;  // version of mazescan that made it, from its provenance; "" if not recorded
  LevelTable levels;
  SampleKeys samples;
  std::vector<StoredTap> taps;  // in bytewise order of their names
  int64_t count() const { return static_cast<int64_t>(samples.level_seed.size()); }
};

// Reads a shard and checks every byte: format, consistent shapes, value ranges, finite activations except for
// those that overflowed, payload hash. Throws UserError naming file and fault.
ActivationShard read_activation_shard(const storage::CheckedFile& from);

// Reads and checks a shard without its activations. The payload hash is copied from the file and not
// verified. Throws UserError naming file and fault.
ActivationShard read_activation_tables(const storage::CheckedFile& from);

// A shard's header, unverified.
struct ActivationHeader {
  ShardHeader header;
  std::string policy_hash;
  int64_t samples = 0;
};
ActivationHeader read_activation_header(const storage::CheckedFile& from);

}  // namespace mazescan::datasets
