#include "evaluator/registry/registry.h"

#include "evaluator/analyses/certify/certify.h"
#include "evaluator/analyses/edit/edit.h"
#include "evaluator/analyses/probe/probe.h"
#include "evaluator/analyses/rationale/rationale.h"
#include "evaluator/analyses/sparsity/sparsity.h"
#include "evaluator/analyses/trigger/trigger.h"
#include "evaluator/collect/config.h"
#include "evaluator/record/record.h"
#include "evaluator/scan/scan.h"

namespace mazescan::registry {

const std::vector<jobs::JobInfo>& jobs() {
  static const std::vector<jobs::JobInfo> all = {
      scan::scan_job(),       record::record_job(),   probe::probe_job(),       edit::edit_job(),
      trigger::trigger_job(), certify::certify_job(), sparsity::sparsity_job(), rationale::rationale_job(),
  };
  return all;
}

jobs::RunConfig default_config() {
  std::vector<jobs::RunConfig::Section> sections;
  for (const jobs::JobInfo& job : jobs()) sections.push_back({job.kind.name, job.section_help, job.section});
  sections.push_back({datasets::kCollectSection, "episodes of the run's checkpoints, to train offline on",
                      AnySection::of(collect::CollectConfig())});
  return jobs::RunConfig(std::move(sections));
}

jobs::RunConfig load_run_config(const std::string& path, const std::vector<std::string>& overrides) {
  jobs::RunConfig config = default_config();
  read_config(ConfigNode::from_file(path, overrides), config);
  config.source = {path, overrides};
  return config;
}

}  // namespace mazescan::registry
