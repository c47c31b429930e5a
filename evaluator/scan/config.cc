#include "evaluator/scan/config.h"

namespace mazescan::scan {

void ScanConfig::validate() const {
  jobs::check_grid(*this, layers, "scan", "layers");
}

}  // namespace mazescan::scan
