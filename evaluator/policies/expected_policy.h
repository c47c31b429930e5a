#pragma once
#include <filesystem>

#include "evaluator/jobs/run_config.h"
#include "evaluator/policies/trained_policy.h"

namespace mazescan::policies {

// The policy of `path` or, before its training, a stand-in: untrained, with network and environment of the
// configuration's own sections.
struct ExpectedPolicy {
  TrainedPolicy trained;
  bool exists = false;
};
ExpectedPolicy expected_policy(const std::filesystem::path& path, const jobs::RunConfig::Source& source);

}  // namespace mazescan::policies
