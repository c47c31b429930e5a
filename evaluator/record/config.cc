#include "evaluator/record/config.h"

namespace mazescan {

void RecordConfig::validate() const {
  check_grid(*this, taps, "record", "taps");
  require(!taps.empty(), "'record.taps' is empty", "a dataset of activations needs at least one layer",
          "[embedder.fc]");
}

}  // namespace mazescan
