#include "evaluator/scan/config.h"

#include "datasets/dataset_kind.h"

namespace mazescan::scan {

void ScanConfig::validate() const {
  jobs::check_grid(*this, layers, datasets::kScan.name, "layers");
}

}  // namespace mazescan::scan
