#include "evaluator/analyses/probe/config.h"

#include <algorithm>

namespace mazescan::probe {

namespace {

template <class T>
bool unique(std::vector<T> values) {
  std::sort(values.begin(), values.end());
  return std::adjacent_find(values.begin(), values.end()) == values.end();
}

}  // namespace

void ProbeConfig::validate() const {
  require(unique(sizes) && unique(layers) && unique(entmax),
          "'probe.sizes', 'probe.layers' or 'probe.entmax' holds something twice", "it would be probed twice",
          "name each once");
  require(!l2.empty() && std::is_sorted(l2.rbegin(), l2.rend()) && unique(l2),
          "'probe.l2' is empty or not in descending order",
          "fits begin with the strongest penalty, and each begins with the solution of the one before",
          "such as [0.1, 0.01, 0.001]");
}

}  // namespace mazescan::probe
