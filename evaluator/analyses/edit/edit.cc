#include "evaluator/analyses/edit/edit.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <numeric>
#include <utility>

#include "core/log.h"
#include "envs/maze/maze_config.h"
#include "evaluator/analyses/edit/apply.h"
#include "evaluator/analyses/edit/bracket.h"
#include "evaluator/analyses/edit/family.h"
#include "evaluator/analyses/edit/learned_mask.h"
#include "evaluator/analyses/edit/scoring.h"
#include "evaluator/analyses/edit/vectors.h"
#include "evaluator/analyses/result_job.h"
#include "evaluator/policies/expected_policy.h"
#include "evaluator/rollout/played_edits.h"

namespace mazescan::edit {

namespace {

// Splits a unit's subject into experiment and family (or "controls"). An empty family: another kind of
// subject.
std::pair<std::string, std::string> parts_of(const std::string& subject) {
  if (subject == kFindChannels || subject == kVectors) return {subject, ""};
  const size_t dash = subject.find('-');
  return {subject.substr(0, dash), subject.substr(dash + 1)};
}

// Scores each layer replaced by its activations with the cheese at the target.
std::vector<EditRow> patched_layers(const jobs::RunConfig& config, const policies::TrainedPolicy& trained,
                                    const EditScorer& scorer) {
  std::vector<EditRow> rows;
  for (const std::string& layer : config.section<EditConfig>().layers) {
    const rollout::TargetMap map(trained.environment, trained.policy.network, layer);
    policy::ResampleCheese patch;
    patch.channels.resize(static_cast<size_t>(map.channels()));
    std::iota(patch.channels.begin(), patch.channels.end(), int64_t{0});
    patch.cheese.kind = policy::NamedCell::Kind::kTarget;
    const std::vector<policy::EditEntry> edits = {{layer, patch, {}, layer}};
    EditFacts facts;
    facts.kind = kControlKind;
    facts.name = kPatched;
    facts.tap = layer;
    rows.push_back(scorer.score(std::move(facts), rollout::played_edits(edits, trained, scorer.episodes(),
                                                                        scorer.cases().targets())));
  }
  return rows;
}

// Describes how much the search of a family tries.
std::string budget_text(const EditConfig& section) {
  return fmt::format(
      "layers {}; fractions up to {:g}; masks: {} gradient steps a fraction with {} states each; {} "
      "search levels, {} choosing levels",
      fmt::join(section.layers, ", "), *std::max_element(section.fractions.begin(), section.fractions.end()),
      section.mask_steps, kMaskBatch, section.search_levels, section.choosing_levels);
}

// Scores the policy without an edit, and with the cheese really at the target.
void fill_controls(const jobs::RunConfig& config, const policies::TrainedPolicy& trained, int size,
                   ExperimentResult& result) {
  const EditScorer scorer(config, trained, size, result.experiment);
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
      std::vector<envs::MazeState> moved = scorer.episodes();
      for (size_t c = 0; c < moved.size(); ++c) moved[c].cheese = cases.cases[c].target;
      result.rows.push_back(scorer.score(facts(kCheeseMoved), nullptr, moved));
      if (config.section<EditConfig>().has_search_controls(size, result.experiment))
        for (EditRow& row : patched_layers(config, trained, scorer)) result.rows.push_back(std::move(row));
    }
  }

  // Records the clock: walks to the cheese with placement top_right.
  const EditCases clock = edit_cases(config, trained.environment, size, kEveryCell, datasets::Split::test);
  std::vector<envs::MazeState> first;
  std::vector<envs::Cell> goals;
  for (const envs::MazeLevel& level : clock.levels) {
    first.push_back(initial_state(level));
    goals.push_back(level.cheese);
  }
  const rollout::NetworkAgent agent(trained.policy.network, trained.environment);
  rollout::PolicyCache cache(agent, first);
  const datasets::WalkEnds walks =
      rollout::walk_to(cache, goals, rollout::ActionSelection::kSampled, scorer.limit(),
                       static_cast<uint64_t>(config.seed), fmt::format("edit/clock/{}", size));
  result.clock.emplace();
  for (size_t l = 0; l < clock.levels.size(); ++l)
    result.clock->walks.push_back({clock.levels[l].seed, walks.reached[l] != 0, walks.steps[l]});
}

ExperimentResult experiment_unit(const jobs::RunConfig& config, const policies::TrainedPolicy& trained,
                                 int size, const std::string& experiment, const std::string& family) {
  const EditConfig& section = config.section<EditConfig>();
  ExperimentResult result;
  result.experiment = experiment;
  result.family = family;
  result.limit = section.max_steps > 0 ? section.max_steps : time_limit(trained.environment, size);
  result.budget = budget_text(section);
  result.activations_of_network = activations_of_network(trained.policy.network);
  result.activations_of_taps = activations_of_taps(trained.policy.network);
  store_cases(edit_cases(config, trained.environment, size, experiment, datasets::Split::test),
              trained.environment, result);
  if (family == kControls) {
    fill_controls(config, trained, size, result);
  } else {
    fill_family(config, trained, size, result);
  }
  return result;
}

ChannelsResult channels_unit(const jobs::RunConfig& config, const policies::TrainedPolicy& trained,
                             int size) {
  const EditSearch search(config, trained, size, kEveryCell);
  ChannelsResult result;
  result.taps = config.section<EditConfig>().layers;
  result.cases = static_cast<int64_t>(search.cases.cases.size());
  for (size_t l = 0; l < search.layers.size(); ++l)
    for (const ChannelScore& score : search.layers[l].channels)
      result.channels.push_back({static_cast<int32_t>(l), score.channel, score.located, score.moved});
  return result;
}

// command: the one that edits, for messages.
void require_possible(const EditConfig& settings, const policies::TrainedPolicy& trained,
                      const char* command = datasets::kEdit.name) {
  policies::require_maze(trained, command);
  policies::check_compatible(trained, settings.sizes, settings.layers, datasets::kEdit.name, "layers");
  const policy::Network& network = trained.policy.network;
  const auto all = static_cast<double>(activations_of_network(network));
  for (const std::string& tap : settings.layers) {
    const rollout::TargetMap map = [&] {
      try {
        return rollout::TargetMap(trained.environment, network, tap);
      } catch (const UserError& fault) {
        throw UserError(fmt::format("'edit.layers' holds '{}'", tap), fault);
      }
    }();
    for (const int channel : settings.channels)
      require(channel < map.channels(), lazy("'edit.channels' holds {}", channel),
              lazy("{} has channels 0 to {}", tap, map.channels() - 1), "one of them");
  }
  require(static_cast<double>(settings.channels.size()) <= settings.largest_fraction * all,
          lazy("'edit.channels' holds {}", settings.channels.size()),
          lazy("an edit of all of them changes more than it may: {:g} of the network's {} activations",
               settings.largest_fraction, all),
          "fewer channels, or a larger edit.largest_fraction");
  require(allowed_activations(settings, network).back() > 0,
          "'edit.fractions' are too small for this network",
          lazy("none of them amounts to one of {} activations", all), lazy("{:.2g} or more", 1 / all));
}

}  // namespace

std::vector<datasets::WorkUnit> edit_units(const EditConfig& config) {
  std::vector<datasets::WorkUnit> units;
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

void edit_unit(const jobs::RunConfig& config, const policies::TrainedPolicy& trained,
               datasets::ResultShard& shard) {
  const int size = shard.unit.size;
  if (shard.unit.subject == kFindChannels) {
    datasets::write_columns(channels_unit(config, trained, size), shard);
  } else if (shard.unit.subject == kVectors) {
    datasets::write_columns(vectors_unit(config, trained, size), shard);
  } else {
    const auto [experiment, family] = parts_of(shard.unit.subject);
    datasets::write_columns(experiment_unit(config, trained, size, experiment, family), shard);
  }
}

namespace {

policies::TrainedPolicy open_edited_policy(const jobs::RunConfig& config, int local_rank,
                                           const char* command = datasets::kEdit.name) {
  policies::TrainedPolicy trained =
      policies::open_trained_policy(config, datasets::kEdit.name, config.section<EditConfig>(), local_rank);
  require_possible(config.section<EditConfig>(), trained, command);
  return trained;
}

}  // namespace

std::string describe_channels(const jobs::RunConfig& config) {
  constexpr size_t kShown = 10;
  const policies::TrainedPolicy trained = open_edited_policy(config, 0, kFindChannels);
  std::string text = "size  layer                               channel  located  moved\n";
  for (const int size : config.section<EditConfig>().sizes) {
    const EditSearch search(config, trained, size, kEveryCell);
    for (const EditedLayer& layer : search.layers)
      for (size_t i = 0; i < std::min(kShown, layer.channels.size()); ++i)
        text += fmt::format("{:4}  {:34}  {:7}    {:.3f}  {:.3f}\n", size, layer.map.tap(),
                            layer.channels[i].channel, layer.channels[i].located, layer.channels[i].moved);
  }
  return text;
}

jobs::JobEnd edit(const jobs::RunConfig& config, const cluster::Communicator& communicator,
                  const datasets::ArrayTask& part, double lock_timeout_s) {
  const EditConfig& section = config.section<EditConfig>();
  const policies::TrainedPolicy trained = open_edited_policy(config, communicator.local_rank());
  if (communicator.is_root())
    log_info("editing {}: {} sizes x {} experiments x {} families",
             policies::policy_path(config, section.policy).string(), section.sizes.size(),
             section.experiments.size(), section.families.size());
  const maze::MazeConfig& maze = policies::require_maze(trained, datasets::kEdit.name);
  const auto compute = [&](const datasets::WorkUnit&, datasets::ResultShard& shard) {
    edit_unit(config, trained, shard);
  };
  return analyses::run_result_job({datasets::kEdit,
                                   edit_units(section),
                                   dump_identity(section),
                                   compute,
                                   {{"region", maze.region}, {"world", maze.world_dim}}},
                                  config, trained, communicator, part, lock_timeout_s);
}

jobs::Estimate estimate_edit(const jobs::RunConfig& config, const datasets::ArrayTask& task) {
  const EditConfig& section = config.section<EditConfig>();
  const std::filesystem::path path = policies::policy_path(config, section.policy);
  const policies::ExpectedPolicy policy = policies::dry_run_policy(path, config.source);
  require_possible(section, policy.trained);
  jobs::Estimate estimate;
  estimate.task = task;
  if (!policy.exists) estimate.missing = path;
  const int64_t halvings =
      section.refine ? int64_t{kFractionRates.size()} *
                           most_halvings(allowed_activations(section, policy.trained.policy.network))
                     : 0;
  int64_t walks = 0, states = 0, of_largest = 0;
  int64_t more_walks = 0, more_states = 0;  // of edits between the fractions, at most
  bool masks = false, twice = false;        // twice: with the controls of the search
  const std::vector<datasets::WorkUnit> units = edit_units(section);
  for (size_t u = 0; u < units.size(); ++u) {
    if (!task.holds(u)) continue;
    ++estimate.units;
    const auto [experiment, family] = parts_of(units[u].subject);
    if (family.empty()) continue;
    const int64_t rooms = int64_t{units[u].size + 1} / 2 * ((units[u].size + 1) / 2), cells = 2 * rooms - 1;
    const int64_t targets = experiment != kEveryCell ? 1
                            : section.targets == 0   ? cells - 2
                                                     : std::min<int64_t>(section.targets, cells - 2);
    const bool searches = section.has_search_controls(units[u].size, experiment);
    const auto more = static_cast<int64_t>(!searches ? 0 : family == kControls ? section.layers.size() : 2);
    const int64_t rows =
        more + (family == kControls ? 2 : static_cast<int64_t>(section.fractions.size()) + 2);
    const int64_t episodes = section.score_levels * targets * rows;
    walks += 2 * episodes;
    states += episodes * cells;
    of_largest = std::max(of_largest, episodes * cells);
    if (section.refines(experiment) && family != kControls) {
      const int64_t between = section.score_levels * targets * (halvings + 1);  // one row without an edit
      more_walks += 2 * between;
      more_states += between * cells;
    }
    masks = masks || family == kMaskFamily;
    twice = twice || (family == kMaskFamily && searches);
  }
  estimate.counts = {fmt::format("{} walks, sampled and greedy", walks),
                     fmt::format("at most {} states scored, {} in a unit (twice that where the policy sees "
                                 "frames), without those of the search",
                                 states, of_largest)};
  if (masks)
    estimate.counts.push_back(fmt::format(
        "a unit of masks learns in {} steps from {} states each",
        mask_gradient_steps(section, static_cast<int64_t>(section.fractions.size())), kMaskBatch));
  if (more_walks > 0)
    estimate.counts.push_back(fmt::format(
        "edits between the fractions (edit.refine) take at most {} more walks, {} more states, and in a unit of "
        "masks of every_cell {} more steps",
        more_walks, more_states, masks ? halvings * mask_gradient_steps(section, 1) : 0));
  if (twice)
    estimate.counts.push_back(
        fmt::format("the controls of the search of corners take {} more steps in such a unit",
                    3 * mask_gradient_steps(section, 1)));
  return estimate;
}

jobs::JobInfo edit_job() {
  return {
      datasets::kEdit,
      "find edits of activations that send the mouse to a target, and score them",
      "edits of activations that send the mouse to a target",
      AnySection::of<EditConfig>(),
      {datasets::kScan},
      /*in_parts=*/false,
      jobs::JobPolicies::of_mazes,
      edit,
      estimate_edit,
      jobs::FileOption{"--apply",
                       "play with the edits of this YAML file (docs/edits.md) on the scored levels, print "
                       "how often the mouse reaches its target, and write nothing",
                       apply_edits}};
}

}  // namespace mazescan::edit
