#pragma once
#include <fmt/format.h>

#include <string>
#include <utility>
#include <vector>

#include "datasets/results.h"
#include "evaluator/analyses/edit/schema.h"
#include "evaluator/questions/edit_results.h"
#include "tests/evaluator/planted_scan.h"

// Made-up results of edits, whose success rates the tests choose.
namespace mazescan::questions {

constexpr int kLevels = 100, kClock = 40;  // levels of each size; steps of every walk to the cheese
constexpr int kActivations = 1000;         // activations of the network

// Describes a made-up edit: its number of activations, its score on the levels for choosing, and its success
// rate in per cent of the levels.
struct MadeUp {
  int activations = 0;
  double choosing = 0;
  int percent = 0;
  int steps = 10;   // steps of the walks that arrive
  int greedy = -1;  // as percent, of the greedy mouse; negative: the same
};
constexpr int kDistance = 9;  // of every target

// Adds a row; its successes are in the first levels.
inline void add_row(edit::ExperimentResult& result, const edit::EditFacts& facts, const MadeUp& made) {
  edit::EditRow row;
  row.facts = facts;
  const auto levels = static_cast<int>(result.levels.size());
  const auto add = [&](datasets::WalkEnds& walks, int percent) {
    for (int c = 0; c < levels; ++c) {
      walks.reached.push_back(100 * c < percent * levels ? 1 : 0);
      walks.steps.push_back(walks.reached.back() != 0 ? made.steps : 500);
    }
  };
  add(row.sampled, made.percent);
  add(row.greedy, made.greedy < 0 ? made.percent : made.greedy);
  row.log.assign(static_cast<size_t>(levels), -1);
  result.rows.push_back(std::move(row));
}

// Returns an experiment with one target per level, off the path to the top-right corner. random: the chance
// of the random mouse.
inline edit::ExperimentResult experiment(int size, const std::string& name, const std::string& family,
                                         int levels, double random = 0, int distance = kDistance) {
  edit::ExperimentResult result;
  result.experiment = name;
  result.family = family;
  result.activations_of_network = kActivations;
  for (int l = 0; l < levels; ++l) {
    result.levels.emplace_back();
    result.levels.back().seed = l;
    result.levels.back().open.resize(static_cast<size_t>(size) * size);
    result.cases.push_back({l, envs::kStart, distance, 3, random});
  }
  return result;
}
inline datasets::ResultShard shard_of(int size, const edit::ExperimentResult& result) {
  return datasets::result_shard(
      datasets::kEdit, {size, edit::edit_subject(result.experiment, result.family), 0}, "key", result);
}

// Returns the controls of a size and experiment; without an edit, `percent` of the levels succeed.
inline datasets::ResultShard controls(int size, const std::string& name, int percent, int levels = kLevels) {
  edit::ExperimentResult result = experiment(size, name, edit::kControls, levels);
  edit::EditFacts facts;
  facts.kind = edit::kControlKind;
  facts.name = edit::kNoEdit;
  add_row(result, facts, {0, 0, percent});
  result.clock.emplace();
  for (int l = 0; l < levels; ++l) result.clock->walks.push_back({l, true, kClock});
  return shard_of(size, result);
}

inline datasets::ResultShard edits(int size, const std::string& name, const std::string& family,
                                   const std::vector<MadeUp>& made, int levels = kLevels, double random = 0) {
  edit::ExperimentResult result = experiment(size, name, family, levels, random);
  for (const MadeUp& each : made) {
    const double share = static_cast<double>(each.activations) / kActivations;
    edit::EditFacts facts;
    facts.kind = edit::kEditKind;
    facts.name = family;
    facts.text = fmt::format("{} of {}", family, each.activations);
    facts.fraction = facts.largest_share = share;
    facts.activations = each.activations;
    facts.share = edit::ShareFacts{0, share, share, share};
    facts.choosing = each.choosing;
    add_row(result, facts, each);
  }
  return shard_of(size, result);
}

// Answers a question from these shards; a policy that was trained in all sizes.
template <class... Trained>
findings::Answer answer(findings::Answer (*question)(const datasets::Results&, Trained...),
                        std::vector<datasets::ResultShard> shards) {
  datasets::Results results;
  results.shards = std::move(shards);
  if constexpr (sizeof...(Trained) == 0)
    return question(results);
  else
    return question(results, kTrained);
}

}  // namespace mazescan::questions
