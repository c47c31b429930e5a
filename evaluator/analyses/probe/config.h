#pragma once
#include <string>
#include <vector>

#include "core/config.h"

namespace mazescan::probe {

// Section `probe`: linear probes of a recording's layers.
struct ProbeConfig {
  std::string dataset;
  std::vector<int> sizes;
  std::vector<std::string> layers;
  int epochs = 30;
  double l2 = 3e-3;
  int pairs = 400;
  int memory = 512;
  std::string device = "auto";

  template <class Visitor>
  void fields(Visitor& visit) {
    visit("dataset", dataset,
          "folder of a recording with placement uniform, of the policy of `record`; empty: that of `record`",
          neutral);
    visit("sizes", sizes, "maze sizes; empty: all recorded sizes");
    visit("layers", layers, "taps that are probed; empty: all recorded taps");
    visit("epochs", epochs, "passes over the samples when a linear probe is fitted", between(1, 10000));
    visit("l2", l2, "penalty of a linear probe: this times half the sum of its squared weights",
          between(0, 1e6));
    visit("pairs", pairs, "mirrored pairs of states of the contrast-consistent search; 0: none",
          between(0, 1e6));
    visit("memory", memory,
          "MiB of activations that a rank keeps; a larger layer is read from disk in every epoch",
          between(0, 1e7), neutral);
    visit("device", device, "cpu, cuda, or auto: cuda where there is one", one_of({"auto", "cpu", "cuda"}),
          neutral);
  }

  // Throws UserError.
  void validate() const;
};

}  // namespace mazescan::probe
