#include "evaluator/analyses/certify/config.h"

#include <algorithm>

#include "evaluator/analyses/certify/layouts.h"

namespace mazescan::certify {

void CertifyConfig::validate() const {
  require(!sizes.empty(), "'certify.sizes' is empty", "at least one is needed", "[3, 5, 7]");
  for (const int size : sizes)
    require(has_all_layouts(size), lazy("'certify.sizes' holds {}", size),
            size > 7 && size % 2 == 1
                ? "every layout is evaluated, and size 9 already has 557,568,000 layouts"
                : "mazes have odd sides of at least 3",
            "3, 5 and 7; for larger sizes, the report gives a bound from the scan with placement uniform");
  std::vector<int> sorted = sizes;
  std::sort(sorted.begin(), sorted.end());
  require(std::adjacent_find(sorted.begin(), sorted.end()) == sorted.end(),
          "'certify.sizes' holds a size twice", "it would be stored twice", "name each once");
}

}  // namespace mazescan::certify
