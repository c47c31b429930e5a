#pragma once
#include <torch/types.h>

#include <string>
#include <vector>

namespace mazescan::edit {

// How the gates of a learned mask are distributed. Scores determine the distribution and are learned.
struct GateKind {
  const char* name;
  // Returns the scores of gates [...] of this openness: the logit with which a gate is rather open than shut.
  // Shapes: openness [...]; scores may have an axis before these.
  torch::Tensor (*scores)(const torch::Tensor& openness);
  torch::Tensor (*is_open)(const torch::Tensor& scores);  // P(gate > 0) [...]
  torch::Tensor (*order)(const torch::Tensor& scores);  // the gates with the highest numbers stay open [...]
  // Returns gates [...] in [0, 1] for u, uniform in (0, 1).
  torch::Tensor (*sample)(const torch::Tensor& scores, const torch::Tensor& u);
};

// Returns the kinds: hard_concrete and hard_kuma.
const std::vector<GateKind>& gate_kinds();
std::vector<std::string> gate_names();
const GateKind& gate_kind(const std::string& name);

}  // namespace mazescan::edit
