#include "policy/convolution.h"

#include <torch/autograd.h>
#include <torch/types.h>

#include <algorithm>

#include "core/error.h"
#include "policy/kernels/kernels.h"
#include "policy/map_layout.h"

namespace mazescan::policy {

namespace {

using torch::Tensor;

Tensor libtorch_convolve(const Tensor& input, const Tensor& weight, const Tensor& bias) {
  return torch::conv2d(input, weight, bias, /*stride=*/1, /*padding=*/1);
}

kernels::Convolution sizes_of(const Tensor& input, int64_t outputs) {
  return {input.size(2), input.size(3), input.size(1), outputs};
}

Tensor scratch_for(const kernels::Kernels& kernels, const kernels::Convolution& sizes) {
  return torch::zeros({kernels.scratch_size(sizes)});
}

thread_local bool rounds_products = false;

const kernels::Kernels& chosen_kernels(bool rounds) {
  return rounds ? *kernels::amx_kernels() : *kernels::best_kernels();
}

Tensor pack(const Tensor& weight) {
  return weight.permute({2, 3, 1, 0}).contiguous();
}

Tensor run(const Tensor& input, const Tensor& weight, const Tensor& bias, bool rounds) {
  const kernels::Kernels& kernels = chosen_kernels(rounds);
  const Tensor maps = as_maps(input), packed = pack(weight), offsets = bias.contiguous();
  const kernels::Convolution sizes = sizes_of(maps, weight.size(0));
  Tensor output = empty_maps(maps, sizes.outputs, sizes.height, sizes.width),
         scratch = scratch_for(kernels, sizes);
  kernels.convolve(sizes, maps.size(0), maps.data_ptr<float>(), packed.data_ptr<float>(),
                   offsets.data_ptr<float>(), output.data_ptr<float>(), scratch.data_ptr<float>());
  return output;
}

// The gradient of a convolution's input is a convolution of the output's gradient.
Tensor input_gradient(const Tensor& gradient, const Tensor& weight, bool rounds) {
  const Tensor transposed = weight.flip({2, 3}).transpose(0, 1);
  const Tensor bias = torch::zeros({transposed.size(0)}, weight.options());
  return kernels_apply(gradient, transposed.size(0)) ? run(gradient, transposed, bias, rounds)
                                                     : libtorch_convolve(gradient, transposed, bias);
}

struct ParameterGradients {
  Tensor weight, bias;
};

ParameterGradients parameter_gradients(const Tensor& input, const Tensor& gradient) {
  // Sums of at most this many images, then their sum: rounding errors grow with the length of a sum.
  constexpr int64_t kImages = 64;
  const Tensor maps = as_maps(input), slopes = as_maps(gradient);
  const kernels::Convolution sizes = sizes_of(maps, slopes.size(1));
  const int64_t images = maps.size(0), parts = (images + kImages - 1) / kImages;
  const Tensor weights = torch::zeros({parts, 3, 3, sizes.inputs, sizes.outputs}, maps.options());
  const Tensor biases = torch::zeros({parts, sizes.outputs}, maps.options());
  const kernels::Kernels& kernels = chosen_kernels(/*rounds=*/false);
  const Tensor scratch = scratch_for(kernels, sizes);
  for (int64_t part = 0; part < parts; ++part) {
    const int64_t first = part * kImages;
    kernels.add_weight_gradient(sizes, std::min(kImages, images - first), maps[first].data_ptr<float>(),
                                slopes[first].data_ptr<float>(), weights[part].data_ptr<float>(),
                                biases[part].data_ptr<float>(), scratch.data_ptr<float>());
  }
  return {weights.sum(0).permute({3, 2, 0, 1}), biases.sum(0)};
}

class Convolution : public torch::autograd::Function<Convolution> {
 public:
  static Tensor forward(torch::autograd::AutogradContext* context, const Tensor& input, const Tensor& weight,
                        const Tensor& bias) {
    context->save_for_backward({input, weight, bias});
    context->saved_data[kRounds] = rounds_products;
    return run(input, weight, bias, rounds_products);
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                 const torch::autograd::variable_list& gradients) {
    const auto saved = context->get_saved_variables();
    const Tensor &input = saved[0], &weight = saved[1];
    if (torch::GradMode::is_enabled())  // gradients of these gradients are wanted
      return differentiable_gradients(libtorch_convolve(input, weight, saved[2]), saved, gradients);
    torch::autograd::variable_list results(3);
    if (context->needs_input_grad(0))
      results[0] = input_gradient(gradients[0], weight, context->saved_data[kRounds].toBool());
    if (context->needs_input_grad(1) || context->needs_input_grad(2)) {
      const ParameterGradients parameters = parameter_gradients(input, gradients[0]);
      results[1] = parameters.weight;
      results[2] = parameters.bias;
    }
    return results;
  }

 private:
  static constexpr const char* kRounds = "rounds";
};

}  // namespace

Tensor convolve(const Tensor& input, const Tensor& weight, const Tensor& bias) {
  if (!kernels_apply(input, weight.size(0))) return libtorch_convolve(input, weight, bias);
  return torch::GradMode::is_enabled() ? Convolution::apply(input, weight, bias)
                                       : run(input, weight, bias, rounds_products);
}

bool multiplies_bfloat16() {
  return kernels::amx_kernels() != nullptr;
}

Bfloat16Convolutions::Bfloat16Convolutions() {
  expect(multiplies_bfloat16() && !rounds_products, "only on processors that can, and not nested");
  rounds_products = true;
}

Bfloat16Convolutions::~Bfloat16Convolutions() {
  rounds_products = false;
}

}  // namespace mazescan::policy
