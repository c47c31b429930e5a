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
  require(unique(sizes) && unique(layers), "'probe.sizes' or 'probe.layers' holds something twice",
          "it would be probed twice", "name each once");
}

}  // namespace mazescan::probe
