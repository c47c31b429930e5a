#include "evaluator/analyses/probe/probe_unit.h"

#include <torch/torch.h>

#include <algorithm>
#include <numeric>
#include <utility>

#include "core/random.h"
#include "envs/maze/maze_config.h"
#include "evaluator/analyses/probe/ccs.h"
#include "evaluator/analyses/probe/coarse_map.h"
#include "evaluator/analyses/probe/linear_probe.h"
#include "evaluator/analyses/probe/scores.h"

namespace mazescan::probe {

namespace {

constexpr int kMousePlane = 1;                     // index in the observation `planes`
constexpr int64_t kPairBytes = int64_t{64} << 20;  // largest size of one side's activations

// Fits the linear probes of one layer.
class LayerProbe {
 public:
  LayerProbe(const jobs::RunConfig& config, const policies::TrainedPolicy& trained, const ProbeTask& task,
             torch::Device device)
      : trained_(trained),
        task_(task),
        options_{config.section<ProbeConfig>().epochs, config.section<ProbeConfig>().l2,
                 static_cast<uint64_t>(config.seed), device},
        memory_(static_cast<int64_t>(config.section<ProbeConfig>().memory) << 20) {
    for (int64_t i = 0; i < task.samples.count(); ++i)
      train_.push_back(task.samples.in(datasets::Split::train, i) ? 1 : 0);
  }

  // Fits all targets and the learning curve of the cheese. Returns the linear probe of the cheese and its
  // predicted cell for each sample.
  std::pair<LinearProbe, std::vector<int32_t>> predict_all(const FeatureSource& layer) {
    std::vector<LinearProbeTask> tasks;
    std::vector<std::pair<std::string, const Target*>> names;
    for (const Target& target : task_.targets) {
      tasks.push_back({target.classes, target.label, train_});
      names.emplace_back(target.name, &target);
    }
    for (const int share : kLearningShares) {
      if (!task_.samples.is_split()) break;
      std::vector<uint8_t> some = train_;
      for (size_t i = 0; i < some.size(); ++i)
        if (task_.samples.level_of(static_cast<int64_t>(i)).split_draw * static_cast<float>(share) >= 1)
          some[i] = 0;
      tasks.push_back({cheese().classes, cheese().label, std::move(some)});
      names.emplace_back(learning_probe(share), &cheese());
    }
    const Standardizer standardizer = fit_standardizer(layer, train_);
    std::vector<LinearProbe> linear_probes = fit_linear_probes(layer, standardizer, tasks, options_);
    std::vector<std::vector<int32_t>> predicted =
        predict(layer, standardizer, linear_probes, options_.device);
    for (size_t t = 0; t < tasks.size(); ++t)
      add(names[t].first, *names[t].second, predicted[t], layer, tasks[t]);
    return {std::move(linear_probes.front()), std::move(predicted.front())};
  }

  // Fits one target from some features.
  void predict_target(const std::string& name, const FeatureSource& layer, const Target& target) {
    const std::vector<LinearProbeTask> tasks = {{target.classes, target.label, train_}};
    const Standardizer standardizer = fit_standardizer(layer, train_);
    const auto linear_probes = fit_linear_probes(layer, standardizer, tasks, options_);
    add(name, target, predict(layer, standardizer, linear_probes, options_.device).front(), layer,
        tasks.front());
  }

  // Fits the cheese from the K channels with the largest weights. Returns all channels in that order.
  std::vector<int64_t> predict_sparsely(const FeatureSource& layer, const LinearProbe& linear_probe) {
    const std::vector<int64_t> ranked = ranked_channels(linear_probe, layer.channels());
    for (const int count : kSparseChannels)
      if (count < layer.channels())
        predict_target(sparse_probe(count), ChannelSubset(layer, {ranked.begin(), ranked.begin() + count}),
                       cheese());
    return ranked;
  }

  // If the map is coarser than the world: scores the predicted place, and fits the cell within the place from
  // the channels at the correct place.
  void predict_within(const FeatureSource& layer, const std::vector<int32_t>& predicted) {
    const auto& maze = trained_.environment.own<maze::MazeConfig>();
    if (layer.shape().size() != 3 || maze.view != frame::View::world) return;
    const CoarseMap map(maze.world_dim, static_cast<int>(layer.shape()[1]),
                        static_cast<int>(layer.shape()[2]));
    if (!map.is_coarse()) return;
    const CellClasses cells(task_.samples.size);
    Target place{kCoarseProbe, static_cast<int>(layer.shape()[1] * layer.shape()[2]), {}},
        within{kWithinProbe, map.max_within(), {}};
    std::vector<int32_t> predicted_place;
    for (size_t i = 0; i < predicted.size(); ++i) {
      const envs::MazeLevel& level = task_.levels[static_cast<size_t>(task_.samples.level[i])];
      place.label.push_back(map.place(level, level.cheese));
      within.label.push_back(map.within(level, level.cheese));
      predicted_place.push_back(map.place(level, cells.cell(predicted[i])));
    }
    add(kCoarseProbe, place, predicted_place, layer, {place.classes, place.label, train_});
    predict_target(kWithinProbe, AtCell(layer, place.label), within);
  }

  const Target& cheese() const { return task_.targets.front(); }
  const std::vector<Score>& scores() const { return scores_; }
  int64_t memory() const { return memory_; }
  const LinearProbeOptions& options() const { return options_; }

 private:
  void add(const std::string& name, const Target& target, const std::vector<int32_t>& predicted,
           const FeatureSource& layer, const LinearProbeTask& task) {
    int64_t fitted = 0;
    for (size_t i = 0; i < task.train.size(); ++i) fitted += task.train[i] != 0 && task.label[i] >= 0 ? 1 : 0;
    scores_.push_back(score_of(name, task_.samples, target, predicted, layer.features(), fitted));
  }

  const policies::TrainedPolicy& trained_;
  const ProbeTask& task_;
  const LinearProbeOptions options_;
  const int64_t memory_;
  std::vector<uint8_t> train_;
  std::vector<Score> scores_;
};

// Returns the policy's network with random weights.
policy::Network random_network(const policies::TrainedPolicy& trained, uint64_t seed) {
  const policy::Network& network = trained.policy.network;
  policy::Network made(network.config(), network.interface(), network.parameters().device());
  RandomStream random(seed, "probe/random weights");
  made.initialise(random);
  return made;
}

// Runs both searches: with the mouse in the middle column; and elsewhere, where the mouse's side is a
// distractor.
CcsConditions fit_ccs_conditions(const jobs::RunConfig& config, const policies::TrainedPolicy& trained,
                                 const ProbeTask& task, const rollout::NetworkAgent& agent,
                                 const std::string& tap, int64_t features) {
  const int64_t most =
      std::clamp<int64_t>(kPairBytes / (features * 4), 16, config.section<ProbeConfig>().pairs);
  const CcsOptions options{8, 300, static_cast<uint64_t>(config.seed)};
  CcsConditions ccs;
  for (const bool mouse_in_middle : {true, false}) {
    const MirroredPairs mirrored =
        mirrored_pairs(task.samples, task.levels, most, mouse_in_middle, static_cast<uint64_t>(config.seed));
    CcsRow row;
    row.losses.assign(static_cast<size_t>(options.restarts), 0);
    const auto tested = std::count(mirrored.test.begin(), mirrored.test.end(), 1);
    if (tested > 0 && tested < mirrored.count())
      row = score_ccs(mirrored, activations_of(trained.policy.network, agent, tap, mirrored.a),
                      activations_of(trained.policy.network, agent, tap, mirrored.b), options);
    ccs.conditions.push_back(std::move(row));
  }
  return ccs;
}

}  // namespace

ProbeTask::ProbeTask(const ProbeDataset& dataset, int size, const policies::TrainedPolicy& trained,
                     uint64_t seed)
    : samples(read_probe_samples(dataset, size, seed)),
      levels(world_levels(samples, trained.environment)),
      targets(probe_targets(samples, seed)) {}

ProbeResult probe_layer(const std::string& layer_name, const jobs::RunConfig& config,
                        const ProbeDataset& dataset, const policies::TrainedPolicy& trained,
                        const ProbeTask& task, torch::Device device) {
  const policy::Network& network = trained.policy.network;
  const rollout::NetworkAgent agent(network, trained.environment);
  LayerProbe probe(config, trained, task, device);

  ProbeResult result;
  std::unique_ptr<FeatureSource> source;
  if (layer_name == kObservation) {
    source = std::make_unique<ComputedLayer>(network, agent, task.samples, task.levels, "");
  } else {
    const auto tap = std::find_if(dataset.taps.begin(), dataset.taps.end(),
                                  [&](const datasets::TapShape& each) { return each.name == layer_name; });
    source = std::make_unique<RecordedLayer>(dataset.shards.at(task.samples.size), task.samples.rows, *tap);
    while (network.layers().at(static_cast<size_t>(result.depth)).name != layer_name) ++result.depth;
    ++result.depth;
  }
  const Cached layer(*source, probe.memory());
  const auto [linear_probe, predicted] = probe.predict_all(layer);
  if (task.samples.is_split()) {
    result.ranked = RankedChannels{probe.predict_sparsely(layer, linear_probe)};
    probe.predict_within(layer, predicted);
  }
  if (layer_name == kObservation) {
    if (trained.environment.own<maze::MazeConfig>().observation == envs::Interface::planes)
      probe.predict_target(kMousePlaneProbe, ChannelSubset(layer, {kMousePlane}), probe.cheese());
  } else {
    const policy::Network random = random_network(trained, static_cast<uint64_t>(config.seed));
    const rollout::NetworkAgent random_agent(random, trained.environment);
    const ComputedLayer untrained(random, random_agent, task.samples, task.levels, layer_name);
    probe.predict_target(kRandomProbe, Cached(untrained, probe.memory()), probe.cheese());
    if (task.samples.is_split() && config.section<ProbeConfig>().pairs > 0)
      result.ccs = fit_ccs_conditions(config, trained, task, agent, layer_name, layer.features());
  }
  result.shape = layer.shape();
  result.levels = static_cast<int64_t>(task.samples.levels.size());
  result.layouts = task.samples.layouts;
  result.mazes = task.samples.mazes;
  result.split = task.samples.is_split();
  result.scores = probe.scores();
  return result;
}

}  // namespace mazescan::probe
