#include "policy/max_pooling.h"

#include <torch/autograd.h>
#include <torch/types.h>

#include "policy/kernels/kernels.h"
#include "policy/map_layout.h"

namespace mazescan::policy {

namespace {

using torch::Tensor;

Tensor libtorch_max_pool(const Tensor& input) {
  return torch::max_pool2d(input, /*kernel_size=*/3, /*stride=*/2, /*padding=*/1);
}

kernels::Pooling sizes_of(const Tensor& input) {
  return {input.size(2), input.size(3), input.size(1)};
}

Tensor run(const Tensor& input) {
  const Tensor maps = as_maps(input);
  const kernels::Pooling sizes = sizes_of(maps);
  Tensor output = empty_maps(maps, sizes.channels, sizes.pooled_height(), sizes.pooled_width());
  kernels::best_kernels()->max_pool(sizes, maps.size(0), maps.data_ptr<float>(), output.data_ptr<float>());
  return output;
}

class MaxPooling : public torch::autograd::Function<MaxPooling> {
 public:
  static Tensor forward(torch::autograd::AutogradContext* context, const Tensor& input) {
    Tensor output = run(input);
    context->save_for_backward({input, output});
    return output;
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                 const torch::autograd::variable_list& gradients) {
    const auto saved = context->get_saved_variables();
    if (torch::GradMode::is_enabled())  // gradients of this gradient are wanted
      return differentiable_gradients(libtorch_max_pool(saved[0]), {saved[0]}, gradients);
    const Tensor maps = as_maps(saved[0]), slopes = as_maps(gradients[0]);
    Tensor result = torch::zeros_like(maps);
    kernels::best_kernels()->add_max_pool_gradient(sizes_of(maps), maps.size(0), maps.data_ptr<float>(),
                                                   saved[1].data_ptr<float>(), slopes.data_ptr<float>(),
                                                   result.data_ptr<float>());
    return {result};
  }
};

}  // namespace

Tensor max_pool(const Tensor& input) {
  if (!kernels_apply(input, input.size(1))) return libtorch_max_pool(input);
  return torch::GradMode::is_enabled() ? MaxPooling::apply(input) : run(input);
}

}  // namespace mazescan::policy
