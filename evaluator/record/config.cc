#include "evaluator/record/config.h"

namespace mazescan {

void RecordConfig::validate() const {
  check_grid(*this, layers, "record", "layers");
  require(!layers.empty(), "'record.layers' is empty", "a dataset of activations needs at least one layer",
          "[embedder.fc]");
}

}  // namespace mazescan
