#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "core/config.h"
#include "core/sections.h"
#include "envs/placement.h"
#include "evaluator/certify/config.h"
#include "evaluator/edit/config.h"
#include "evaluator/policy_choice.h"
#include "evaluator/probe/config.h"
#include "evaluator/trigger/config.h"

namespace mazescan {

// Which mazes a job looks at: sizes x placements of the cheese x blocks of levels.
struct LevelGrid {
  std::vector<int> sizes = {3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 25};
  std::vector<std::string> placements = {
      "top_right",   "top_left", "top_left_corner", "bottom_right", "bottom_right_corner",
      "bottom_left", "centre",   "uniform",         "off_region"};
  int levels = 1000, block = 250;
  int64_t first_level = 1'000'000'000;
  int limit = 0;

  template <class Visitor>
  void fields(Visitor& visit) {
    visit("sizes", sizes, "maze sizes", each<int>(between(3, 101)));
    visit("placements", placements, "where the cheese lies");
    visit("levels", levels, "levels of each size, the same for every placement", between(1, 1e9));
    visit("block", block, "levels of a work unit, which becomes one shard", between(1, 100000));
    visit("first_level", first_level, "level seed of the first; the others follow", between(0, 2147483647.0));
    visit("limit", limit, "steps after which a rollout ends; 0: as the policy was trained", between(0, 1e6));
  }
};

// Section `scan`: outcomes, and activations at two moments.
struct ScanConfig : LevelGrid, PolicyChoice {
  std::vector<std::string> layers = {"embedder.fc"};
  std::string precision = "float16", compression = "gzip";
  int vector_fields = 1;

  template <class Visitor>
  void fields(Visitor& visit) {
    PolicyChoice::which(visit);
    LevelGrid::fields(visit);
    visit("layers", layers, "taps whose outputs are stored, at the first and at the decision step");
    visit("precision", precision, "of stored activations: float16 or float32",
          one_of({"float16", "float32"}));
    visit("compression", compression, "of shards: gzip or none", one_of({"gzip", "none"}), neutral);
    visit("vector_fields", vector_fields, "levels of a unit whose policy is stored on every cell",
          between(0, 100000));
    PolicyChoice::how(visit);
  }
};

// Section `record`: activations as a dataset that people share.
struct RecordConfig : LevelGrid, PolicyChoice {
  RecordConfig() {
    sizes = {3, 5, 7, 9};
    placements = {"uniform"};
  }
  std::string folder;
  std::string cells = "along_rollout";
  int states = 0;
  std::vector<std::string> taps = {"embedder.fc"};
  std::string precision = "float16", compression = "gzip";

  template <class Visitor>
  void fields(Visitor& visit) {
    PolicyChoice::which(visit);
    visit("folder", folder, "of the dataset; empty: record/ of the run directory", neutral);
    LevelGrid::fields(visit);
    visit("cells", cells,
          "samples of a level: initial (the reset state), decision_step (the first step on the decision "
          "square), every_cell (the mouse on every free cell) or along_rollout (every step of a rollout)",
          one_of({"initial", "decision_step", "every_cell", "along_rollout"}));
    visit(
        "states", states,
        "of every_cell and along_rollout: at most so many samples of a level, drawn at random, each with the "
        "mouse on another cell; 0: all",
        between(0, 1000000));
    visit("taps", taps, "layers whose outputs are stored");
    visit("precision", precision, "of stored activations: float16 or float32",
          one_of({"float16", "float32"}));
    visit("compression", compression, "of shards: gzip or none", one_of({"gzip", "none"}), neutral);
    PolicyChoice::how(visit);
  }
};

// What mazescan-evaluator reads of a configuration file.
struct EvaluatorConfig {
  std::string run = "runs/unnamed";
  int64_t seed = 1;
  ScanConfig scan;
  RecordConfig record;
  ProbeConfig probe;
  EditConfig edit;
  TriggerConfig trigger;
  CertifyConfig certify;

  template <class Visitor>
  void fields(Visitor& visit) {
    visit("run", run, "run directory: its policy is scanned, scan/ and report/ are written there", neutral);
    visit("seed", seed, "of placements and sampled rollouts", between(0, 2147483647.0));
    visit("scan", scan, "sizes x placements");
    visit("record", record, "activations as a dataset");
    visit("probe", probe, "what can be read off recorded activations");
    visit("edit", edit, "edits of activations that shall send the mouse to a target");
    visit("trigger", trigger, "what switches the mouse from the corner to the cheese");
    visit("certify", certify, "the smallest mazes, all of them, exactly");
    visit.foreign(kSections);
  }

  // Throws UserError on even sizes, unknown placements, and the like.
  void validate() const;
};

}  // namespace mazescan
