#pragma once
#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "evaluator/questions/summary.h"
#include "statistics/scaling_fit.h"

namespace mazescan::report {

// Which parameters are the size of a network. Those of the fully connected layer behind the maps grow with the world,
// those of the convolutions do not.
enum class CountedParameters { all, convolutions };
inline std::vector<std::string> config_names(CountedParameters) {
  return {"all", "convolutions"};
}

// A training of one network.
struct ScaledRun {
  std::string name;                         // unique
  nlohmann::json policy;                    // its description (policies::describe)
  int64_t parameters = 0;                   // of the network, all
  int64_t convolution_parameters = 0;       // of its convolutions
  std::vector<nlohmann::json> metrics;      // lines of metrics.jsonl
  std::vector<questions::SummaryRow> rows;  // of its scan; may be empty
};

// The trainings of one network. Their order in both lists is the same.
struct ScaledSize {
  std::vector<const ScaledRun*> runs;  // not empty
  statistics::SizeCurves curves;
};

// Groups runs by the parameters of their networks, small ones first, and makes their learning curves. Throws UserError if
// there are fewer than three sizes, a policy is given twice, the runs differ in more than the seed, the widths of the network
// and the learning rate, a run has no metrics, or success hardly changes.
std::vector<ScaledSize> scaled_sizes(const std::vector<ScaledRun>& runs, CountedParameters counted);

}  // namespace mazescan::report
