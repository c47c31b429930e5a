#include "evaluator/edit/edit.h"

#include <algorithm>
#include <utility>

#include "core/log.h"
#include "envs/maze_environment.h"
#include "evaluator/edit/family.h"
#include "evaluator/edit/learned_mask.h"
#include "evaluator/edit/scoring.h"
#include "evaluator/edit/search.h"
#include "evaluator/edit/vectors.h"
#include "evaluator/result_job.h"
#include "evaluator/scan_estimate.h"

namespace fs = std::filesystem;

namespace mazescan {

namespace {

constexpr const char* kControls = "controls";
constexpr const char *kFindChannels = "find-channels", *kVectors = "vectors";

// Experiment and family ("controls", too) of a unit's subject; no family: another subject.
std::pair<std::string, std::string> parts_of(const std::string& subject) {
  if (subject == kFindChannels || subject == kVectors) return {subject, ""};
  const size_t dash = subject.find('-');
  return {subject.substr(0, dash), subject.substr(dash + 1)};
}

// What the policy does without an edit, and with the cheese really at the target.
void fill_controls(const EvaluatorConfig& config, const ScannedPolicy& scanned, const std::string& experiment,
                   ResultShard& shard) {
  const EditScorer scorer(config, scanned, shard.unit.size, experiment);
  const EditCases& cases = scorer.cases();
  std::vector<EditRow> rows;
  if (!cases.cases.empty()) {
    rows.push_back(scorer.score({{"kind", "control"}, {"name", "no edit"}}, nullptr));
    if (!cheese_at_target(experiment)) {
      std::vector<MazeState> moved = scorer.episodes();
      for (size_t c = 0; c < moved.size(); ++c) moved[c].cheese = cases.cases[c].target;
      rows.push_back(scorer.score({{"kind", "control"}, {"name", "cheese moved"}}, nullptr, moved));
    }
  }
  store_rows(rows, static_cast<int64_t>(cases.cases.size()), shard);

  // The clock: walks to the cheese where it lies top_right.
  const EditCases clock =
      edit_cases(config, scanned.environment, shard.unit.size, kEveryCell, EditPart::kScore);
  std::vector<MazeState> first;
  std::vector<Cell> goals;
  for (const MazeLevel& level : clock.levels) {
    first.push_back(initial_state(level));
    goals.push_back(level.cheese);
  }
  const NetworkAgent agent(scanned.policy.network, scanned.environment);
  PolicyTable table(agent, first);
  const Walks walks =
      walk_to(table, goals, Sampler::kSampled, scorer.limit(), static_cast<uint64_t>(config.seed),
              fmt::format("edit/clock/{}", shard.unit.size));
  std::vector<int32_t> seeds;
  for (const MazeLevel& level : clock.levels) seeds.push_back(level.seed);
  shard.set("clock/seed", seeds, "clock");
  shard.set("clock/reached", walks.reached, "clock");
  shard.set("clock/steps", walks.steps, "clock");
}

void fill_channels(const EvaluatorConfig& config, const ScannedPolicy& scanned, ResultShard& shard) {
  const EditSearch search(config, scanned, shard.unit.size, kEveryCell);
  std::vector<int32_t> tap, index;
  std::vector<double> located, moved;
  for (size_t l = 0; l < search.layers.size(); ++l)
    for (const ChannelScore& score : search.layers[l].channels) {
      tap.push_back(static_cast<int32_t>(l));
      index.push_back(score.channel);
      located.push_back(score.located);
      moved.push_back(score.moved);
    }
  shard.set("channel/tap", tap, "channel");
  shard.set("channel/index", index, "channel");
  shard.set("channel/located", located, "channel");
  shard.set("channel/moved", moved, "channel");
  shard.facts = {{"taps", config.edit.taps}, {"cases", search.cases.cases.size()}};
}

class EditJob : public ResultJob {
 public:
  EditJob(const EvaluatorConfig& of_config, ScannedPolicy of_policy, const World& world)
      : ResultJob(kEdit, of_config, edit_units(of_config.edit), std::move(of_policy),
                  payload_text(of_config.edit), world) {
    attributes["arithmetic"] = config.edit.arithmetic;
    attributes["region"] = scanned.environment.region;
    attributes["world"] = scanned.environment.world;
  }
  ResultShard compute(const WorkUnit& unit) override {
    ResultShard shard = edit_unit(config, scanned, unit);
    shard.key = key;
    return shard;
  }
};

void require_possible(const EditConfig& asked, const ScannedPolicy& scanned) {
  LevelGrid shown;
  shown.sizes = asked.sizes;
  require_showable(scanned, shown, asked.taps, "edit", "taps");
  const Network& network = scanned.policy.network;
  const auto all = static_cast<double>(activations_of_network(network));
  for (const std::string& tap : asked.taps) {
    const TargetMap map = [&] {
      try {
        return TargetMap(scanned.environment, network, tap);
      } catch (const UserError& fault) {
        throw UserError(fmt::format("'edit.taps' holds '{}'", tap), fault);
      }
    }();
    for (const int channel : asked.channels)
      require(channel < map.channels(), fmt::format("'edit.channels' holds {}", channel),
              fmt::format("{} has channels 0 to {}", tap, map.channels() - 1), "one of them");
  }
  require(static_cast<double>(asked.channels.size()) <= asked.largest_fraction * all,
          fmt::format("'edit.channels' holds {}", asked.channels.size()),
          fmt::format("an edit of all of them changes more than it may: {:g} of the network's {} activations",
                      asked.largest_fraction, all),
          "fewer channels, or a larger edit.largest_fraction");
  require(allowed_activations(asked, network).back() > 0, "'edit.fractions' are too small for this network",
          fmt::format("none of them is one activation of {}", all), fmt::format("{:.2g} or more", 1 / all));
}

}  // namespace

std::vector<WorkUnit> edit_units(const EditConfig& config) {
  std::vector<WorkUnit> units;
  std::vector<int> sizes = config.sizes;
  std::sort(sizes.rbegin(), sizes.rend());
  for (const int size : sizes) {
    for (const std::string& experiment : config.experiments) {
      for (const std::string& family : config.families)
        units.push_back({size, fmt::format("{}-{}", experiment, family), 0});
      units.push_back({size, experiment + "-" + kControls, 0});
    }
    units.push_back({size, kFindChannels, 0});
    units.push_back({size, kVectors, 0});
  }
  return units;
}

ResultShard edit_unit(const EvaluatorConfig& config, const ScannedPolicy& scanned, const WorkUnit& unit) {
  ResultShard shard(kEdit, unit, "");
  if (unit.subject == kFindChannels) {
    fill_channels(config, scanned, shard);
    return shard;
  }
  if (unit.subject == kVectors) {
    fill_vectors(config, scanned, shard);
    return shard;
  }
  const auto [experiment, family] = parts_of(unit.subject);
  const EditCases cases = edit_cases(config, scanned.environment, unit.size, experiment, EditPart::kScore);
  store_cases(cases, shard);
  shard.facts = {
      {"experiment", experiment},
      {"family", family},
      {"in_the_way", cases.in_the_way},
      {"limit", config.edit.limit > 0 ? config.edit.limit : time_limit(scanned.environment, unit.size)},
      {"activations_of_network", activations_of_network(scanned.policy.network)},
      {"activations_of_taps", activations_of_taps(scanned.policy.network)}};
  if (family == kControls) {
    fill_controls(config, scanned, experiment, shard);
  } else {
    fill_family(config, scanned, experiment, family, shard);
  }
  return shard;
}

namespace {

ScannedPolicy open_edited_policy(const EvaluatorConfig& config, int local_rank) {
  ScannedPolicy scanned = open_scanned_policy(config, "edit", config.edit, local_rank);
  require_possible(config.edit, scanned);
  return scanned;
}

}  // namespace

std::string describe_channels(const EvaluatorConfig& config) {
  constexpr size_t kShown = 10;
  const ScannedPolicy scanned = open_edited_policy(config, 0);
  std::string text = "size  layer                               channel  located  moved\n";
  for (const int size : config.edit.sizes) {
    const EditSearch search(config, scanned, size, kEveryCell);
    for (const EditedLayer& layer : search.layers)
      for (size_t i = 0; i < std::min(kShown, layer.channels.size()); ++i)
        text += fmt::format("{:4}  {:34}  {:7}    {:.3f}  {:.3f}\n", size, layer.map.tap(),
                            layer.channels[i].channel, layer.channels[i].located, layer.channels[i].moved);
  }
  return text;
}

JobEnd edit(const EvaluatorConfig& config, const World& world, const JobPart& part, double patience) {
  const EditConfig& asked = config.edit;
  ScannedPolicy scanned = open_edited_policy(config, world.local_rank());
  if (world.is_root())
    log_info("editing {}: {} sizes x {} experiments x {} families",
             policy_path(config, asked.policy).string(), asked.sizes.size(), asked.experiments.size(),
             asked.families.size());
  EditJob job(config, std::move(scanned), world);
  return run_units(job, world, fs::path(config.run) / kEdit.name, part, patience);
}

std::string describe_edit_estimate(const std::string& config_path, const std::vector<std::string>& overrides,
                                   const JobPart& part) {
  const auto config = load_config<EvaluatorConfig>(config_path, overrides);
  const EditConfig& asked = config.edit;
  require_possible(asked, expected_policy(policy_path(config, asked.policy), config_path, overrides).scanned);
  const std::vector<WorkUnit> units = edit_units(asked);
  int64_t own = 0, walks = 0, states = 0, of_largest = 0;
  bool masks = false;
  for (size_t u = 0; u < units.size(); ++u) {
    if (!part.holds(u)) continue;
    ++own;
    const auto [experiment, family] = parts_of(units[u].subject);
    if (family.empty()) continue;
    const int64_t rooms = int64_t{units[u].size + 1} / 2 * ((units[u].size + 1) / 2), cells = 2 * rooms - 1;
    const int64_t targets = experiment != kEveryCell ? 1
                            : asked.targets == 0     ? cells - 2
                                                     : std::min<int64_t>(asked.targets, cells - 2);
    const int64_t rows = family == kControls ? 2 : static_cast<int64_t>(asked.fractions.size()) + 2;
    const int64_t episodes = asked.score_levels * targets * rows;
    walks += 2 * episodes;
    states += episodes * cells;
    of_largest = std::max(of_largest, episodes * cells);
    masks = masks || family == "mask";
  }
  return fmt::format(
      "{} units{}: {} sizes x ({} experiments x ({} families and controls), find-channels and vectors)\n"
      "{} walks, sampled and greedy; {} states to be scored at most, {} in a unit (twice that where the "
      "policy sees frames), and what the search takes besides{}",
      own, part.in_words(), asked.sizes.size(), asked.experiments.size(), asked.families.size(), walks,
      states, of_largest,
      masks
          ? fmt::format(": a unit of masks learns in {} steps from {} states each",
                        mask_gradient_steps(asked, static_cast<int64_t>(asked.fractions.size())), kMaskBatch)
          : "");
}

}  // namespace mazescan
