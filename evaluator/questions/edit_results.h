#pragma once
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
  size_t index = 0;  // of the unit's rows

  bool found() const { return unit != nullptr; }
  int size() const { return unit->unit.size; }
  const edit::EditRow& row() const { return unit->result.rows[index]; }
  std::string text() const { return row().facts.text.value_or(""); }
  double share() const { return row().facts.largest_share.value_or(0); }  // of the network's activations
  // The score on choosing levels, by which edits are compared.
  double choosing() const { return row().facts.choosing.value_or(0); }
};

// An editing job as its answers need it. Rows must not outlive it.
class EditScores {
 public:
  // Throws UserError if a shard lacks something.
  explicit EditScores(const datasets::Results& results);

  const std::vector<int>& sizes() const { return sizes_; }  // ascending
  // Edits of one size and experiment: all families, or one.
  std::vector<ScoredRow> edits(int size, const std::string& experiment, const std::string& family = "") const;
  // Of each fraction the one that was best on choosing levels, ascending; each edit once.
  std::vector<ScoredRow> best_of_fractions(int size, const std::string& experiment) const;
  // The one that was best on choosing levels, of those below the share; not found where there is none.
  ScoredRow best(int size, const std::string& experiment, double below_share,
                 const std::string& family = "") const;
  // A control by name: of the experiment, or ("random channels", "random place") of the family of `edit`.
  ScoredRow control(int size, const std::string& experiment, const std::string& name,
                    const ScoredRow& edit = {}) const;

  // Success at the target: within the limit, or within T, the mean steps of the walks to the cheese top_right
  // without an edit. Intervals resample level seeds, T with them. The bound is what it is compared with.
  findings::JudgedRate success(const ScoredRow& row, bool within_clock, double bound) const;
  // The same of some of the cases.
  findings::JudgedRate success(const ScoredRow& row, bool within_clock, double bound,
                               const std::vector<size_t>& cases) const;
  // The cases whose targets do not lie on the way to the top-right corner, where the mouse passes anyway.
  static std::vector<size_t> off_path_cases(const ScoredRow& row);
  double greedy_success(const ScoredRow& row) const;
  // The mean over cases of the geometric mean of the probabilities of the moves along the shortest path.
  findings::JudgedRate path_probability(const ScoredRow& row) const;
  double clock(int size, const std::string& experiment) const;  // T; NaN where no walk arrived

 private:
  findings::JudgedRate rate(const ScoredUnit& unit, const std::vector<size_t>& cases,
                            const std::vector<double>& value, const std::vector<int32_t>* steps,
                            double bound) const;
  const ScoredUnit* find(int size, const std::string& experiment, const std::string& family) const;

  std::map<std::string, ScoredUnit> units_;  // by file name
  std::vector<int> sizes_;
};

}  // namespace mazescan::questions
