#include "evaluator/analyses/edit/edit.h"

#include <algorithm>
#include <utility>

#include "core/log.h"
#include "envs/maze/maze_config.h"
#include "evaluator/analyses/edit/apply.h"
#include "evaluator/analyses/edit/family.h"
#include "evaluator/analyses/edit/find_edits.h"
#include "evaluator/analyses/edit/learned_mask.h"
#include "evaluator/analyses/edit/scoring.h"
#include "evaluator/analyses/edit/vectors.h"
#include "evaluator/analyses/result_job.h"
#include "evaluator/jobs/level_grid.h"
#include "evaluator/policies/expected_policy.h"

namespace fs = std::filesystem;

namespace mazescan {

namespace {

// Experiment and family ("controls", too) of a unit's subject; no family: another subject.
std::pair<std::string, std::string> parts_of(const std::string& subject) {
  if (subject == kFindChannels || subject == kVectors) return {subject, ""};
  const size_t dash = subject.find('-');
  return {subject.substr(0, dash), subject.substr(dash + 1)};
}

// What the policy does without an edit, and with the cheese really at the target.
void fill_controls(const RunConfig& config, const ScannedPolicy& scanned, int size,
                   ExperimentResult& result) {
  const EditScorer scorer(config, scanned, size, result.experiment);
  const EditCases& cases = scorer.cases();
  const auto facts = [](const char* name) {
    EditFacts made;
    made.kind = kControlKind;
    made.name = name;
    return made;
  };
  if (!cases.cases.empty()) {
    result.rows.push_back(scorer.score(facts(kNoEdit), nullptr));
    if (!cheese_at_target(result.experiment)) {
      std::vector<MazeState> moved = scorer.episodes();
      for (size_t c = 0; c < moved.size(); ++c) moved[c].cheese = cases.cases[c].target;
      result.rows.push_back(scorer.score(facts(kCheeseMoved), nullptr, moved));
    }
  }

  // The clock: walks to the cheese where it lies top_right.
  const EditCases clock = edit_cases(config, scanned.environment, size, kEveryCell, EditPart::kScore);
  std::vector<MazeState> first;
  std::vector<Cell> goals;
  for (const MazeLevel& level : clock.levels) {
    first.push_back(initial_state(level));
    goals.push_back(level.cheese);
  }
  const NetworkAgent agent(scanned.policy.network, scanned.environment);
  PolicyTable table(agent, first);
  const WalkEnds walks = walk_to(table, goals, Sampler::kSampled, scorer.limit(),
                                 static_cast<uint64_t>(config.seed), fmt::format("edit/clock/{}", size));
  result.clock.emplace();
  for (size_t l = 0; l < clock.levels.size(); ++l)
    result.clock->walks.push_back({clock.levels[l].seed, walks.reached[l] != 0, walks.steps[l]});
}

ExperimentResult experiment_unit(const RunConfig& config, const ScannedPolicy& scanned, int size,
                                 const std::string& experiment, const std::string& family) {
  const EditConfig& section = config.section<EditConfig>();
  ExperimentResult result;
  result.experiment = experiment;
  result.family = family;
  result.limit = section.limit > 0 ? section.limit : time_limit(scanned.environment, size);
  result.activations_of_network = activations_of_network(scanned.policy.network);
  result.activations_of_taps = activations_of_taps(scanned.policy.network);
  store_cases(edit_cases(config, scanned.environment, size, experiment, EditPart::kScore), result);
  if (family == kControls) {
    fill_controls(config, scanned, size, result);
  } else {
    fill_family(config, scanned, size, result);
  }
  return result;
}

ChannelsResult channels_unit(const RunConfig& config, const ScannedPolicy& scanned, int size) {
  const EditSearch search(config, scanned, size, kEveryCell);
  ChannelsResult result;
  result.taps = config.section<EditConfig>().taps;
  result.cases = static_cast<int64_t>(search.cases.cases.size());
  for (size_t l = 0; l < search.layers.size(); ++l)
    for (const ChannelScore& score : search.layers[l].channels)
      result.channels.push_back({static_cast<int32_t>(l), score.channel, score.located, score.moved});
  return result;
}

class EditJob : public ResultJob {
 public:
  EditJob(const RunConfig& of_config, ScannedPolicy of_policy, const World& world)
      : ResultJob(kEdit, of_config, edit_units(of_config.section<EditConfig>()), std::move(of_policy),
                  dump_identity(of_config.section<EditConfig>()), world) {
    attributes["arithmetic"] = config.section<EditConfig>().arithmetic;
    attributes["region"] = scanned.environment.own<MazeConfig>().region;
    attributes["world"] = scanned.environment.own<MazeConfig>().world_dim;
  }
  ResultShard compute(const WorkUnit& unit) override { return edit_unit(config, scanned, unit, key); }
};

void require_possible(const EditConfig& asked, const ScannedPolicy& scanned) {
  require_maze(scanned, "edit");
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
        units.push_back({size, edit_subject(experiment, family), 0});
      units.push_back({size, edit_subject(experiment, kControls), 0});
    }
    units.push_back({size, kFindChannels, 0});
    units.push_back({size, kVectors, 0});
  }
  return units;
}

ResultShard edit_unit(const RunConfig& config, const ScannedPolicy& scanned, const WorkUnit& unit,
                      const std::string& key) {
  if (unit.subject == kFindChannels)
    return result_shard(kEdit, unit, key, channels_unit(config, scanned, unit.size));
  if (unit.subject == kVectors)
    return result_shard(kEdit, unit, key, vectors_unit(config, scanned, unit.size));
  const auto [experiment, family] = parts_of(unit.subject);
  return result_shard(kEdit, unit, key, experiment_unit(config, scanned, unit.size, experiment, family));
}

namespace {

ScannedPolicy open_edited_policy(const RunConfig& config, int local_rank) {
  ScannedPolicy scanned = open_scanned_policy(config, "edit", config.section<EditConfig>(), local_rank);
  require_possible(config.section<EditConfig>(), scanned);
  return scanned;
}

}  // namespace

std::string describe_channels(const RunConfig& config) {
  constexpr size_t kShown = 10;
  const ScannedPolicy scanned = open_edited_policy(config, 0);
  std::string text = "size  layer                               channel  located  moved\n";
  for (const int size : config.section<EditConfig>().sizes) {
    const EditSearch search(config, scanned, size, kEveryCell);
    for (const EditedLayer& layer : search.layers)
      for (size_t i = 0; i < std::min(kShown, layer.channels.size()); ++i)
        text += fmt::format("{:4}  {:34}  {:7}    {:.3f}  {:.3f}\n", size, layer.map.tap(),
                            layer.channels[i].channel, layer.channels[i].located, layer.channels[i].moved);
  }
  return text;
}

JobEnd edit(const RunConfig& config, const World& world, const ArrayTask& part, double patience) {
  const EditConfig& asked = config.section<EditConfig>();
  ScannedPolicy scanned = open_edited_policy(config, world.local_rank());
  if (world.is_root())
    log_info("editing {}: {} sizes x {} experiments x {} families",
             policy_path(config, asked.policy).string(), asked.sizes.size(), asked.experiments.size(),
             asked.families.size());
  EditJob job(config, std::move(scanned), world);
  return run_units(job, world, fs::path(config.run) / kEdit.name, part, patience);
}

std::string describe_edit_estimate(const RunConfig& config, const ArrayTask& part) {
  const EditConfig& asked = config.section<EditConfig>();
  require_possible(asked, expected_policy(policy_path(config, asked.policy), config.source).scanned);
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
    masks = masks || family == kMaskFamily;
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

JobInfo edit_job() {
  return {kEdit,
          "find edits of activations that send the mouse to a target, and score them",
          "edits of activations that send the mouse to a target",
          AnySection::of<EditConfig>(),
          {"scan"},
          {"Q4", "Q5", "Q8"},
          /*in_parts=*/false,
          edit,
          describe_edit_estimate,
          apply_edits};
}

}  // namespace mazescan
