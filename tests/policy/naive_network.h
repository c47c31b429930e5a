#pragma once
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "policy/network.h"

namespace mazescan {

// Computes the network in plain loops over doubles, for one observation: the reference for forward passes,
// taps and gradients.
class NaiveNetwork {
 public:
  using Values = std::vector<double>;
  using Edit = std::function<void(const std::string& tap, Values& values)>;

  explicit NaiveNetwork(const policy::Network& network);  // copies the weights

  struct Output {
    Values logits;
    double value = 0;
    std::map<std::string, Values> taps;  // after `edit`
  };
  // Evaluates one observation, in C, H, W order.
  Output forward(const Values& observation, const Edit& edit = nullptr) const;

  std::map<std::string, Values> weights;  // by parameter name; tests may change them

 private:
  policy::NetworkConfig config_;
  policy::NetworkInterface interface_;
};

}  // namespace mazescan
