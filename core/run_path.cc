#include "core/run_path.h"

#include "core/error.h"

namespace mazescan {

void require_run_path(const std::string& run) {
  require(!run.empty(), "'run' is empty", "the outputs need a folder", "run: runs/<name>");
  require(run.front() != '~' && run.find('$') == std::string::npos, lazy("'run' is {}", run),
          "paths are taken as they are: '~' and variables are not replaced",
          "the whole path; on a command line, --set \"run=$HOME/runs/a\"");
}

}  // namespace mazescan
