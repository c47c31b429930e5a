#include "evaluator/jobs/run_config.h"

namespace mazescan {

void RunConfig::validate() const {
  require(!run.empty(), "'run' is empty", "outputs need a folder", "run: runs/<name>");
}

}  // namespace mazescan
