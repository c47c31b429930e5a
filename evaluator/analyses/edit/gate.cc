#include "evaluator/analyses/edit/gate.h"

#include <algorithm>
#include <cmath>

#include "core/error.h"
#include "evaluator/analyses/hard_kuma.h"

namespace mazescan::edit {

namespace {

// The hard concrete distribution's temperature and stretch, as in the paper (Louizos et al., 2018).
constexpr double kTemperature = 2.0 / 3, kBelow = -0.1, kAbove = 1.1;

torch::Tensor concrete_is_open(const torch::Tensor& scores) {
  return torch::sigmoid(scores - kTemperature * std::log(-kBelow / kAbove));
}

torch::Tensor concrete_sample(const torch::Tensor& scores, const torch::Tensor& u) {
  const torch::Tensor noise = u.log() - (1 - u).log();
  const torch::Tensor soft = torch::sigmoid((noise + scores) / kTemperature);
  return (soft * (kAbove - kBelow) + kBelow).clamp(0, 1);
}

analyses::HardKuma kuma(const torch::Tensor& scores) {
  return analyses::HardKuma::of_scores(scores[0], scores[1]);
}

}  // namespace

const std::vector<GateKind>& gate_kinds() {
  static const std::vector<GateKind> kinds = {
      {"hard_concrete", [](const torch::Tensor& openness) { return openness; }, concrete_is_open,
       [](const torch::Tensor& scores) { return torch::sigmoid(scores); }, concrete_sample},
      {"hard_kuma",
       [](const torch::Tensor& openness) {
         return torch::stack({openness, -openness});
       },
       [](const torch::Tensor& scores) { return kuma(scores).is_open(); },
       [](const torch::Tensor& scores) { return kuma(scores).is_open(); },
       [](const torch::Tensor& scores, const torch::Tensor& u) { return kuma(scores).sample(u); }},
  };
  return kinds;
}

std::vector<std::string> gate_names() {
  std::vector<std::string> names;
  for (const GateKind& kind : gate_kinds()) names.emplace_back(kind.name);
  return names;
}

const GateKind& gate_kind(const std::string& name) {
  const auto found = std::find_if(gate_kinds().begin(), gate_kinds().end(),
                                  [&](const GateKind& kind) { return name == kind.name; });
  expect(found != gate_kinds().end(), "a gate of the configuration");
  return *found;
}

}  // namespace mazescan::edit
