#pragma once
#include <algorithm>
#include <vector>

#include "datasets/activation_shard.h"

namespace mazescan {

// Returns a small valid shard of activations for size 3: `levels` levels, each with the mouse on two cells.
struct SampleActivations {
  explicit SampleActivations(int levels, const std::string& policy_hash = std::string(32, 'a')) {
    unit = {3, "cell:1,2", 4, "along_rollout", 7, 20, 1, policy_hash, std::string(32, 'b')};
    for (int l = 0; l < levels; ++l) {
      table.level_seed.push_back(100 + l);
      for (int c = 0; c < 9; ++c) table.open.push_back((c + l) % 4 != 3);
      table.cheese.insert(table.cheese.end(), {1, 2});
      table.decision.insert(table.decision.end(), 2, static_cast<int16_t>(l % 2 == 0 ? 1 : -1));
      for (int step = 0; step < 2; ++step) {
        keys.level_seed.push_back(100 + l);
        keys.size.push_back(3);
        keys.mouse.insert(keys.mouse.end(), {static_cast<int16_t>(step), 0});
        keys.mirrored.push_back(static_cast<uint8_t>(step));
        keys.cheese.insert(keys.cheese.end(), {1, 2});
        keys.optimal.push_back(3 - step);
        keys.step.push_back(step);
        keys.action.push_back(3);
        for (int m = 0; m < 5; ++m) keys.probability.push_back(0.2F);
        keys.value.push_back(static_cast<float>(l) - 0.5F);
        keys.success.push_back(1);
        keys.outcome.push_back(0);
      }
    }
    for (const datasets::TapShape& tap : taps) {
      int64_t count = 2 * levels;
      for (const int64_t length : tap.shape) count *= length;
      for (int64_t i = 0; i < count; ++i)
        values[&tap - taps.data()].push_back(static_cast<float>(i % 512) / 8 - 1);
    }
  }

  int64_t count() const { return static_cast<int64_t>(keys.level_seed.size()); }

  // Returns the quantisation of each tap; nothing for 0 bits.
  std::vector<storage::Quantisation> quantisations(int bits) const {
    std::vector<storage::Quantisation> of_taps;
    for (const auto& tap : values)
      if (bits != 0)
        of_taps.push_back(tap.empty()
                              ? storage::Quantisation{0, 1, bits}
                              : storage::quantisation_of(*std::min_element(tap.begin(), tap.end()),
                                                         *std::max_element(tap.begin(), tap.end()), bits));
    return of_taps;
  }

  // Writes the shard, `piece` samples at a time. Returns the payload hash.
  std::string write(const std::filesystem::path& path, const datasets::ShardOptions& options = {},
                    int64_t piece = 3) const {
    const int bits = datasets::quantised_bits(datasets::storage_type(options.storage_dtype));
    return write_codes(path, options, quantisations(bits), piece);
  }
  std::string write_codes(const std::filesystem::path& path, const datasets::ShardOptions& options,
                          const std::vector<storage::Quantisation>& quantisations, int64_t piece = 3) const {
    datasets::ActivationShardWriter shard(path, unit, count(), taps, options, quantisations);
    for (size_t t = 0; t < taps.size(); ++t) {
      const int64_t width = count() == 0 ? 0 : static_cast<int64_t>(values[t].size()) / count();
      for (int64_t first = 0; first < count(); first += piece)
        shard.append(t, values[t].data() + first * width, std::min(piece, count() - first));
    }
    return shard.finish(table, keys, "{}");
  }

  datasets::ActivationUnit unit;
  datasets::LevelTable table;
  datasets::SampleKeys keys;
  std::vector<datasets::TapShape> taps = {{"embedder.block1.conv", {2, 3, 4}}, {"fc_policy", {5}}};
  std::vector<float> values[2];
};

}  // namespace mazescan
