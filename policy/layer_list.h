#pragma once
#include <cstdint>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "policy/layer.h"
#include "policy/network_config.h"

namespace mazescan::policy {

// Gains for the orthogonal initialisation.
inline constexpr double kHiddenGain = 1.4142135623730951;  // sqrt 2
inline constexpr double kSecondConvGain = 0.5;             // for the second convolution of a residual block
inline constexpr double kPolicyGain = 0.01, kValueGain = 1;

// Returns a layer without parameters and options.
LayerSpec make_layer(const std::string& name, const std::string& kind, std::vector<int> inputs, Shape shape,
                     std::shared_ptr<const Operation> operation);

// Builds the layers of a network in forward order. Each function appends a layer and returns its index;
// inputs are indices of earlier layers, or LayerSpec::kObservation.
class LayerList {
 public:
  // config: returned by NetworkConfig::completed. max_parameters: see append.
  LayerList(const NetworkConfig& config, const NetworkInterface& interface, int64_t max_parameters);

  int conv(const std::string& name, int input, int64_t channels, double gain);  // 3x3, padding 1
  int maxpool(const std::string& name, int input);                              // 3x3, stride 2, padding 1
  int activation(const std::string& name, int input);                           // the configuration's
  int add(const std::string& name, int first, int second);
  int flatten(const std::string& name, int input);  // in C, H, W order
  int linear(const std::string& name, int input, int64_t width, double gain);
  // Appends a layer of any kind, with the state that its operation needs.
  // Throws UserError if the parameters and states of all layers exceed max_parameters.
  int append(LayerSpec layer);

  // Returns the shape of a layer's output for one observation.
  const Shape& shape(int layer) const;
  std::vector<LayerSpec> take() { return std::move(layers_); }

 private:
  void count(int64_t parameters, const std::string& layer);

  const Shape observation_;
  const int64_t max_parameters_;
  int64_t parameters_ = 0;
  std::set<std::string> names_;
  const std::string activation_kind_;
  const Options activation_options_;
  const std::shared_ptr<const Operation> activation_;
  std::vector<LayerSpec> layers_;
};

}  // namespace mazescan::policy
