#pragma once
#include <string>
#include <utility>
#include <vector>

#include "evaluator/analyses/edit/cases.h"
#include "evaluator/analyses/edit/schema.h"
#include "evaluator/jobs/run_config.h"
#include "evaluator/policies/trained_policy.h"
#include "evaluator/rollout/walk.h"

namespace mazescan::edit {

// Scores edits and controls on the cases of an experiment. The policy must outlive it.
class EditScorer {
 public:
  EditScorer(const jobs::RunConfig& config, const policies::TrainedPolicy& trained, int size,
             std::string experiment);

  const EditCases& cases() const { return cases_; }
  const std::vector<envs::MazeState>& episodes() const { return episodes_; }  // one per case
  int limit() const { return limit_; }

  // Scores the edit on every case. rule: edits all cases; an empty rule: no edit.
  EditRow score(EditFacts facts, const rollout::EditRule& rule) const {
    return score(std::move(facts), rule, episodes_);
  }
  // Scores the edit from other first states, one per case.
  EditRow score(EditFacts facts, const rollout::EditRule& rule,
                const std::vector<envs::MazeState>& episodes) const;

 private:
  const policies::TrainedPolicy& trained_;
  const int size_;
  const std::string experiment_;
  const uint64_t seed_;
  const int limit_;
  const EditCases cases_;
  const std::vector<envs::MazeState> episodes_;
  const std::vector<envs::Cell> targets_;
};

// Fills in the result's levels and cases.
void store_cases(const EditCases& cases, const envs::EnvironmentConfig& environment,
                 ExperimentResult& result);

}  // namespace mazescan::edit
