#pragma once
#include <string>
#include <vector>

#include "core/config.h"

namespace mazescan::probe {

// Section `probe`: linear probes of a recording's layers.
struct ProbeConfig {
  std::string dataset, placement = "uniform";
  std::vector<int> sizes;
  std::vector<std::string> layers;
  std::vector<double> l2 = {0.1, 0.01, 0.001, 0.0001, 0.00001};
  int max_iterations = 200;
  std::vector<double> entmax;
  int interchanges = 200;
  int pairs = 400;
  int memory = 512;
  std::string device = "auto";

  template <class Visitor>
  void fields(Visitor& visit) {
    visit("dataset", dataset, "folder of a recording of the policy of `record`; empty: that of `record`",
          neutral);
    visit(
        "placement", placement,
        "the recorded placement that probes learn from: the goal must lie anywhere in it; maze_cues: apart");
    visit("sizes", sizes, "maze sizes; empty: all recorded sizes");
    visit("layers", layers, "taps that are probed; empty: all recorded taps");
    visit(
        "l2", l2,
        "penalties of a linear probe, descending: each times half the sum of its squared weights; validation "
        "selects one",
        each<double>(between(1e-9, 1e6)));
    visit("max_iterations", max_iterations, "maximum steps of LBFGS for each penalty", between(1, 100000));
    visit(
        "entmax", entmax,
        "alphas of further probes of the cheese, whose probabilities are alpha-entmax, so that most cells have "
        "exactly 0: 1.5, or 2 for sparsemax",
        each_or_empty<double>(between(1.01, 4)));
    visit("interchanges", interchanges,
          "pairs of states, with the cheese here and elsewhere, whose read-outs are exchanged; 0: none",
          between(0, 1e6));
    visit("pairs", pairs, "mirrored pairs of states of the contrast-consistent search; 0: none",
          between(0, 1e6));
    visit("memory", memory,
          "MiB of activations that a rank keeps; a larger layer is read from disk in every pass",
          between(0, 1e7), neutral);
    visit("device", device, "cpu, cuda, or auto: cuda where there is one", one_of({"auto", "cpu", "cuda"}),
          neutral);
  }

  // Throws UserError.
  void validate() const;
};

}  // namespace mazescan::probe
