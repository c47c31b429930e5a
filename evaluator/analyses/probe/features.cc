#include "evaluator/analyses/probe/features.h"

#include <torch/types.h>

#include <algorithm>
#include <functional>
#include <numeric>
#include <utility>

#include "core/error.h"
#include "core/random.h"
#include "datasets/activation_tap.h"
#include "envs/task.h"
#include "evaluator/rollout/activations.h"
#include "storage/hdf5/hdf5.h"

namespace fs = std::filesystem;

namespace mazescan::probe {

namespace {

constexpr int64_t kPieceBytes = 32 << 20;  // size of a piece in float32
constexpr int64_t kMaxPieceRows = 2048;

int64_t count_of(const std::vector<int64_t>& shape) {
  return std::accumulate(shape.begin(), shape.end(), int64_t{1}, std::multiplies<>());
}

}  // namespace

FeatureSource::FeatureSource(int64_t samples, std::vector<int64_t> shape)
    : samples_(samples),
      features_(count_of(shape)),
      piece_rows_(std::clamp<int64_t>(kPieceBytes / (std::max<int64_t>(features_, 1) * 4), 1, kMaxPieceRows)),
      shape_(std::move(shape)) {}

FeatureSource::FeatureSource(const FeatureSource& like, std::vector<int64_t> shape)
    : samples_(like.samples_),
      features_(count_of(shape)),
      piece_rows_(like.piece_rows_),
      shape_(std::move(shape)) {}

RecordedLayer::RecordedLayer(std::vector<fs::path> shards, std::vector<int64_t> rows,
                             const datasets::TapShape& tap)
    : FeatureSource(std::accumulate(rows.begin(), rows.end(), int64_t{0}), tap.shape),
      shards_(std::move(shards)),
      rows_(std::move(rows)),
      tap_(tap.name) {}

torch::Tensor RecordedLayer::piece(int64_t index) const {
  torch::Tensor values = torch::empty({rows_of(index), features()});
  int64_t next = index * piece_rows(), missing = rows_of(index), shard_begin = 0;
  float* out = values.data_ptr<float>();
  for (size_t s = 0; s < shards_.size() && missing > 0; shard_begin += rows_[s++]) {
    const int64_t first = next - shard_begin, count = std::min(missing, rows_[s] - first);
    if (count <= 0) continue;
    const hdf5::H5File file = hdf5::H5File::open(shards_[s]);
    datasets::read_tap_values(file, tap_, first, count, out);
    const torch::Tensor some = torch::from_blob(out, {count * features()});
    require(torch::isfinite(some).all().item<bool>(),
            lazy("{}: {} holds values that are not finite", shards_[s].string(), tap_),
            lazy("samples {} to {}", first, first + count - 1),
            "a recording that passes mazescan-evaluator verify");
    out += count * features();
    next += count;
    missing -= count;
  }
  expect(missing == 0, "samples within the shards");
  return values;
}

std::vector<envs::MazeLevel> world_levels(const ProbeSamples& samples,
                                          const envs::EnvironmentConfig& environment,
                                          const std::string& placement) {
  const auto task = make_task(environment);
  std::vector<envs::MazeLevel> levels;
  for (const ProbeSamples::Level& recorded : samples.levels) {
    envs::MazeLevel level = make_level(*task, recorded.maze.seed, recorded.maze.size);
    require(level.open == recorded.maze.open,
            lazy("level {} of size {} is not the recorded one", level.seed, level.size),
            "the same seed gives different walls in this policy's world",
            "a recording that passes mazescan-evaluator verify, and its own policy");
    RandomStream unused(0, "the recorded cheese is taken instead");
    task->place_goal(level, placement, unused);
    level.cheese = recorded.maze.cheese;
    levels.push_back(std::move(level));
  }
  return levels;
}

torch::Tensor activations_of(const policy::Network& network, const rollout::NetworkAgent& agent,
                             const std::string& tap, const std::vector<envs::MazeState>& states) {
  const torch::Tensor values = tap.empty() ? agent.observe(states).to(torch::kFloat32)
                                           : rollout::tap_outputs(network, agent, states, tap);
  return values.contiguous().flatten(1);
}

namespace {

std::vector<int64_t> shape_of_layer(const policy::Network& network, const std::string& tap) {
  const policy::NetworkInterface& in = network.interface();
  if (tap.empty()) return {in.channels, in.height, in.width};
  for (const auto& each : network.layers())
    if (each.name == tap) return each.shape;
  throw InternalError("no tap " + tap);
}

}  // namespace

ComputedLayer::ComputedLayer(const policy::Network& network, const rollout::NetworkAgent& agent,
                             const ProbeSamples& samples, const std::vector<envs::MazeLevel>& levels,
                             const std::string& tap)
    : FeatureSource(samples.count(), shape_of_layer(network, tap)),
      network_(network),
      agent_(agent),
      of_(samples),
      levels_(levels),
      tap_(tap) {}

torch::Tensor ComputedLayer::piece(int64_t index) const {
  std::vector<envs::MazeState> states;
  for (int64_t i = index * piece_rows(); i < index * piece_rows() + rows_of(index); ++i) {
    const auto s = static_cast<size_t>(i);
    envs::MazeState state = initial_state(levels_[static_cast<size_t>(of_.level[s])]);
    state.mouse = of_.mouse[s];
    state.facing_right = of_.mirrored[s] != 0;
    states.push_back(state);
  }
  return activations_of(network_, agent_, tap_, states);
}

Cached::Cached(const FeatureSource& source, int64_t bytes)
    : FeatureSource(source, source.shape()), source_(source) {
  if (source.samples() * source.features() * 4 <= bytes) pieces_.resize(static_cast<size_t>(source.pieces()));
}

torch::Tensor Cached::piece(int64_t index) const {
  if (pieces_.empty()) return source_.piece(index);
  torch::Tensor& kept = pieces_[static_cast<size_t>(index)];
  if (!kept.defined()) kept = source_.piece(index);
  return kept;
}

torch::Tensor InMemory::piece(int64_t index) const {
  return values_.narrow(0, index * piece_rows(), rows_of(index));
}

ChannelSubset::ChannelSubset(const FeatureSource& source, const std::vector<int64_t>& channels)
    : FeatureSource(source,
                    [&] {
                      std::vector<int64_t> shape = source.shape();
                      shape[0] = static_cast<int64_t>(channels.size());
                      return shape;
                    }()),
      source_(source) {
  const int64_t width = source.features() / source.channels();
  columns_ = (torch::tensor(channels).unsqueeze(1) * width + torch::arange(width)).flatten();
}

torch::Tensor ChannelSubset::piece(int64_t index) const {
  return source_.piece(index).index_select(1, columns_);
}

AtCell::AtCell(const FeatureSource& source, std::vector<int32_t> place)
    : FeatureSource(source, {source.channels()}), source_(source), place_(std::move(place)) {}

torch::Tensor AtCell::piece(int64_t index) const {
  const int64_t rows = rows_of(index), width = source_.features() / channels();
  torch::Tensor at = torch::empty({rows, 1, 1}, torch::kInt64);
  for (int64_t i = 0; i < rows; ++i)
    at.data_ptr<int64_t>()[i] = place_[static_cast<size_t>(index * piece_rows() + i)];
  const torch::Tensor map = source_.piece(index).view({rows, channels(), width});
  return map.gather(2, at.expand({rows, channels(), 1})).squeeze(2);
}

}  // namespace mazescan::probe
