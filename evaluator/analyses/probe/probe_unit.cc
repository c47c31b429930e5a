#include "evaluator/analyses/probe/probe_unit.h"

#include <torch/types.h>

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
        options_{config.section<ProbeConfig>().l2, config.section<ProbeConfig>().max_iterations, device},
        memory_(static_cast<int64_t>(config.section<ProbeConfig>().memory) << 20) {
    for (int64_t i = 0; i < task.samples.count(); ++i) {
      train_.push_back(task.samples.in(datasets::Split::train, i) ? 1 : 0);
      validation_.push_back(task.samples.in(datasets::Split::validation, i) ? 1 : 0);
    }
  }

  // A linear probe, and its prediction for each sample.
  struct Fitted {
    LinearProbe probe;
    std::vector<int32_t> predicted;
  };

  // Fits all targets and the learning curve of the cheese. layer: standardised. Returns the linear probes of
  // the cheese that were fitted to all training layouts and to half of them, if there is a split.
  std::pair<Fitted, Fitted> predict_all(const FeatureSource& layer) {
    std::vector<LinearProbeTask> tasks;
    std::vector<std::pair<std::string, const Target*>> names;
    for (const Target& target : task_.targets) {
      tasks.push_back(task_of(target));
      names.emplace_back(target.name, &target);
    }
    for (const int share : kLearningShares) {
      if (!task_.samples.is_split()) break;
      LinearProbeTask some = task_of(cheese());
      for (size_t i = 0; i < some.train.size(); ++i)
        if (task_.samples.level_of(static_cast<int64_t>(i)).split_draw * static_cast<float>(share) >= 1)
          some.train[i] = 0;
      tasks.push_back(std::move(some));
      names.emplace_back(learning_probe(share), &cheese());
    }
    std::vector<LinearProbe> linear_probes = fit_linear_probes(layer, tasks, options_);
    std::vector<std::vector<int32_t>> predicted = predict(layer, linear_probes, options_.device);
    for (size_t t = 0; t < tasks.size(); ++t)
      add(names[t].first, *names[t].second, predicted[t], layer, tasks[t], linear_probes[t]);
    return {{std::move(linear_probes.front()), std::move(predicted.front())},
            {std::move(linear_probes.back()), std::move(predicted.back())}};
  }

  // Fits one target from some features, standardised or not.
  std::vector<int32_t> predict_standardised(const std::string& name, const FeatureSource& layer,
                                            const Target& target) {
    const std::vector<LinearProbeTask> tasks = {task_of(target)};
    const auto linear_probes = fit_linear_probes(layer, tasks, options_);
    auto predicted = std::move(predict(layer, linear_probes, options_.device).front());
    add(name, target, predicted, layer, tasks.front(), linear_probes.front());
    return predicted;
  }
  std::vector<int32_t> predict_target(const std::string& name, const FeatureSource& source,
                                      const Target& target) {
    const Standardizer standardizer = fit_centring(source, train_);
    const Standardised standardised(source, standardizer);
    return predict_standardised(name, Cached(standardised, memory_), target);
  }

  // Fits the cheese with alpha-entmax in place of softmax.
  void predict_candidates(const FeatureSource& layer, double alpha) {
    LinearProbeTask task = task_of(cheese());
    task.alpha = alpha;
    const LinearProbe fitted = fit_linear_probes(layer, {task}, options_).front();
    add(entmax_probe(alpha), cheese(), predict(layer, {fitted}, options_.device).front(), layer, task,
        fitted);
    CandidateRow row;
    row.alpha = alpha;
    const std::vector<Candidates> found = candidates(layer, task, fitted, options_.device);
    for (size_t i = 0; i < found.size(); ++i) {
      if (found[i].count == 0 || !task_.samples.in(datasets::Split::test, static_cast<int64_t>(i))) continue;
      const bool alone = found[i].count == 1, covered = found[i].holds_label;
      ++row.samples;
      row.covered += covered ? 1 : 0;
      row.cells += found[i].count;
      row.alone += alone ? 1 : 0;
      row.right += alone && covered ? 1 : 0;
    }
    candidates_.push_back(row);
  }

  // Fits the cheese from the K channels with the largest weights. Returns all channels in that order.
  std::vector<int64_t> predict_sparsely(const FeatureSource& layer, const LinearProbe& linear_probe) {
    const std::vector<int64_t> ranked = ranked_channels(linear_probe, layer.channels());
    for (const int count : kSparseChannels) {
      if (count >= layer.channels()) continue;
      const ChannelSubset some(layer, {ranked.begin(), ranked.begin() + count});
      predict_standardised(sparse_probe(count), Cached(some, memory_), cheese());
    }
    return ranked;
  }

  // If the map is coarser than the world: scores the predicted place, and fits the cell within the place from
  // the channels at the correct place. source: the layer, not standardised; of_cheese: its probe.
  void predict_within(const FeatureSource& source, const Fitted& of_cheese) {
    const auto* const maze = trained_.environment.own_if<maze::MazeConfig>();
    if (source.shape().size() != 3 || (maze != nullptr && maze->view != frame::View::world)) return;
    const CoarseMap map(task_.levels.front().world_dim, static_cast<int>(source.shape()[1]),
                        static_cast<int>(source.shape()[2]));
    if (!map.is_coarse()) return;
    const CellClasses cells(task_.samples.size);
    Target place{kCoarseProbe, static_cast<int>(source.shape()[1] * source.shape()[2]), {}},
        within{kWithinProbe, map.max_within(), {}};
    std::vector<int32_t> predicted_place;
    for (size_t i = 0; i < of_cheese.predicted.size(); ++i) {
      const envs::MazeLevel& level = task_.levels[static_cast<size_t>(task_.samples.level[i])];
      place.label.push_back(map.place(level, level.cheese));
      within.label.push_back(map.within(level, level.cheese));
      predicted_place.push_back(map.place(level, cells.cell(of_cheese.predicted[i])));
    }
    add(kCoarseProbe, place, predicted_place, source, task_of(place), of_cheese.probe);
    predict_target(kWithinProbe, AtCell(source, place.label), within);
  }

  const Target& cheese() const { return task_.targets.front(); }
  // nullptr without decoys.
  const Target* decoy() const {
    return task_.targets.back().name == kDecoyProbe ? &task_.targets.back() : nullptr;
  }
  const std::vector<uint8_t>& train() const { return train_; }
  const std::vector<Score>& scores() const { return scores_; }
  const std::vector<CandidateRow>& candidate_rows() const { return candidates_; }
  int64_t memory() const { return memory_; }

 private:
  LinearProbeTask task_of(const Target& target) const {
    return {target.classes, target.label, train_, validation_};
  }
  void add(const std::string& name, const Target& target, const std::vector<int32_t>& predicted,
           const FeatureSource& layer, const LinearProbeTask& task, const LinearProbe& probe) {
    int64_t fitted = 0;
    for (size_t i = 0; i < task.train.size(); ++i) fitted += task.train[i] != 0 && task.label[i] >= 0 ? 1 : 0;
    scores_.push_back(score_of(name, task_.samples, target, predicted, layer.features(), fitted,
                               {probe.l2, probe.iterations, probe.converged()}));
  }

  const policies::TrainedPolicy& trained_;
  const ProbeTask& task_;
  const LinearProbeOptions options_;
  const int64_t memory_;
  std::vector<uint8_t> train_, validation_;
  std::vector<Score> scores_;
  std::vector<CandidateRow> candidates_;
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
    row.restart_cheese.assign(row.losses.size(), 0);
    row.restart_mouse = row.restart_cheese;
    row.random_cheese.assign(kCcsRandomDirections, 0);
    row.random_mouse = row.random_cheese;
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
                     const ProbeConfig& config, uint64_t seed)
    : samples(read_probe_samples(dataset, size, seed)),
      levels(world_levels(samples, trained.environment, dataset.placement)),
      targets(probe_targets(samples, levels, seed)),
      pairs(cheese_pairs(samples, levels, rollout::NetworkAgent(trained.policy.network, trained.environment),
                         config.interchanges, seed)) {}

ProbeResult probe_layer(const std::string& layer_name, const jobs::RunConfig& config,
                        const ProbeDataset& dataset, const policies::TrainedPolicy& trained,
                        const ProbeTask& task, torch::Device device) {
  const policy::Network& network = trained.policy.network;
  const rollout::NetworkAgent agent(network, trained.environment);
  const auto seed = static_cast<uint64_t>(config.seed);
  const bool split = task.samples.is_split();
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
  const Standardizer standardizer = fit_centring(*source, probe.train());
  const Standardised standardised(*source, standardizer);
  const Cached layer(standardised, probe.memory());
  const auto [cheese, half] = probe.predict_all(layer);
  for (const double alpha : config.section<ProbeConfig>().entmax) probe.predict_candidates(layer, alpha);
  if (split) {
    result.ranked = RankedChannels{probe.predict_sparsely(layer, cheese.probe)};
    probe.predict_within(*source, cheese);
  }
  std::vector<int32_t> at_random;  // predictions from random weights
  if (layer_name == kObservation) {
    if (make_task(trained.environment)->observation_shape().interface == envs::Interface::planes)
      probe.predict_standardised(kMousePlaneProbe, ChannelSubset(layer, {kMousePlane}), probe.cheese());
  } else {
    const policy::Network random = random_network(trained, seed);
    const rollout::NetworkAgent random_agent(random, trained.environment);
    const ComputedLayer untrained(random, random_agent, task.samples, task.levels, layer_name);
    at_random = probe.predict_target(kRandomProbe, untrained, probe.cheese());
    if (probe.decoy() != nullptr) probe.predict_target(kRandomDecoyProbe, untrained, *probe.decoy());
    if (split && config.section<ProbeConfig>().interchanges > 0)
      result.use = interchange_of_layer(trained, layer_name, read_out_basis(cheese.probe, standardizer.scale),
                                        task.pairs, seed);
    if (split && config.section<ProbeConfig>().pairs > 0)
      result.ccs = fit_ccs_conditions(config, trained, task, agent, layer_name, layer.features());
  }
  if (split)
    result.paired =
        paired_counts(task.samples, probe.cheese().label, cheese.predicted, half.predicted, at_random);
  result.shape = layer.shape();
  result.levels = static_cast<int64_t>(task.samples.levels.size());
  result.layouts = task.samples.layouts;
  result.mazes = task.samples.mazes;
  result.split = split;
  result.scores = probe.scores();
  if (!probe.candidate_rows().empty()) result.candidates = CandidateTable{probe.candidate_rows()};
  return result;
}

}  // namespace mazescan::probe
