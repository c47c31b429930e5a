#include "trainer/penalties.h"

#include <torch/types.h>
#include <torch/utils.h>

#include <cmath>

#include "statistics/lagrange_multiplier.h"

namespace mazescan::trainer {

namespace {

// The memory of activation_l1 is three numbers for each layer: the multiplier of its missing zeros, the moving average
// that it keeps, and the newest share of zeros.
struct LayerMemory {
  statistics::LagrangeMultiplier multiplier;
  double zeros = 0;
};
constexpr size_t kNumbers = 3;

LayerMemory layer_memory(const std::vector<double>& memory, size_t layer, double speed) {
  LayerMemory of_layer{{/*value=*/1, speed, /*least=*/1e-4, /*most=*/1e4}};
  if (memory.empty()) return of_layer;
  const double* numbers = &memory[kNumbers * layer];
  of_layer.multiplier.value = numbers[0];
  of_layer.multiplier.average = numbers[1];
  of_layer.zeros = numbers[2];
  return of_layer;
}

torch::Tensor shares_of_zeros(const ForwardPass& pass, const std::vector<std::string>& layers) {
  std::vector<torch::Tensor> shares;
  for (const std::string& layer : layers)
    shares.push_back((pass.tap(layer) == 0).flatten(1).to(torch::kFloat64).mean(1).sum());
  return torch::stack(shares);
}

}  // namespace

LossTerm activation_l1(const ActivationPenaltyConfig& config) {
  LossTerm term;
  term.name = "activation_l1";
  term.help = "mean absolute output of the layers of train.penalties.activations";
  term.taps = {config.layers.begin(), config.layers.end()};
  term.of_samples = [config](const ForwardPass& pass, const std::vector<double>& memory) {
    torch::Tensor sum;
    for (size_t i = 0; i < config.layers.size(); ++i) {
      torch::Tensor mean = pass.tap(config.layers[i]).flatten(1).abs().mean(1);
      if (config.zeros > 0) mean = layer_memory(memory, i, config.rate).multiplier.value * mean;
      sum = sum.defined() ? sum + mean : mean;
    }
    return sum;
  };
  term.observe = [config](const ForwardPass& pass) { return shares_of_zeros(pass, config.layers); };
  term.remember = [config](std::vector<double>& memory, const std::vector<double>& sums, double samples) {
    std::vector<double> next;
    for (size_t i = 0; i < config.layers.size(); ++i) {
      LayerMemory layer = layer_memory(memory, i, config.rate);
      layer.zeros = sums[i] / samples;
      const double missing = config.zeros - layer.zeros;
      if (config.zeros > 0) layer.multiplier.update(missing);
      next.insert(next.end(),
                  {layer.multiplier.value, layer.multiplier.average.value_or(missing), layer.zeros});
    }
    memory = next;
  };
  term.describe = [config](const std::vector<double>& memory) {
    std::map<std::string, double> numbers;
    for (size_t i = 0; i < config.layers.size(); ++i) {
      const LayerMemory layer = layer_memory(memory, i, config.rate);
      numbers["zeros/" + config.layers[i]] = layer.zeros;
      if (config.zeros > 0) numbers["multiplier/" + config.layers[i]] = layer.multiplier.value;
    }
    return numbers;
  };
  return term;
}

LossTerm weight_l2() {
  LossTerm term;
  term.name = "weight_l2";
  term.help = "half the squared norm of all parameters";
  term.of_parameters = [](const torch::Tensor& parameters) { return 0.5 * parameters.square().sum(); };
  return term;
}

}  // namespace mazescan::trainer
