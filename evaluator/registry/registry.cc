#include "evaluator/registry/registry.h"

#include "evaluator/analyses/certify/certify.h"
#include "evaluator/analyses/edit/edit.h"
#include "evaluator/analyses/probe/probe.h"
#include "evaluator/analyses/trigger/trigger.h"
#include "evaluator/record/record.h"
#include "evaluator/scan/scan.h"

namespace mazescan {

const std::vector<JobInfo>& jobs() {
  static const std::vector<JobInfo> all = {
      scan_job(), record_job(), probe_job(), edit_job(), trigger_job(), certify_job(),
  };
  return all;
}

RunConfig default_config() {
  std::vector<RunConfig::Section> sections;
  for (const JobInfo& job : jobs()) sections.push_back({job.kind.name, job.section_help, job.section});
  return RunConfig(std::move(sections));
}

RunConfig load_run_config(const std::string& path, const std::vector<std::string>& overrides) {
  RunConfig config = default_config();
  read_config(ConfigNode::from_file(path, overrides), config);
  config.source = {path, overrides};
  return config;
}

}  // namespace mazescan
