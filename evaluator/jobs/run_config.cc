#include "evaluator/jobs/run_config.h"

namespace mazescan::jobs {

void RunConfig::validate() const {
  require(!run.empty(), "'run' is empty", "outputs need a folder", "run: runs/<name>");
}

}  // namespace mazescan::jobs
