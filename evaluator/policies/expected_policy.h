#pragma once
#include <filesystem>

#include "evaluator/jobs/run_config.h"
#include "evaluator/policies/trained_policy.h"

namespace mazescan::policies {

// The policy in `path` or, if it is not trained yet, an untrained placeholder with the network and
// environment of the configuration.
struct ExpectedPolicy {
  TrainedPolicy trained;
  bool exists = false;
};
ExpectedPolicy expected_policy(const std::filesystem::path& path, const jobs::RunConfig::Source& source);
// The same for the dry run of a job. Opens what the job will open to draw its observations, such as files of
// pictures. Throws UserError if they cannot be opened.
ExpectedPolicy dry_run_policy(const std::filesystem::path& path, const jobs::RunConfig::Source& source);

}  // namespace mazescan::policies
