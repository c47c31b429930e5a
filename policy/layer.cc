#include "policy/layer.h"

#include <functional>
#include <numeric>

#include "core/error.h"

namespace mazescan::policy {

int64_t element_count(const Shape& shape) {
  return std::accumulate(shape.begin(), shape.end(), int64_t{1}, std::multiplies<>());
}

double Operation::multiply_adds(const LayerSpec& layer) const {
  int64_t weights = 0, cells = 1;
  for (const TensorSpec& parameter : layer.parameters)
    if (parameter.shape.size() > 1) weights += element_count(parameter.shape);
  for (size_t axis = 1; axis < layer.shape.size(); ++axis) cells *= layer.shape[axis];
  return static_cast<double>(weights) * static_cast<double>(cells);
}

torch::Tensor Operation::sum_for_state(const torch::Tensor& /*output*/) const {
  throw InternalError("an operation with state sums what its update needs");
}

void Operation::update_state(torch::Tensor& /*state*/, const torch::Tensor& /*sums*/,
                             int64_t /*samples*/) const {
  throw InternalError("an operation with state updates it");
}

}  // namespace mazescan::policy
