#pragma once
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "policy/network.h"

namespace mazescan {

// The network once more in plain loops over doubles, for one observation: what forward, taps and gradients
// are compared with.
class NaiveNetwork {
 public:
  using Values = std::vector<double>;
  using Edit = std::function<void(const std::string& tap, Values& values)>;

  explicit NaiveNetwork(const policy::Network& network);  // takes a copy of its weights

  struct Output {
    Values logits;
    double value = 0;
    std::map<std::string, Values> taps;  // as they were after `edit`
  };
  // observation: C, H, W in order.
  Output forward(const Values& observation, const Edit& edit = nullptr) const;

  std::map<std::string, Values> weights;  // by parameter name, free to change

 private:
  policy::NetworkConfig config_;
  policy::NetworkInterface interface_;
};

}  // namespace mazescan
