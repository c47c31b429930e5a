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

// The values of one layer in N samples, read in pieces of consecutive samples, so that they need not fit into
// memory. Which samples make a piece depends on the layer's width alone.
class FeatureSource {
 public:
  // shape: of one sample, C H W or features.
  FeatureSource(int64_t samples, std::vector<int64_t> shape);
  virtual ~FeatureSource() = default;
  FeatureSource(const FeatureSource&) = delete;
  FeatureSource& operator=(const FeatureSource&) = delete;

  // float32 [rows, features], the samples from index * piece_rows() on; all finite.
  virtual torch::Tensor piece(int64_t index) const = 0;

  int64_t samples() const { return samples_; }
  const std::vector<int64_t>& shape() const { return shape_; }
  int64_t features() const { return features_; }
  int64_t channels() const { return shape_[0]; }
  int64_t piece_rows() const { return piece_rows_; }
  int64_t pieces() const { return (samples_ + piece_rows_ - 1) / piece_rows_; }
  int64_t rows_of(int64_t index) const { return std::min(piece_rows_, samples_ - index * piece_rows_); }

 protected:
  FeatureSource(const FeatureSource& like, std::vector<int64_t> shape);  // cut into the same pieces

 private:
  int64_t samples_, features_, piece_rows_;
  std::vector<int64_t> shape_;
};

// A tap in the shards of a recording, one after the other. Values that were too large for float16 count as
// its largest number. piece() throws UserError at a value that is not finite otherwise.
class RecordedLayer : public FeatureSource {
 public:
  RecordedLayer(std::vector<std::filesystem::path> shards, std::vector<int64_t> rows,
                const datasets::TapShape& tap);
  torch::Tensor piece(int64_t index) const override;

 private:
  const std::vector<std::filesystem::path> shards_;
  const std::vector<int64_t> rows_;  // of each shard
  const std::string tap_;
};

// The levels of the samples in a policy's world. Throws UserError if they are not the recorded ones.
std::vector<envs::MazeLevel> world_levels(const ProbeSamples& samples,
                                          const envs::EnvironmentConfig& environment);

// What a network's tap says of states; without a tap, what is shown to the network.
torch::Tensor activations_of(const policy::Network& network, const rollout::NetworkAgent& agent,
                             const std::string& tap, const std::vector<envs::MazeState>& states);

// A tap of any network in the same samples, or their observations (tap ""), computed at each reading. All
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

// Another source, kept in memory once read if all of it fits into so many bytes. The values are the same.
class Cached : public FeatureSource {
 public:
  Cached(const FeatureSource& source, int64_t bytes);
  torch::Tensor piece(int64_t index) const override;

 private:
  const FeatureSource& source_;
  mutable std::vector<torch::Tensor> pieces_;  // empty: not kept
};

// Values that are in memory anyway, [samples, features].
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

// Of another source, a map C H W, each sample's channels at one place of its own.
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
