#include "evaluator/jobs/run_config.h"

#include "core/run_path.h"

namespace mazescan::jobs {

void RunConfig::validate() const {
  require_run_path(run);
}

}  // namespace mazescan::jobs
