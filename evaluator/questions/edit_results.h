#pragma once
#include <algorithm>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "datasets/results.h"
#include "evaluator/analyses/edit/schema.h"
#include "evaluator/findings/judged_rate.h"

namespace mazescan::questions {

// A finished unit of an experiment.
struct ScoredUnit {
  datasets::WorkUnit unit;
  edit::ExperimentResult result;
};

// One edit or control of a finished editing job, scored.
struct ScoredRow {
  const ScoredUnit* unit = nullptr;
  size_t index = 0;  // into the unit's rows

  bool found() const { return unit != nullptr; }
  int size() const { return unit->unit.size; }
  const edit::EditRow& row() const { return unit->result.rows[index]; }
  bool is(const ScoredRow& other) const { return unit == other.unit && index == other.index; }
  std::string text() const { return row().facts.text.value_or(""); }
  double share() const { return row().facts.largest_share.value_or(0); }  // edited / all activations
  // Returns the score on the levels on which edits are chosen.
  double choosing() const { return row().facts.choosing.value_or(0); }
};

// The edit for a fraction, and for those up to the next one.
struct FractionEdit {
  double fraction = 0;  // allowed share of the network's activations
  ScoredRow row;
};

// Returns the target of an experiment as text: "any cell", "top-left, the cheese there".
std::string target_name(const std::string& experiment);

// A rate of the sampled and of the greedy mouse, on the same cases. A claim about an edit must hold for both.
struct BothWalkers {
  findings::JudgedRate sampled, greedy;

  double value() const { return std::min(sampled.value, greedy.value); }
  double low() const { return std::min(sampled.low, greedy.low); }
  double high() const { return std::min(sampled.high, greedy.high); }
  std::string in_words() const;  // "sampled 31 % [28, 34], greedy 27 % [24, 30] of 120"
};

// Looks up and scores the rows of an editing job. ScoredRow objects must not outlive it.
class EditScores {
 public:
  // Throws UserError if a shard lacks a required field.
  explicit EditScores(const datasets::Results& results);

  const std::vector<int>& sizes() const { return sizes_; }  // ascending
  // Returns the edits of one size and experiment: of all families, or of one.
  std::vector<ScoredRow> edits(int size, const std::string& experiment, const std::string& family = "") const;
  // Returns for each fraction that some family tried, ascending, the edit with the best score on choosing
  // levels among those for this fraction or a smaller one.
  std::vector<FractionEdit> best_of_fractions(int size, const std::string& experiment) const;
  // Returns the edit with the best score on choosing levels among those below the share; found() is false if
  // there is none.
  ScoredRow best(int size, const std::string& experiment, double below_share,
                 const std::string& family = "") const;
  // Returns a control by name. "random channels" and "random place" belong to the family of `edit`,
  // the others to the experiment.
  ScoredRow control(int size, const std::string& experiment, const std::string& name,
                    const ScoredRow& edit = {}) const;

  // Returns the rows of a control of this name, of all families.
  std::vector<ScoredRow> controls(int size, const std::string& experiment, const std::string& name) const;
  // Returns the description of how much was searched; "" without an edit.
  std::string budget() const;

  // Returns the success rate of the sampled mouse: at the target within three times the shortest path, or
  // within T (the mean steps of unedited walks to a top_right cheese). The interval resamples level seeds,
  // and T with them. The rate is tested against `bound`.
  findings::JudgedRate success(const ScoredRow& row, bool within_clock, double bound) const;
  // As above, restricted to `cases` (indices).
  findings::JudgedRate success(const ScoredRow& row, bool within_clock, double bound,
                               const std::vector<size_t>& cases) const;
  // Returns success within three times the shortest path at targets off the path to the top-right corner; of
  // each walker, and the chance of the random mouse on the same cases.
  BothWalkers off_path_success(const ScoredRow& row) const;
  findings::JudgedRate random_mouse(const ScoredRow& row) const;
  // Returns the same success s as (s - r) / (1 - r), where r is the success of the random mouse: 0 for an
  // edit that is no better, 1 for one that always succeeds. The rates are tested against `bound`.
  BothWalkers normalised_success(const ScoredRow& row, double bound) const;
  // Returns the cases whose targets are off the path to the top-right corner; the unedited mouse passes the
  // cells of this path.
  static std::vector<size_t> off_path_cases(const ScoredRow& row);
  // Returns the mean over cases of the geometric mean of the probabilities of the
  // moves along the shortest path.
  findings::JudgedRate path_probability(const ScoredRow& row) const;
  double clock(int size, const std::string& experiment) const;  // T; NaN if no walk arrived

 private:
  findings::JudgedRate rate(const ScoredUnit& unit, const std::vector<size_t>& cases,
                            const std::vector<double>& value, const std::vector<int32_t>* steps,
                            double bound) const;
  // Tests (s - r) / (1 - r), where s are means of `reached` over the cases.
  findings::JudgedRate normalised(const ScoredUnit& unit, const std::vector<size_t>& cases,
                                  const std::vector<uint8_t>& reached, double bound) const;
  const ScoredUnit* find(int size, const std::string& experiment, const std::string& family) const;

  std::map<std::string, ScoredUnit> units_;  // by file name
  std::vector<int> sizes_;
};

}  // namespace mazescan::questions
