#pragma once
#include <string>
#include <vector>

#include "datasets/dataset_kind.h"

namespace mazescan::datasets {

// The section of `mazescan-evaluator collect`, which makes no dataset of shards.
inline constexpr const char* kCollectSection = "collect";

// Returns every top-level key of a configuration file. A program reads its own keys and allows the others, so
// that one file describes a whole experiment.
inline std::vector<std::string> all_sections() {
  std::vector<std::string> names = {"run", "seed", "ranks", "environment", "network", "train"};
  for (const DatasetKind& kind : kDatasetKinds) names.emplace_back(kind.name);
  names.emplace_back(kCollectSection);
  return names;
}

}  // namespace mazescan::datasets
