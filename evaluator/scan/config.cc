#include "evaluator/scan/config.h"

namespace mazescan {

void ScanConfig::validate() const {
  check_grid(*this, layers, "scan", "layers");
}

}  // namespace mazescan
