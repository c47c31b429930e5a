// The kernels of small maps against libtorch's operations in double precision, and against each other.
#include "policy/kernels/kernels.h"

#include <gtest/gtest.h>
#include <torch/autograd.h>
#include <torch/types.h>
#include <torch/utils.h>

#include <cmath>
#include <cstring>

#include "policy/convolution.h"
#include "policy/max_pooling.h"

namespace mazescan::policy {

namespace {

using torch::Tensor;

struct Case {
  int64_t images, inputs, outputs, height, width;
};

// Maps of mazes and of 64 x 64 pixels after each pooling, with remainders of every kind of block.
std::vector<Case> cases() {
  std::vector<Case> all = {{2, 3, 16, 64, 64}, {3, 16, 16, 25, 25}, {70, 16, 32, 13, 13}, {2, 48, 48, 7, 7},
                           {3, 64, 64, 8, 8},  {2, 1, 16, 1, 1},    {130, 32, 32, 4, 4},  {2, 5, 16, 2, 9},
                           {1, 16, 32, 29, 3}, {2, 7, 80, 6, 15}};
  for (int64_t width = 1; width <= 32; ++width) all.push_back({2, 3, 32, 1 + width % 5, width});
  return all;
}

Tensor random(at::IntArrayRef shape) {
  return torch::randn(shape);
}

bool equal_bits(const Tensor& one, const Tensor& other) {
  const Tensor a = one.contiguous(), b = other.contiguous();
  return a.sizes() == b.sizes() &&
         std::memcmp(a.data_ptr<float>(), b.data_ptr<float>(), static_cast<size_t>(a.numel()) * 4) == 0;
}

// The largest difference, relative to the largest value of the expected tensor.
double difference(const Tensor& computed, const Tensor& expected) {
  return ((computed.to(torch::kFloat64) - expected).abs().max() / expected.abs().max().clamp_min(1e-30))
      .item<double>();
}

class KernelsTest : public testing::Test {
 protected:
  void SetUp() override {
    if (kernels::best_kernels() == nullptr) GTEST_SKIP() << "this processor has neither AVX-512 nor AVX2";
    torch::manual_seed(1);
  }
};

TEST_F(KernelsTest, ConvolutionAndItsGradientsEqualLibtorch) {
  for (const Case& c : cases()) {
    SCOPED_TRACE(testing::Message() << c.inputs << " to " << c.outputs << " channels, " << c.height << " x "
                                    << c.width);
    const Tensor input = random({c.images, c.inputs, c.height, c.width}).requires_grad_(),
                 weight = random({c.outputs, c.inputs, 3, 3}).requires_grad_(),
                 bias = random({c.outputs}).requires_grad_(),
                 slope = random({c.images, c.outputs, c.height, c.width});
    const Tensor output = convolve(input, weight, bias);
    const auto gradients = torch::autograd::grad({output}, {input, weight, bias}, {slope});
    std::vector<Tensor> exact;
    for (const Tensor& tensor : {input, weight, bias})
      exact.push_back(tensor.detach().to(torch::kFloat64).requires_grad_());
    const Tensor expected = torch::conv2d(exact[0], exact[1], exact[2], 1, 1);
    const auto expected_gradients = torch::autograd::grad({expected}, exact, {slope.to(torch::kFloat64)});
    EXPECT_LT(difference(output.detach(), expected.detach()), 2e-6);
    for (size_t i = 0; i < gradients.size(); ++i) {
      ASSERT_EQ(gradients[i].sizes(), expected_gradients[i].sizes());
      EXPECT_LT(difference(gradients[i], expected_gradients[i]), 5e-6) << "gradient " << i;
    }
  }
}

TEST_F(KernelsTest, GradientsOfGradientsEqualLibtorch) {
  const Tensor input = random({2, 16, 5, 5}).requires_grad_(),
               weight = random({16, 16, 3, 3}).requires_grad_(), bias = random({16}).requires_grad_();
  const auto second = [&](auto&& convolution, auto&& pooling) {
    const Tensor output = pooling(convolution(input, weight, bias).square());
    const Tensor slope = torch::autograd::grad({output.square().sum()}, {input}, {}, true, true)[0];
    return torch::autograd::grad({slope.square().sum()}, {weight})[0];
  };
  const Tensor computed = second(convolve, max_pool);
  const Tensor expected =
      second([](const Tensor& x, const Tensor& w, const Tensor& b) { return torch::conv2d(x, w, b, 1, 1); },
             [](const Tensor& x) { return torch::max_pool2d(x, 3, 2, 1); });
  EXPECT_LT(difference(computed, expected.to(torch::kFloat64)), 1e-4);
}

TEST_F(KernelsTest, AnImageAloneAndAmongOthersHasTheSameBits) {
  const Tensor input = random({9, 16, 13, 13}), weight = random({32, 16, 3, 3}), bias = random({32});
  const Tensor together = convolve(input, weight, bias);
  for (int64_t i = 0; i < 9; ++i)
    EXPECT_TRUE(equal_bits(convolve(input.narrow(0, i, 1), weight, bias), together.narrow(0, i, 1)));
}

TEST_F(KernelsTest, EveryInstructionSetHasTheSameBits) {
  if (kernels::avx2_kernels() == nullptr || kernels::avx512_kernels() == nullptr)
    GTEST_SKIP() << "this processor has only one of AVX-512 and AVX2";
  for (const Case& c : cases()) {
    SCOPED_TRACE(testing::Message() << c.inputs << " to " << c.outputs << " channels, " << c.height << " x "
                                    << c.width);
    const kernels::Convolution sizes{c.height, c.width, c.inputs, c.outputs};
    const Tensor input = random({c.images, c.height, c.width, c.inputs}), weights = random({sizes.weights()}),
                 bias = random({c.outputs}), slope = random({c.images, c.height, c.width, c.outputs});
    const kernels::Pooling pooling{c.height, c.width, c.outputs};
    std::vector<Tensor> results[2];
    for (const bool wide : {false, true}) {
      const kernels::Kernels& k = wide ? *kernels::avx512_kernels() : *kernels::avx2_kernels();
      const Tensor output = torch::empty_like(slope), scratch = torch::zeros({k.scratch_size(sizes)}),
                   weight_gradient = torch::zeros_like(weights), bias_gradient = torch::zeros_like(bias),
                   pooled =
                       torch::empty({c.images, pooling.pooled_height(), pooling.pooled_width(), c.outputs}),
                   pool_gradient = torch::zeros_like(slope);
      k.convolve(sizes, c.images, input.data_ptr<float>(), weights.data_ptr<float>(), bias.data_ptr<float>(),
                 output.data_ptr<float>(), scratch.data_ptr<float>());
      k.add_weight_gradient(sizes, c.images, input.data_ptr<float>(), slope.data_ptr<float>(),
                            weight_gradient.data_ptr<float>(), bias_gradient.data_ptr<float>(),
                            scratch.data_ptr<float>());
      k.max_pool(pooling, c.images, output.data_ptr<float>(), pooled.data_ptr<float>());
      k.add_max_pool_gradient(pooling, c.images, output.data_ptr<float>(), pooled.data_ptr<float>(),
                              pooled.data_ptr<float>(), pool_gradient.data_ptr<float>());
      results[wide] = {output, weight_gradient, bias_gradient, pooled, pool_gradient};
    }
    for (size_t i = 0; i < results[0].size(); ++i) EXPECT_TRUE(equal_bits(results[0][i], results[1][i])) << i;
  }
}

// Products of numbers with few digits are exact in bfloat16.
TEST_F(KernelsTest, Bfloat16ConvolutionsSumInFloat32) {
  if (!multiplies_bfloat16()) GTEST_SKIP() << "this processor has no AMX";
  const Bfloat16Convolutions rounds;
  for (const Case& c : cases()) {
    SCOPED_TRACE(testing::Message() << c.inputs << " to " << c.outputs << " channels, " << c.height << " x "
                                    << c.width);
    const auto few_digits = [](at::IntArrayRef shape) { return random(shape).mul(8).round(); };
    const Tensor input = few_digits({c.images, c.inputs, c.height, c.width}).requires_grad_(),
                 weight = few_digits({c.outputs, c.inputs, 3, 3}).requires_grad_(),
                 bias = random({c.outputs}).mul(8),
                 slope = few_digits({c.images, c.outputs, c.height, c.width});
    const Tensor output = convolve(input, weight, bias), expected = torch::conv2d(input, weight, bias, 1, 1);
    EXPECT_LT(difference(output.detach(), expected.detach().to(torch::kFloat64)), 1e-6);
    const auto gradients = torch::autograd::grad({output}, {input, weight}, {slope}),
               expected_gradients = torch::autograd::grad({expected}, {input, weight}, {slope});
    for (size_t i = 0; i < 2; ++i)
      EXPECT_LT(difference(gradients[i], expected_gradients[i].to(torch::kFloat64)), 5e-6)
          << "gradient " << i;
  }
}

TEST_F(KernelsTest, Bfloat16ConvolutionsRound) {
  if (!multiplies_bfloat16()) GTEST_SKIP() << "this processor has no AMX";
  const Tensor input = random({2, 16, 9, 9}), weight = random({16, 16, 3, 3}), bias = random({16});
  const Tensor exact = convolve(input, weight, bias);
  {
    const Bfloat16Convolutions rounds;
    const Tensor rounded = convolve(input, weight, bias);
    EXPECT_FALSE(equal_bits(rounded, exact));
    EXPECT_LT(difference(rounded, exact.to(torch::kFloat64)), 0.01);
    const auto to_bfloat16 = [](const Tensor& x) { return x.to(torch::kBFloat16).to(torch::kFloat32); };
    EXPECT_LT(
        difference(rounded,
                   torch::conv2d(to_bfloat16(input), to_bfloat16(weight), bias, 1, 1).to(torch::kFloat64)),
        1e-6);
  }
  EXPECT_TRUE(equal_bits(convolve(input, weight, bias), exact));
}

TEST_F(KernelsTest, PoolingEqualsLibtorch) {
  for (const Case& c : cases()) {
    SCOPED_TRACE(testing::Message() << c.outputs << " channels, " << c.height << " x " << c.width);
    // Few different values, so that windows have several largest ones.
    const Tensor input =
        random({c.images, c.outputs, c.height, c.width}).mul(2).round().add(0).requires_grad_();
    const Tensor pooled = max_pool(input), expected = torch::max_pool2d(input, 3, 2, 1);
    EXPECT_TRUE(equal_bits(pooled.detach(), expected.detach()));
    const Tensor slope = random(expected.sizes());
    const Tensor gradient = torch::autograd::grad({pooled}, {input}, {slope})[0],
                 expected_gradient = torch::autograd::grad({expected}, {input}, {slope})[0];
    EXPECT_LT(difference(gradient, expected_gradient.to(torch::kFloat64)), 1e-6);
  }
}

TEST_F(KernelsTest, NotANumberIsNotHidden) {
  Tensor input = torch::zeros({1, 16, 5, 5});
  input[0][3][2][2] = std::nan("");
  EXPECT_TRUE(torch::equal(max_pool(input).isnan(), torch::max_pool2d(input, 3, 2, 1).isnan()));
  const Tensor output = convolve(input, torch::zeros({16, 16, 3, 3}), torch::zeros({16}));
  EXPECT_EQ(output.isnan().sum().item<int64_t>(), 16 * 9);
}

TEST_F(KernelsTest, OtherNumbersOfChannelsWorkToo) {
  const Tensor input = random({2, 10, 7, 7}).requires_grad_(), weight = random({24, 10, 3, 3}),
               bias = random({24});
  EXPECT_TRUE(
      equal_bits(convolve(input, weight, bias).detach(), torch::conv2d(input, weight, bias, 1, 1).detach()));
  EXPECT_TRUE(equal_bits(max_pool(input).detach(), torch::max_pool2d(input, 3, 2, 1).detach()));
  EXPECT_EQ(convolve(input.narrow(0, 0, 0), random({16, 10, 3, 3}), random({16})).sizes(),
            (at::IntArrayRef{0, 16, 7, 7}));
}

}  // namespace

}  // namespace mazescan::policy
