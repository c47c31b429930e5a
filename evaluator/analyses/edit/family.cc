#include "evaluator/analyses/edit/family.h"

#include <torch/types.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <optional>
#include <set>
#include <utility>

#include "envs/maze/variations.h"
#include "evaluator/analyses/edit/bracket.h"
#include "evaluator/analyses/edit/change_rank.h"
#include "evaluator/analyses/edit/config.h"
#include "evaluator/analyses/edit/find_edits.h"
#include "evaluator/analyses/edit/scoring.h"
#include "evaluator/analyses/edit/stored_edit.h"
#include "policy/cuts.h"

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

// The best edit for an allowance, scored.
struct TriedEdit {
  int64_t allowed = 0;  // number of activations
  double fraction = 0;  // the same as a share of the network's
  FoundEdit edit;       // activations 0: none is small enough
  EditRow row;
  double success = 0;  // normalised
};

bool same(const FoundEdit& edit, const FoundEdit& other) {
  return edit.activations == other.activations && edit.choosing == other.choosing;
}

// Returns the numbers of activations between which the success of the best edit first reaches the rate: the
// largest allowance that does not suffice, and the activations of the edit of the next one. tried: ascending.
std::optional<Bracket> bracket_of(const std::vector<TriedEdit>& tried, double rate) {
  const TriedEdit* best = nullptr;  // of this allowance or a smaller one
  int64_t insufficient = 0;
  for (const TriedEdit& each : tried) {
    if (each.edit.activations > 0 && (best == nullptr || each.edit.choosing > best->edit.choosing))
      best = &each;
    if (best != nullptr && best->success >= rate) return Bracket{insufficient, best->edit.activations};
    insufficient = each.allowed;
  }
  return std::nullopt;
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
        cuts_(policy::cuts(trained.policy.network.layers(), trained.policy.network.outputs().logits)),
        activations_(static_cast<double>(activations_of_network(trained.policy.network))) {}

  void fill(ExperimentResult& result) {
    result.seen_layouts = seen_layouts();
    if (const auto cut = policy::narrowest(cuts_))
      result.narrowest_cut = CutFacts{cut->layer, cut->activations};
    if (scorer_.cases().cases.empty() || search_.cases.cases.empty() || search_.choosing.cases.empty())
      return;
    const std::vector<TriedEdit> tried = try_edits(result.cases);
    const FoundEdit* best = nullptr;
    for (const TriedEdit& each : tried) {
      if (each.edit.activations == 0) continue;
      add_row(each.edit, each.fraction, each.row, best != nullptr && same(each.edit, *best), result);
      best = &each.edit;
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

  EditRow score(const FoundEdit& edit) const {
    return scorer_.score({}, rule_of(edit, edit.stencil, scorer_.cases().targets()));
  }

  // Finds and scores the edits for edit.fractions, and those that narrow down the smallest sufficient
  // fraction.
  std::vector<TriedEdit> try_edits(const std::vector<CaseRow>& cases) const {
    const EditConfig& section = config_.section<EditConfig>();
    std::vector<double> fractions = section.fractions;
    std::sort(fractions.begin(), fractions.end());
    const auto allowed = allowed_activations(section, trained_.policy.network);
    std::vector<FoundEdit> candidates = candidate_edits(search_, family_, allowed);
    std::vector<TriedEdit> tried;
    for (size_t i = 0; i < allowed.size(); ++i) try_edit(candidates, allowed[i], fractions[i], cases, tried);
    if (!section.refines(experiment_)) return tried;
    std::optional<double> unedited;
    const int most = most_halvings(allowed);
    for (const double rate : kFractionRates)
      for (int halving = 0; halving < most; ++halving) {
        const std::optional<Bracket> bracket = bracket_of(tried, rate);
        if (!bracket || bracket->is_narrow()) break;
        if (!unedited) unedited = normalised_success(scorer_.score({}, nullptr), cases);
        if (*unedited >= rate) break;  // no edit is needed
        const int64_t middle = bracket->middle();
        if (family_ != kClampFamily)  // clamps do not depend on the allowance
          for (FoundEdit& more : candidate_edits(search_, family_, {middle}))
            candidates.push_back(std::move(more));
        try_edit(candidates, middle, static_cast<double>(middle) / activations_, cases, tried);
      }
    return tried;
  }

  // Inserts the best edit for an allowance into `tried`, which remains ascending.
  void try_edit(const std::vector<FoundEdit>& candidates, int64_t allowed, double fraction,
                const std::vector<CaseRow>& cases, std::vector<TriedEdit>& tried) const {
    TriedEdit made{allowed, fraction, best_edit(candidates, allowed), {}, 0};
    expect(static_cast<double>(made.edit.activations) <=
               config_.section<EditConfig>().largest_fraction * activations_ + 1e-6,
           "an edit that changes no more than it may");
    if (made.edit.activations > 0) {
      const auto known = std::find_if(tried.begin(), tried.end(),
                                      [&](const TriedEdit& each) { return same(each.edit, made.edit); });
      made.row = known == tried.end() ? score(made.edit) : known->row;
      made.success = normalised_success(made.row, cases);
    }
    const auto larger = std::find_if(tried.begin(), tried.end(),
                                     [&](const TriedEdit& each) { return each.fraction > fraction; });
    tried.insert(larger, std::move(made));
  }

  // Adds a scored edit and stores it. stored: the last row has the same edit.
  void add_row(const FoundEdit& edit, double fraction, EditRow row, bool stored,
               ExperimentResult& result) const {
    result.rows.push_back(std::move(row));
    result.rows.back().facts = row_facts(edit, fraction);
    if (!result.stored) result.stored.emplace();
    if (!stored) store_edit(search_.layers[edit.layer].map, edit.stencil, *result.stored);
    result.rows.back().facts.stored = static_cast<int64_t>(result.stored->edits.size()) - 1;
  }

  // Searches without a limit on the fraction, and with twice the steps and search levels for the largest one.
  void add_search_controls(ExperimentResult& result) const {
    const auto add = [&](const EditSearch& search, double fraction, const char* name) {
      const auto allowed = static_cast<int64_t>(fraction * activations_ + 1e-9);
      const FoundEdit edit = best_edit(candidate_edits(search, family_, {allowed}), allowed);
      if (edit.activations == 0) return;
      add_row(edit, fraction, score(edit), false, result);
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
    const rollout::TargetMap& map = search_.layers[edit.layer].map;
    EditFacts facts = edit.what;
    facts.kind = kEditKind;
    facts.name = fmt::format("{} {:g}", family_, fraction);
    facts.tap = map.tap();
    facts.fraction = fraction;
    facts.activations = edit.activations;
    facts.largest_share = static_cast<double>(edit.activations) / activations_;
    facts.share_of_layer = static_cast<double>(edit.activations) /
                           static_cast<double>(map.channels() * map.height() * map.width());
    facts.cut = std::any_of(cuts_.begin(), cuts_.end(),
                            [&](const policy::Cut& cut) { return cut.layer == map.tap(); });
    facts.change = change_facts(search_, edit);
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
  const std::vector<policy::Cut> cuts_;
  const double activations_;  // of the network
};

}  // namespace

void fill_family(const jobs::RunConfig& config, const policies::TrainedPolicy& trained, int size,
                 ExperimentResult& result) {
  FamilyUnit(config, trained, size, result.experiment, result.family).fill(result);
}

}  // namespace mazescan::edit
