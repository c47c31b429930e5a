#include "policy/formats/weights.h"

#include <fmt/format.h>

#include "core/error.h"

namespace mazescan::formats {
namespace {

// Converts to float32. Throws UserError if a value is too large for it.
torch::Tensor to_float32(const torch::Tensor& stored, const std::string& weight, const std::string& name) {
  const torch::Tensor values = stored.to(torch::kFloat32).contiguous();
  require(!(torch::isfinite(stored) & ~torch::isfinite(values)).any().item<bool>(),
          lazy("{}: weight '{}' holds values that are too large for float32", name, weight),
          "the network computes in float32, up to 3.4e38, and they would become infinite",
          "weights of a policy that was trained in float32");
  return values;
}

}  // namespace

void add_weight(PthFile& file, const std::string& weight, const torch::Tensor& stored,
                const std::string& name) {
  if (stored.scalar_type() != torch::kFloat32)
    file.converted.push_back(fmt::format("{} ({})", weight, c10::toString(stored.scalar_type())));
  file.weights[weight] = to_float32(stored, weight, name);
}

PthFile weights_of(const TensorFile& file, const std::string& name) {
  require(file.metadata.count("environment") == 0, lazy("{}: a policy file of mazescan", name),
          "it contains its environment and needs no import", "copy it to the run directory");
  require(!file.tensors.empty(), lazy("{}: no weights in it", name), "weights are tensors by name",
          "the state_dict of a policy");
  PthFile weights;
  std::map<std::string, torch::Tensor> tensors = file.tensors;
  weights.prefix = take_prefix(tensors);
  for (const auto& [weight, stored] : tensors) add_weight(weights, weight, stored, name);
  return weights;
}

}  // namespace mazescan::formats
