#include "evaluator/analyses/edit/family.h"

#include <torch/torch.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <set>
#include <utility>

#include "envs/maze/variations.h"
#include "evaluator/analyses/edit/config.h"
#include "evaluator/analyses/edit/find_edits.h"
#include "evaluator/analyses/edit/scoring.h"
#include "evaluator/analyses/edit/stored_edit.h"

namespace mazescan::edit {

namespace {

constexpr int kExamples = 3;

// Returns the move probabilities on every free cell, in thousandths; 0 on walls.
std::vector<int32_t> field(const rollout::Agent& agent, const envs::MazeState& episode, int number) {
  const std::vector<envs::MazeState> states = maze::mouse_variations(episode);
  std::vector<float> logits(states.size() * static_cast<size_t>(agent.actions())), values(states.size());
  agent.evaluate(states, std::vector<int>(states.size(), number), logits.data(), values.data());
  std::vector<int32_t> out(episode.level->open.size() * envs::kMoves);
  const auto moves =
      move_probabilities(agent, {logits.data(), static_cast<int64_t>(states.size()), agent.actions()});
  for (size_t i = 0; i < states.size(); ++i)
    for (size_t move = 0; move < envs::kMoves; ++move)
      out[episode.level->index(states[i].mouse) * envs::kMoves + move] =
          static_cast<int32_t>(std::lround(1000 * moves[i][move]));
  return out;
}

// Learns, chooses and scores a family of edits, each on separate levels.
class FamilyUnit {
 public:
  FamilyUnit(const jobs::RunConfig& config, const policies::TrainedPolicy& trained, int size,
             const std::string& experiment, std::string family)
      : config_(config),
        trained_(trained),
        size_(size),
        experiment_(experiment),
        family_(std::move(family)),
        search_(config, trained, size, experiment),
        scorer_(config, trained, size, experiment),
        activations_(static_cast<double>(activations_of_network(trained.policy.network))) {}

  void fill(ExperimentResult& result) {
    result.seen_layouts = seen_layouts();
    if (scorer_.cases().cases.empty() || search_.cases.cases.empty() || search_.choosing.cases.empty())
      return;
    std::vector<double> fractions = config_.section<EditConfig>().fractions;
    std::sort(fractions.begin(), fractions.end());
    const auto allowed = allowed_activations(config_.section<EditConfig>(), trained_.policy.network);
    const std::vector<FoundEdit> found = find_edits(search_, family_, allowed);
    const FoundEdit* best = nullptr;
    for (size_t i = 0; i < found.size(); ++i) {
      const FoundEdit& edit = found[i];
      if (edit.activations == 0) continue;
      const bool same = best != nullptr && edit.activations == best->activations &&
                        edit.choosing == best->choosing;  // the larger allowance gives no better edit
      expect(static_cast<double>(edit.activations) <=
                 config_.section<EditConfig>().largest_fraction * activations_ + 1e-6,
             "an edit that changes no more than it may");
      add_row(edit, fractions[i], same, result);
      best = &edit;
    }
    if (best != nullptr) {
      for (EditRow& control : controls(*best)) result.rows.push_back(std::move(control));
      result.examples = examples(*best);
    }
    if (config_.section<EditConfig>().has_search_controls(size_, experiment_)) add_search_controls(result);
  }

 private:
  // Returns the edit's rule for all cases, with these targets.
  rollout::EditRule rule_of(const FoundEdit& edit, const rollout::Stencil& stencil,
                            const std::vector<envs::Cell>& targets) const {
    const rollout::TargetMap& map = search_.layers[edit.layer].map;
    std::vector<rollout::MapCell> cells;
    for (size_t c = 0; c < targets.size(); ++c)
      cells.push_back(map.of(*scorer_.episodes()[c].level, targets[c]));
    return edit_rule(map, stencil, cells);
  }

  // Scores and stores an edit. same: it is that of the last row.
  void add_row(const FoundEdit& edit, double fraction, bool same, ExperimentResult& result) const {
    result.rows.push_back(same ? EditRow(result.rows.back())
                               : scorer_.score({}, rule_of(edit, edit.stencil, scorer_.cases().targets())));
    result.rows.back().facts = row_facts(edit, fraction);
    if (!result.stored) result.stored.emplace();
    if (!same) store_edit(search_.layers[edit.layer].map, edit.stencil, *result.stored);
    result.rows.back().facts.stored = static_cast<int64_t>(result.stored->edits.size()) - 1;
  }

  // Searches without a limit on the fraction, and with twice the steps and search levels for the largest one.
  void add_search_controls(ExperimentResult& result) const {
    const auto add = [&](const EditSearch& search, double fraction, const char* name) {
      const auto allowed = static_cast<int64_t>(fraction * activations_ + 1e-9);
      const FoundEdit edit = find_edits(search, family_, {allowed}).front();
      if (edit.activations == 0) return;
      add_row(edit, fraction, false, result);
      result.rows.back().facts.kind = kControlKind;
      result.rows.back().facts.name = name;
    };
    add(search_, 1, kNoLimit);
    jobs::RunConfig twice = config_;
    auto& section = twice.section<EditConfig>();
    section.mask_steps *= 2;
    section.search_levels *= 2;
    add(EditSearch(twice, trained_, size_, experiment_),
        *std::max_element(section.fractions.begin(), section.fractions.end()), kTwice);
  }

  EditFacts row_facts(const FoundEdit& edit, double fraction) const {
    const policy::Network& network = trained_.policy.network;
    std::vector<int> all_cases(scorer_.cases().cases.size());
    std::iota(all_cases.begin(), all_cases.end(), 0);
    const policy::EditedShare share = policy::edited_share(
        network, rule_of(edit, edit.stencil, scorer_.cases().targets())(scorer_.episodes(), all_cases));
    EditFacts facts = edit.what;
    facts.kind = kEditKind;
    facts.name = fmt::format("{} {:g}", family_, fraction);
    facts.tap = search_.layers[edit.layer].map.tap();
    facts.fraction = fraction;
    facts.activations = edit.activations;
    facts.largest_share = static_cast<double>(edit.activations) / activations_;
    facts.share = ShareFacts{share.activations, share.of_layers, share.of_taps, share.of_network};
    facts.choosing = edit.choosing;
    return facts;
  }

  // Scores the controls: the same edit in other channels, and for another target.
  std::vector<EditRow> controls(const FoundEdit& edit) const {
    RandomStream random(search_.seed, "edit/controls/" + family_, static_cast<uint64_t>(size_));
    const int64_t channels = edit.stencil.mask.size(0);
    std::vector<int64_t> order(static_cast<size_t>(channels));
    for (int64_t i = 0; i < channels; ++i) order[static_cast<size_t>(i)] = i;
    for (size_t i = order.size(); i > 1; --i)
      std::swap(order[i - 1], order[random.below(static_cast<uint32_t>(i))]);
    const torch::Tensor index = torch::tensor(order, torch::kInt64);
    const rollout::Stencil shuffled{edit.stencil.adds, edit.stencil.mask.index_select(0, index),
                                    edit.stencil.values.index_select(1, index)};
    std::vector<envs::Cell> elsewhere;
    for (const EditCase& each : scorer_.cases().cases) {
      const envs::MazeLevel& level = scorer_.cases().levels[static_cast<size_t>(each.level)];
      std::vector<envs::Cell> cells = open_cells(level);
      cells.erase(
          std::remove_if(cells.begin(), cells.end(),
                         [&](envs::Cell cell) { return cell == envs::kStart || cell == each.target; }),
          cells.end());
      elsewhere.push_back(cells[random.below(static_cast<uint32_t>(cells.size()))]);
    }
    const auto facts = [&](const char* name) {
      EditFacts made;
      made.kind = kControlKind;
      made.name = name;
      made.text = edit.what.text;
      return made;
    };
    return {scorer_.score(facts(kRandomChannels), rule_of(edit, shuffled, scorer_.cases().targets())),
            scorer_.score(facts(kRandomPlace), rule_of(edit, edit.stencil, elsewhere))};
  }

  Examples examples(const FoundEdit& edit) const {
    const EditCases& cases = scorer_.cases();
    const rollout::NetworkAgent plain(trained_.policy.network, trained_.environment);
    const rollout::NetworkAgent edited(trained_.policy.network, trained_.environment,
                                       rule_of(edit, edit.stencil, cases.targets()));
    Examples chosen{*edit.what.text, {}};
    int last_level = -1;
    for (size_t c = 0; c < cases.cases.size() && chosen.cases.size() < kExamples; ++c) {
      if (cases.cases[c].level == last_level) continue;  // one example per maze
      last_level = cases.cases[c].level;
      const auto number = static_cast<int>(c);
      chosen.cases.push_back({number, field(plain, scorer_.episodes()[c], number),
                              field(edited, scorer_.episodes()[c], number)});
    }
    return chosen;
  }

  double seen_layouts() const {
    std::set<std::vector<uint8_t>> known;
    for (const EditCases* cases : {&search_.cases, &search_.choosing})
      for (const envs::MazeLevel& level : cases->levels) known.insert(level.open);
    int64_t seen = 0;
    for (const envs::MazeLevel& level : scorer_.cases().levels) seen += known.count(level.open) > 0 ? 1 : 0;
    return static_cast<double>(seen) /
           static_cast<double>(std::max<size_t>(scorer_.cases().levels.size(), 1));
  }

  const jobs::RunConfig& config_;
  const policies::TrainedPolicy& trained_;
  const int size_;
  const std::string experiment_, family_;
  const EditSearch search_;
  const EditScorer scorer_;
  const double activations_;  // of the network
};

}  // namespace

void fill_family(const jobs::RunConfig& config, const policies::TrainedPolicy& trained, int size,
                 ExperimentResult& result) {
  FamilyUnit(config, trained, size, result.experiment, result.family).fill(result);
}

}  // namespace mazescan::edit
