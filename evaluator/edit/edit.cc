#include "evaluator/edit/edit.h"

#include <torch/torch.h>

#include <algorithm>
#include <cmath>
#include <set>
#include <utility>

#include "core/log.h"
#include "envs/maze_environment.h"
#include "envs/paths.h"
#include "envs/variations.h"
#include "evaluator/edit/search.h"
#include "evaluator/edit/vectors.h"
#include "evaluator/edit/walk.h"
#include "evaluator/result_job.h"

namespace fs = std::filesystem;

namespace mazescan {

namespace {

constexpr const char* kControls = "controls";
constexpr const char *kFindChannels = "find-channels", *kVectors = "vectors";
constexpr size_t kCasesAtOnce = 512;  // of one table of answers
constexpr int kExamples = 3;

// What is measured of one edit or control, for each case.
struct Row {
  nlohmann::json facts;
  Walks sampled, greedy;
  std::vector<double> log;
};

// Scores agents on the cases of a unit.
class Scorer {
 public:
  Scorer(const EvaluatorConfig& config, const ScannedPolicy& scanned, const WorkUnit& unit,
         std::string experiment)
      : scanned_(scanned),
        size_(unit.size),
        experiment_(std::move(experiment)),
        seed_(static_cast<uint64_t>(config.seed)),
        limit_(config.edit.limit > 0 ? config.edit.limit : time_limit(scanned.environment, unit.size)),
        cases_(edit_cases(config, scanned.environment, unit.size, experiment_, EditPart::kScore)),
        episodes_(cases_.episodes()),
        targets_(cases_.targets()) {}

  const EditCases& cases() const { return cases_; }
  const std::vector<MazeState>& episodes() const { return episodes_; }
  int limit() const { return limit_; }

  // targets: what the rule is told, for each case. Nothing: no edit.
  using RuleOf = std::function<EditRule(const std::vector<Cell>& targets)>;
  Row score(nlohmann::json facts, const std::vector<MazeState>& episodes, const std::vector<Cell>& told,
            const RuleOf& rule_of) const {
    Row row{std::move(facts), {}, {}, {}};
    for (size_t begin = 0; begin < episodes.size(); begin += kCasesAtOnce) {
      const size_t end = std::min(begin + kCasesAtOnce, episodes.size());
      const auto some = [&](const auto& all) {
        return std::decay_t<decltype(all)>(all.begin() + static_cast<int64_t>(begin),
                                           all.begin() + static_cast<int64_t>(end));
      };
      const NetworkAgent agent(scanned_.policy.network, scanned_.environment,
                               rule_of ? rule_of(some(told)) : EditRule());
      first_ = begin;
      PolicyTable table(agent, some(episodes));
      const std::vector<Cell> goals = some(targets_);
      append(row.sampled, walk_to(table, goals, Sampler::kSampled, limit_, seed_, stream()));
      append(row.greedy, walk_to(table, goals, Sampler::kGreedy, limit_, seed_, stream()));
      const std::vector<double> logs = path_log_probability(table, goals);
      row.log.insert(row.log.end(), logs.begin(), logs.end());
    }
    return row;
  }
  Row score(nlohmann::json facts, const RuleOf& rule_of) const {
    return score(std::move(facts), episodes_, targets_, rule_of);
  }
  // Level of the i-th case of the chunk that is being scored.
  const MazeLevel& level_of(size_t i) const { return *episodes_[first_ + i].level; }
  std::string stream() const { return fmt::format("edit/walk/{}/{}", size_, experiment_); }

 private:
  static void append(Walks& all, const Walks& more) {
    all.reached.insert(all.reached.end(), more.reached.begin(), more.reached.end());
    all.steps.insert(all.steps.end(), more.steps.begin(), more.steps.end());
  }

  const ScannedPolicy& scanned_;
  const int size_;
  const std::string experiment_;
  const uint64_t seed_;
  const int limit_;
  const EditCases cases_;
  const std::vector<MazeState> episodes_;
  const std::vector<Cell> targets_;
  mutable size_t first_ = 0;
};

int32_t off_path(const MazeLevel& level, Cell target) {
  const std::vector<int32_t> away = distances(level, target);
  int32_t least = std::numeric_limits<int32_t>::max();
  for (const Cell cell : shortest_path(level, kStart, level.top_right()))
    least = std::min(least, away[level.index(cell)]);
  return least;
}

void store_cases(const EditCases& cases, ResultShard& shard) {
  std::vector<int32_t> seed, cheese, level_of, target, distance_of, off;
  std::vector<uint8_t> open;
  for (const MazeLevel& level : cases.levels) {
    seed.push_back(level.seed);
    open.insert(open.end(), level.open.begin(), level.open.end());
    cheese.insert(cheese.end(), {level.cheese.x, level.cheese.y});
  }
  for (const EditCase& each : cases.cases) {
    const MazeLevel& level = cases.levels[static_cast<size_t>(each.level)];
    level_of.push_back(each.level);
    target.insert(target.end(), {each.target.x, each.target.y});
    distance_of.push_back(distance(level, kStart, each.target));
    off.push_back(off_path(level, each.target));
  }
  const auto levels = static_cast<int64_t>(cases.levels.size()),
             count = static_cast<int64_t>(cases.cases.size());
  shard.set("level/seed", seed, "level");
  shard.set("level/open", open, {{"level", levels}, {"y", shard.unit.size}, {"x", shard.unit.size}});
  shard.set("level/cheese", cheese, {{"level", levels}, {"coordinate", 2}});
  shard.set("case/level", level_of, "case");
  shard.set("case/target", target, {{"case", count}, {"coordinate", 2}});
  shard.set("case/distance", distance_of, "case");
  shard.set("case/off_path", off, "case");
}

void store_rows(const std::vector<Row>& rows, int64_t cases, ResultShard& shard) {
  std::vector<uint8_t> sampled_reached, greedy_reached;
  std::vector<int32_t> sampled_steps, greedy_steps;
  std::vector<float> log;
  nlohmann::json facts = nlohmann::json::array();
  const auto add = [](auto& all, const auto& more) { all.insert(all.end(), more.begin(), more.end()); };
  for (const Row& row : rows) {
    facts.push_back(row.facts);
    add(sampled_reached, row.sampled.reached);
    add(sampled_steps, row.sampled.steps);
    add(greedy_reached, row.greedy.reached);
    add(greedy_steps, row.greedy.steps);
    add(log, row.log);
  }
  const std::vector<H5Axis> axes = {{"row", static_cast<int64_t>(rows.size())}, {"case", cases}};
  shard.set("sampled/reached", sampled_reached, axes);
  shard.set("sampled/steps", sampled_steps, axes);
  shard.set("greedy/reached", greedy_reached, axes);
  shard.set("greedy/steps", greedy_steps, axes);
  shard.set("path/log", log, axes);
  shard.facts["rows"] = facts;
}

// The move probabilities on every free cell, in thousandths; 0 on walls.
std::vector<int32_t> field(const Agent& agent, const MazeState& episode, int number) {
  const std::vector<MazeState> states = mouse_variations(episode);
  std::vector<float> logits(states.size() * static_cast<size_t>(agent.actions())), values(states.size());
  agent.answer(states, std::vector<int>(states.size(), number), logits.data(), values.data());
  std::vector<int32_t> out(episode.level->open.size() * kMoves);
  for (size_t i = 0; i < states.size(); ++i) {
    const auto moves = move_probabilities(agent, &logits[i * static_cast<size_t>(agent.actions())]);
    for (size_t move = 0; move < kMoves; ++move)
      out[episode.level->index(states[i].mouse) * kMoves + move] =
          static_cast<int32_t>(std::lround(1000 * moves[move]));
  }
  return out;
}

nlohmann::json share_json(const EditedShare& share) {
  return {{"activations", share.activations},
          {"of_layers", share.of_layers},
          {"of_taps", share.of_taps},
          {"of_network", share.of_network}};
}

// A family of edits, found on the search levels and scored on the others.
class FamilyUnit {
 public:
  FamilyUnit(const EvaluatorConfig& config, const ScannedPolicy& scanned, const WorkUnit& unit,
             const std::string& experiment, std::string family)
      : config_(config),
        scanned_(scanned),
        family_(std::move(family)),
        search_(config, scanned, unit.size, experiment),
        scorer_(config, scanned, unit, experiment) {}

  void fill(ResultShard& shard) {
    const EditCases& cases = scorer_.cases();
    shard.facts["seen_layouts"] = seen_layouts();
    std::vector<Row> rows;
    if (!cases.cases.empty() && !search_.cases.cases.empty()) {
      std::vector<double> fractions = config_.edit.fractions;
      std::sort(fractions.begin(), fractions.end());
      const auto allowed = allowed_activations(config_.edit, scanned_.policy.network);
      const std::vector<FoundEdit> found = find_edits(search_, family_, allowed);
      const FoundEdit* best = nullptr;
      for (size_t i = 0; i < found.size(); ++i) {
        const FoundEdit& edit = found[i];
        if (edit.activations == 0) continue;
        const bool same = best != nullptr && !rows.empty() && edit.activations == best->activations &&
                          edit.search == best->search;  // the larger allowance found no better one
        if (same) {
          rows.push_back(rows.back());
        } else {
          rows.push_back(score(edit, edit.stencil, cases.targets()));
        }
        rows.back().facts = row_facts(edit, fractions[i]);
        best = &edit;
      }
      if (best != nullptr) {
        for (Row& control : controls(*best)) rows.push_back(std::move(control));
        store_examples(*best, shard);
      }
    }
    store_rows(rows, static_cast<int64_t>(cases.cases.size()), shard);
  }

 private:
  Scorer::RuleOf rule_of(const FoundEdit& edit, const Stencil& stencil) const {
    return [this, &edit, &stencil](const std::vector<Cell>& targets) {
      const TargetMap& map = search_.layers[edit.layer].map;
      std::vector<MapCell> cells;
      for (size_t i = 0; i < targets.size(); ++i) cells.push_back(map.of(scorer_.level_of(i), targets[i]));
      return edit_rule(map, stencil, cells);
    };
  }
  Row score(const FoundEdit& edit, const Stencil& stencil, const std::vector<Cell>& told) const {
    return scorer_.score({}, scorer_.episodes(), told, rule_of(edit, stencil));
  }

  nlohmann::json row_facts(const FoundEdit& edit, double fraction) const {
    const TargetMap& map = search_.layers[edit.layer].map;
    std::vector<MapCell> cells;
    std::vector<int> episodes;
    for (const EditCase& each : scorer_.cases().cases) {
      episodes.push_back(static_cast<int>(cells.size()));
      cells.push_back(map.of(scorer_.cases().levels[static_cast<size_t>(each.level)], each.target));
    }
    const EditedShare share =
        edited_share(scanned_.policy.network, edit_rule(map, edit.stencil, cells)(episodes));
    const auto all = static_cast<double>(activations_of_network(scanned_.policy.network));
    expect(static_cast<double>(edit.activations) <= config_.edit.largest_fraction * all + 1e-6,
           "an edit that changes no more than it may");
    nlohmann::json facts = edit.what;
    facts["kind"] = "edit";
    facts["name"] = fmt::format("{} {:g}", family_, fraction);
    facts["tap"] = map.tap();
    facts["fraction"] = fraction;
    facts["activations"] = edit.activations;
    facts["largest_share"] = static_cast<double>(edit.activations) / all;
    facts["share"] = share_json(share);
    facts["search"] = edit.search;
    return facts;
  }

  // The same edit in other channels, and for another target.
  std::vector<Row> controls(const FoundEdit& edit) const {
    RandomStream random(search_.seed, "edit/controls/" + family_, static_cast<uint64_t>(shard_size()));
    const int64_t channels = edit.stencil.mask.size(0);
    std::vector<int64_t> order(static_cast<size_t>(channels));
    for (int64_t i = 0; i < channels; ++i) order[static_cast<size_t>(i)] = i;
    for (size_t i = order.size(); i > 1; --i)
      std::swap(order[i - 1], order[random.below(static_cast<uint32_t>(i))]);
    const torch::Tensor index = torch::tensor(order, torch::kInt64);
    const Stencil shuffled{edit.stencil.adds, edit.stencil.mask.index_select(0, index),
                           edit.stencil.values.index_select(1, index)};
    std::vector<Cell> elsewhere;
    for (const EditCase& each : scorer_.cases().cases) {
      const MazeLevel& level = scorer_.cases().levels[static_cast<size_t>(each.level)];
      std::vector<Cell> cells = open_cells(level);
      cells.erase(std::remove_if(cells.begin(), cells.end(),
                                 [&](Cell cell) { return cell == kStart || cell == each.target; }),
                  cells.end());
      elsewhere.push_back(cells[random.below(static_cast<uint32_t>(cells.size()))]);
    }
    std::vector<Row> rows = {score(edit, shuffled, scorer_.cases().targets()),
                             score(edit, edit.stencil, elsewhere)};
    rows[0].facts = {{"kind", "control"}, {"name", "random channels"}, {"text", edit.what["text"]}};
    rows[1].facts = {{"kind", "control"}, {"name", "random place"}, {"text", edit.what["text"]}};
    return rows;
  }

  void store_examples(const FoundEdit& edit, ResultShard& shard) const {
    const TargetMap& map = search_.layers[edit.layer].map;
    const EditCases& cases = scorer_.cases();
    std::vector<MapCell> cells;
    for (const EditCase& each : cases.cases)
      cells.push_back(map.of(cases.levels[static_cast<size_t>(each.level)], each.target));
    const NetworkAgent plain(scanned_.policy.network, scanned_.environment);
    const NetworkAgent edited(scanned_.policy.network, scanned_.environment,
                              edit_rule(map, edit.stencil, cells));
    std::vector<int32_t> chosen, before, after;
    int last_level = -1;
    for (size_t c = 0; c < cases.cases.size() && chosen.size() < kExamples; ++c) {
      if (cases.cases[c].level == last_level) continue;  // another maze each time
      last_level = cases.cases[c].level;
      chosen.push_back(static_cast<int32_t>(c));
      const auto one = field(plain, scorer_.episodes()[c], static_cast<int>(c));
      const auto other = field(edited, scorer_.episodes()[c], static_cast<int>(c));
      before.insert(before.end(), one.begin(), one.end());
      after.insert(after.end(), other.begin(), other.end());
    }
    const std::vector<H5Axis> axes = {{"example", static_cast<int64_t>(chosen.size())},
                                      {"y", shard.unit.size},
                                      {"x", shard.unit.size},
                                      {"move", kMoves}};
    shard.set("example/case", chosen, "example");
    shard.set("example/before", before, axes);
    shard.set("example/after", after, axes);
    shard.facts["example"] = edit.what["text"];
  }

  double seen_layouts() const {
    std::set<std::vector<uint8_t>> searched;
    for (const MazeLevel& level : search_.cases.levels) searched.insert(level.open);
    int64_t seen = 0;
    for (const MazeLevel& level : scorer_.cases().levels) seen += searched.count(level.open) > 0 ? 1 : 0;
    return static_cast<double>(seen) /
           static_cast<double>(std::max<size_t>(scorer_.cases().levels.size(), 1));
  }
  int shard_size() const { return scorer_.cases().levels.empty() ? 0 : scorer_.cases().levels.front().size; }

  const EvaluatorConfig& config_;
  const ScannedPolicy& scanned_;
  const std::string family_;
  const EditSearch search_;
  const Scorer scorer_;
};

// What the policy does without an edit, and with the cheese really at the target.
void fill_controls(const EvaluatorConfig& config, const ScannedPolicy& scanned, const std::string& experiment,
                   ResultShard& shard) {
  const Scorer scorer(config, scanned, shard.unit, experiment);
  const EditCases& cases = scorer.cases();
  std::vector<Row> rows;
  if (!cases.cases.empty()) {
    rows.push_back(scorer.score({{"kind", "control"}, {"name", "no edit"}}, nullptr));
    if (!cheese_at_target(experiment)) {
      std::vector<MazeState> moved = scorer.episodes();
      for (size_t c = 0; c < moved.size(); ++c) moved[c].cheese = cases.cases[c].target;
      rows.push_back(
          scorer.score({{"kind", "control"}, {"name", "cheese moved"}}, moved, cases.targets(), nullptr));
    }
  }
  store_rows(rows, static_cast<int64_t>(cases.cases.size()), shard);

  // The clock: walks to the cheese where it lies top_right.
  const EditCases clock =
      edit_cases(config, scanned.environment, shard.unit.size, "every_cell", EditPart::kScore);
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
  const EditSearch search(config, scanned, shard.unit.size, "every_cell");
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
      : ResultJob(kEdit, of_config, edit_units(of_config.edit), std::move(of_policy), key_of(of_config),
                  world) {
    attributes["arithmetic"] = config.edit.arithmetic;
    attributes["region"] = scanned.environment.region;
    attributes["world"] = scanned.environment.world;
  }
  ResultShard compute(const WorkUnit& unit) override {
    ResultShard shard = edit_unit(config, scanned, unit);
    shard.key = key;
    return shard;
  }

 private:
  static std::string key_of(const EvaluatorConfig& of_config) {
    EditConfig same = of_config.edit;  // without what does not change a payload
    same.policy = same.assets = same.device = "";
    return dump_config(same);
  }
};

void require_possible(const EditConfig& asked, const ScannedPolicy& scanned) {
  const Network& network = scanned.policy.network;
  const auto all = static_cast<double>(activations_of_network(network));
  for (const std::string& tap : asked.taps) {
    const TargetMap map(scanned.environment, network, tap);
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
      for (const std::string& family : config.families) units.push_back({size, experiment + "-" + family, 0});
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
  const size_t dash = unit.subject.find('-');
  const std::string experiment = unit.subject.substr(0, dash), family = unit.subject.substr(dash + 1);
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
    FamilyUnit(config, scanned, unit, experiment, family).fill(shard);
  }
  return shard;
}

namespace {

ScannedPolicy open_edited_policy(const EvaluatorConfig& config, int local_rank) {
  const EditConfig& asked = config.edit;
  ScannedPolicy scanned = open_scanned_policy(
      config, "edit", {asked.policy, asked.assets, asked.device, asked.arithmetic}, local_rank);
  LevelGrid shown;
  shown.sizes = asked.sizes;
  require_showable(scanned, shown, asked.taps, "edit", "taps");
  require_possible(asked, scanned);
  return scanned;
}

}  // namespace

std::string describe_channels(const EvaluatorConfig& config) {
  constexpr size_t kShown = 10;
  const ScannedPolicy scanned = open_edited_policy(config, 0);
  std::string text = "size  layer                               channel  located  moved\n";
  for (const int size : config.edit.sizes) {
    const EditSearch search(config, scanned, size, "every_cell");
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

}  // namespace mazescan
