#include "evaluator/collect/config.h"

#include "datasets/sections.h"

namespace mazescan::collect {

void CollectConfig::validate() const {
  jobs::check_grid(*this, {}, datasets::kCollectSection, "");
}

}  // namespace mazescan::collect
