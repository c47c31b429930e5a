#pragma once
#include <string>
#include <vector>

#include "evaluator/analyses/edit/aligned.h"
#include "evaluator/analyses/edit/config.h"
#include "evaluator/analyses/edit/find_channels.h"
#include "evaluator/jobs/run_config.h"
#include "evaluator/policies/trained_policy.h"

namespace mazescan::edit {

// One layer that may be edited, and its statistics on the search levels.
struct EditedLayer {
  rollout::TargetMap map;
  std::vector<rollout::MapCell> targets;   // the target of each search case
  std::vector<rollout::MapCell> choosing;  // the target of each choosing case
  AlignedActivations activations;          // around the experiment's targets
  std::vector<ChannelScore> channels;      // the best first, over targets on every cell
};

// The data on which edits are learned and chosen. It shares no level with the data on which they are scored.
struct EditSearch {
  EditSearch(const jobs::RunConfig& config, const policies::TrainedPolicy& trained, int size,
             const std::string& experiment);

  const EditConfig& config;
  const policies::TrainedPolicy& trained;
  const rollout::NetworkAgent agent;  // without an edit
  const uint64_t seed;
  const EditCases cases;     // to learn from
  const EditCases choosing;  // to compare on
  std::vector<EditedLayer> layers;
};

// An edit that was found.
struct FoundEdit {
  size_t layer = 0;
  rollout::Stencil stencil;
  int64_t activations = 0;  // largest number that the edit changes
  EditFacts what;           // text, channels, magnitude, elsewhere
  double choosing = 0;      // mean log probability of the moves along the paths on choosing levels
};

// Returns the number of activations that an edit may change, for each of config.fractions.
std::vector<int64_t> allowed_activations(const EditConfig& config, const policy::Network& network);

// Returns the measure by which edits are chosen (FoundEdit::choosing).
double choosing_score(const EditSearch& search, const FoundEdit& edit);

}  // namespace mazescan::edit
