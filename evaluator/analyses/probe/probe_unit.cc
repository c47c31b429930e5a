#include "evaluator/analyses/probe/probe_unit.h"

#include <torch/torch.h>

#include <algorithm>
#include <numeric>
#include <utility>

#include "core/random.h"
#include "envs/maze/maze_config.h"
#include "evaluator/analyses/probe/coarse_map.h"
#include "evaluator/analyses/probe/contrast.h"
#include "evaluator/analyses/probe/read_out.h"
#include "evaluator/analyses/probe/scores.h"

namespace mazescan {

namespace {

constexpr int kMousePlane = 1;                     // of the observation `planes`
constexpr int64_t kPairBytes = int64_t{64} << 20;  // of one side's activations

// The read-outs of one layer, one after the other.
class LayerProbe {
 public:
  LayerProbe(const RunConfig& config, const ScannedPolicy& scanned, const ProbeTask& task,
             torch::Device device)
      : scanned_(scanned),
        task_(task),
        options_{config.section<ProbeConfig>().epochs, config.section<ProbeConfig>().l2,
                 static_cast<uint64_t>(config.seed), device},
        memory_(static_cast<int64_t>(config.section<ProbeConfig>().memory) << 20) {
    for (int64_t i = 0; i < task.samples.count(); ++i)
      train_.push_back(task.samples.in(Part::train, i) ? 1 : 0);
  }

  // All targets, and the learning curve of the cheese. Returns where each sample's cheese was told to be, and
  // the read-out that did.
  std::pair<ReadOut, std::vector<int32_t>> tell_all(const FeatureSource& layer) {
    std::vector<ReadOutTask> tasks;
    std::vector<std::pair<std::string, const Target*>> names;
    for (const Target& target : task_.targets) {
      tasks.push_back({target.classes, target.label, train_});
      names.emplace_back(target.name, &target);
    }
    for (const int share : kLearningShares) {
      if (!task_.samples.is_split()) break;
      std::vector<uint8_t> some = train_;
      for (size_t i = 0; i < some.size(); ++i)
        if (task_.samples.level_of(static_cast<int64_t>(i)).draw * static_cast<float>(share) >= 1)
          some[i] = 0;
      tasks.push_back({cheese().classes, cheese().label, std::move(some)});
      names.emplace_back(learning_probe(share), &cheese());
    }
    const Standardizer standardizer = fit_standardizer(layer, train_);
    std::vector<ReadOut> read_outs = fit_read_outs(layer, standardizer, tasks, options_);
    std::vector<std::vector<int32_t>> told = predict(layer, standardizer, read_outs, options_.device);
    for (size_t t = 0; t < tasks.size(); ++t) add(names[t].first, *names[t].second, told[t], layer, tasks[t]);
    return {std::move(read_outs.front()), std::move(told.front())};
  }

  // One target from some features.
  void tell(const std::string& name, const FeatureSource& layer, const Target& target) {
    const std::vector<ReadOutTask> tasks = {{target.classes, target.label, train_}};
    const Standardizer standardizer = fit_standardizer(layer, train_);
    const auto read_outs = fit_read_outs(layer, standardizer, tasks, options_);
    add(name, target, predict(layer, standardizer, read_outs, options_.device).front(), layer, tasks.front());
  }

  // The cheese from the K channels with the largest weights; returns the order of all.
  std::vector<int64_t> tell_sparsely(const FeatureSource& layer, const ReadOut& read_out) {
    const std::vector<int64_t> ranked = ranked_channels(read_out, layer.channels());
    for (const int count : kSparseChannels)
      if (count < layer.channels())
        tell(sparse_probe(count), SomeChannels(layer, {ranked.begin(), ranked.begin() + count}), cheese());
    return ranked;
  }

  // For maps with fewer places than the world has cells: how often the place is right, and which of its cells
  // the channels at the right place tell.
  void tell_within(const FeatureSource& layer, const std::vector<int32_t>& told) {
    const auto& maze = scanned_.environment.own<MazeConfig>();
    if (layer.shape().size() != 3 || maze.view != View::world) return;
    const CoarseMap map(maze.world_dim, static_cast<int>(layer.shape()[1]),
                        static_cast<int>(layer.shape()[2]));
    if (!map.is_coarse()) return;
    const CellClasses cells(task_.samples.size);
    Target place{kCoarseProbe, static_cast<int>(layer.shape()[1] * layer.shape()[2]), {}},
        within{kWithinProbe, map.most_within(), {}};
    std::vector<int32_t> told_place;
    for (size_t i = 0; i < told.size(); ++i) {
      const MazeLevel& level = task_.levels[static_cast<size_t>(task_.samples.level[i])];
      place.label.push_back(map.place(level, level.cheese));
      within.label.push_back(map.within(level, level.cheese));
      told_place.push_back(map.place(level, cells.cell(told[i])));
    }
    add(kCoarseProbe, place, told_place, layer, {place.classes, place.label, train_});
    tell(kWithinProbe, AtPlace(layer, place.label), within);
  }

  const Target& cheese() const { return task_.targets.front(); }
  const std::vector<Score>& scores() const { return scores_; }
  int64_t memory() const { return memory_; }
  const ReadOutOptions& options() const { return options_; }

 private:
  void add(const std::string& name, const Target& target, const std::vector<int32_t>& told,
           const FeatureSource& layer, const ReadOutTask& task) {
    int64_t fitted = 0;
    for (size_t i = 0; i < task.train.size(); ++i) fitted += task.train[i] != 0 && task.label[i] >= 0 ? 1 : 0;
    scores_.push_back(score_of(name, task_.samples, target, told, layer.features(), fitted));
  }

  const ScannedPolicy& scanned_;
  const ProbeTask& task_;
  const ReadOutOptions options_;
  const int64_t memory_;
  std::vector<uint8_t> train_;
  std::vector<Score> scores_;
};

// The policy's network with other weights.
Network random_network(const ScannedPolicy& scanned, uint64_t seed) {
  const Network& network = scanned.policy.network;
  Network made(network.config(), network.interface(), network.parameters().device());
  RandomStream random(seed, "probe/random weights");
  made.initialise(random);
  return made;
}

// Both searches: the mouse in the middle column, and elsewhere, where its side tempts away from the cheese's.
Contrasts search_contrasts(const RunConfig& config, const ScannedPolicy& scanned, const ProbeTask& task,
                           const NetworkAgent& agent, const std::string& tap, int64_t features) {
  const int64_t most =
      std::clamp<int64_t>(kPairBytes / (features * 4), 16, config.section<ProbeConfig>().pairs);
  const ContrastOptions options{8, 300, static_cast<uint64_t>(config.seed)};
  Contrasts contrasts;
  for (const bool mouse_in_middle : {true, false}) {
    const MirroredPairs mirrored =
        mirrored_pairs(task.samples, task.levels, most, mouse_in_middle, static_cast<uint64_t>(config.seed));
    ContrastRow row;
    row.losses.assign(static_cast<size_t>(options.restarts), 0);
    const auto tested = std::count(mirrored.test.begin(), mirrored.test.end(), 1);
    if (tested > 0 && tested < mirrored.count())
      row = score_contrast(mirrored, layer_of(scanned.policy.network, agent, tap, mirrored.a),
                           layer_of(scanned.policy.network, agent, tap, mirrored.b), options);
    contrasts.conditions.push_back(std::move(row));
  }
  return contrasts;
}

}  // namespace

ProbeTask::ProbeTask(const ProbeDataset& dataset, int size, const ScannedPolicy& scanned, uint64_t seed)
    : samples(read_probe_samples(dataset, size, seed)),
      levels(world_levels(samples, scanned.environment)),
      targets(probe_targets(samples, seed)) {}

ProbeResult probe_layer(const std::string& layer_name, const RunConfig& config, const ProbeDataset& dataset,
                        const ScannedPolicy& scanned, const ProbeTask& task, torch::Device device) {
  const Network& network = scanned.policy.network;
  const NetworkAgent agent(network, scanned.environment);
  LayerProbe probe(config, scanned, task, device);

  ProbeResult result;
  std::unique_ptr<FeatureSource> source;
  if (layer_name == kObservation) {
    source = std::make_unique<ComputedLayer>(network, agent, task.samples, task.levels, "");
  } else {
    const auto tap = std::find_if(dataset.taps.begin(), dataset.taps.end(),
                                  [&](const TapShape& each) { return each.name == layer_name; });
    source = std::make_unique<RecordedLayer>(dataset.shards.at(task.samples.size), task.samples.rows, *tap);
    while (network.layers().at(static_cast<size_t>(result.depth)).name != layer_name) ++result.depth;
    ++result.depth;
  }
  const Cached layer(*source, probe.memory());
  const auto [read_out, told] = probe.tell_all(layer);
  if (task.samples.is_split()) {
    result.ranked = RankedChannels{probe.tell_sparsely(layer, read_out)};
    probe.tell_within(layer, told);
  }
  if (layer_name == kObservation) {
    if (scanned.environment.own<MazeConfig>().observation == Interface::planes)
      probe.tell(kMousePlaneProbe, SomeChannels(layer, {kMousePlane}), probe.cheese());
  } else {
    const Network random = random_network(scanned, static_cast<uint64_t>(config.seed));
    const NetworkAgent random_agent(random, scanned.environment);
    const ComputedLayer untrained(random, random_agent, task.samples, task.levels, layer_name);
    probe.tell(kRandomProbe, Cached(untrained, probe.memory()), probe.cheese());
    if (task.samples.is_split() && config.section<ProbeConfig>().pairs > 0)
      result.contrasts = search_contrasts(config, scanned, task, agent, layer_name, layer.features());
  }
  result.shape = layer.shape();
  result.levels = static_cast<int64_t>(task.samples.levels.size());
  result.layouts = task.samples.layouts;
  result.mazes = task.samples.kinds;
  result.split = task.samples.is_split();
  result.scores = probe.scores();
  return result;
}

}  // namespace mazescan
