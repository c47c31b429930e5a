#include "evaluator/config.h"

#include "evaluator/analyses/certify/config.h"
#include "evaluator/analyses/edit/config.h"
#include "evaluator/analyses/probe/config.h"
#include "evaluator/analyses/trigger/config.h"
#include "evaluator/record/config.h"
#include "evaluator/scan/config.h"

namespace mazescan {

RunConfig default_config() {
  return RunConfig({
      {"scan", "sizes x placements", AnySection::of<ScanConfig>()},
      {"record", "activations as a dataset", AnySection::of<RecordConfig>()},
      {"probe", "what can be read off recorded activations", AnySection::of<ProbeConfig>()},
      {"edit", "edits of activations that shall send the mouse to a target", AnySection::of<EditConfig>()},
      {"trigger", "what switches the mouse from the corner to the cheese", AnySection::of<TriggerConfig>()},
      {"certify", "the smallest mazes, all of them, exactly", AnySection::of<CertifyConfig>()},
  });
}

RunConfig load_run_config(const std::string& path, const std::vector<std::string>& overrides) {
  RunConfig config = default_config();
  read_config(ConfigNode::from_file(path, overrides), config);
  config.source = {path, overrides};
  return config;
}

}  // namespace mazescan
