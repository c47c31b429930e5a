#include "evaluator/record/config.h"

#include "datasets/activation_tap.h"
#include "datasets/dataset_kind.h"

namespace mazescan::record {

void RecordConfig::validate() const {
  jobs::check_grid(*this, layers, datasets::kRecording.name, "layers");
  require(!layers.empty(), "'record.layers' is empty", "a dataset of activations needs at least one layer",
          "[embedder.fc]");
  require(compression != "seg" || datasets::quantised_bits(datasets::storage_type(storage_dtype)) != 0,
          lazy("'record.compression' is seg, and 'record.storage_dtype' is {}", storage_dtype),
          "seg stores small integers, not floats", "storage_dtype: uint8 or uint16, or compression: gzip");
}

}  // namespace mazescan::record
