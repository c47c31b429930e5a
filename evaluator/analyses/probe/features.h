#pragma once
#include <torch/types.h>

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "envs/environment.h"
#include "evaluator/analyses/probe/samples.h"
#include "evaluator/rollout/agent.h"
#include "policy/network.h"

namespace mazescan::probe {

// The values of one layer for N samples, read in pieces of consecutive samples, so that they need not fit
// into memory. The division into pieces depends on the layer's width alone.
class FeatureSource {
 public:
  // shape: one sample's shape, [C, H, W] or [features].
  FeatureSource(int64_t samples, std::vector<int64_t> shape);
  virtual ~FeatureSource() = default;
  FeatureSource(const FeatureSource&) = delete;
  FeatureSource& operator=(const FeatureSource&) = delete;

  // Returns the samples from index * piece_rows() on: float32 [rows, features], all finite.
  virtual torch::Tensor piece(int64_t index) const = 0;

  int64_t samples() const { return samples_; }
  const std::vector<int64_t>& shape() const { return shape_; }
  int64_t features() const { return features_; }
  int64_t channels() const { return shape_[0]; }
  int64_t piece_rows() const { return piece_rows_; }
  int64_t pieces() const { return (samples_ + piece_rows_ - 1) / piece_rows_; }
  int64_t rows_of(int64_t index) const { return std::min(piece_rows_, samples_ - index * piece_rows_); }

 protected:
  FeatureSource(const FeatureSource& like, std::vector<int64_t> shape);  // uses the pieces of `like`

 private:
  int64_t samples_, features_, piece_rows_;
  std::vector<int64_t> shape_;
};

// A tap in the concatenated shards of a recording. Values that were too large for float16 become its largest
// number. piece() throws UserError at any other value that is not finite.
class RecordedLayer : public FeatureSource {
 public:
  RecordedLayer(std::vector<std::filesystem::path> shards, std::vector<int64_t> rows,
                const datasets::TapShape& tap);
  torch::Tensor piece(int64_t index) const override;

 private:
  const std::vector<std::filesystem::path> shards_;
  const std::vector<int64_t> rows_;  // samples of each shard
  const std::string tap_;
};

// Generates the samples' levels in a policy's world, with the decoys of this placement. Throws UserError if they differ
// from the recorded ones.
std::vector<envs::MazeLevel> world_levels(const ProbeSamples& samples,
                                          const envs::EnvironmentConfig& environment,
                                          const std::string& placement);

// Returns the activations of `tap` for `states`; the observations if `tap` is empty.
torch::Tensor activations_of(const policy::Network& network, const rollout::NetworkAgent& agent,
                             const std::string& tap, const std::vector<envs::MazeState>& states);

// A tap of any network for the same samples, or their observations (tap ""), computed at each read. All
// arguments must outlive it.
class ComputedLayer : public FeatureSource {
 public:
  ComputedLayer(const policy::Network& network, const rollout::NetworkAgent& agent,
                const ProbeSamples& samples, const std::vector<envs::MazeLevel>& levels,
                const std::string& tap);
  torch::Tensor piece(int64_t index) const override;

 private:
  const policy::Network& network_;
  const rollout::NetworkAgent& agent_;
  const ProbeSamples& of_;
  const std::vector<envs::MazeLevel>& levels_;
  const std::string tap_;
};

// Caches another source in memory if all of it fits into `bytes`. The values are the same.
class Cached : public FeatureSource {
 public:
  Cached(const FeatureSource& source, int64_t bytes);
  torch::Tensor piece(int64_t index) const override;

 private:
  const FeatureSource& source_;
  mutable std::vector<torch::Tensor> pieces_;  // empty: not cached
};

// Values that are already in memory, [samples, features].
class InMemory : public FeatureSource {
 public:
  explicit InMemory(torch::Tensor values)
      : FeatureSource(values.size(0), {values.size(1)}), values_(std::move(values)) {}
  torch::Tensor piece(int64_t index) const override;

 private:
  const torch::Tensor values_;
};

// Some channels of another source.
class ChannelSubset : public FeatureSource {
 public:
  ChannelSubset(const FeatureSource& source, const std::vector<int64_t>& channels);
  torch::Tensor piece(int64_t index) const override;

 private:
  const FeatureSource& source_;
  torch::Tensor columns_;
};

// The channels of another source, a map [C, H, W], at one place per sample.
class AtCell : public FeatureSource {
 public:
  // place: row * W + column of each sample.
  AtCell(const FeatureSource& source, std::vector<int32_t> place);
  torch::Tensor piece(int64_t index) const override;

 private:
  const FeatureSource& source_;
  const std::vector<int32_t> place_;
};

}  // namespace mazescan::probe
