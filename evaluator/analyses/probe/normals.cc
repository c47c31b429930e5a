#include "evaluator/analyses/probe/normals.h"

#include <torch/types.h>

#include <cmath>

namespace mazescan::probe {

torch::Tensor normals(int64_t rows, int64_t columns, RandomStream& random) {
  torch::Tensor values = torch::empty({rows, columns}, torch::kFloat64);
  auto* out = values.data_ptr<double>();
  for (int64_t i = 0; i < rows * columns; i += 2) {
    const double radius = std::sqrt(-2 * std::log(1 - static_cast<double>(random.uniform())));
    const double angle = 2 * M_PI * static_cast<double>(random.uniform());
    out[i] = radius * std::cos(angle);
    if (i + 1 < rows * columns) out[i + 1] = radius * std::sin(angle);
  }
  return values;
}

}  // namespace mazescan::probe
