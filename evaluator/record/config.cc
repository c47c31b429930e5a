#include "evaluator/record/config.h"

#include "datasets/dataset_kind.h"

namespace mazescan::record {

void RecordConfig::validate() const {
  jobs::check_grid(*this, layers, datasets::kRecording.name, "layers");
  require(!layers.empty(), "'record.layers' is empty", "a dataset of activations needs at least one layer",
          "[embedder.fc]");
}

}  // namespace mazescan::record
