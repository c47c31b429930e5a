#include "trainer/adam.h"

#include <gtest/gtest.h>
#include <torch/optim/adam.h>
#include <torch/types.h>
#include <torch/utils.h>

namespace mazescan::trainer {
namespace {

TEST(Adam, EqualsTorchsAdam) {
  torch::manual_seed(1);
  const torch::Tensor start = torch::randn({200});
  torch::Tensor ours = start.clone(), theirs = start.clone().requires_grad_();
  Adam adam(ours, 1e-5);
  torch::optim::Adam reference({theirs}, torch::optim::AdamOptions(1).betas({0.9, 0.999}).eps(1e-5));
  for (int step = 1; step <= 50; ++step) {
    // Gradients from tiny, where epsilon matters, to large; and a learning rate that changes.
    const torch::Tensor gradients = torch::randn({200}) * torch::logspace(-7, 2, 200);
    const double learning_rate = 1e-2 / step;
    adam.step(ours, gradients, learning_rate);
    theirs.mutable_grad() = gradients.clone();
    static_cast<torch::optim::AdamOptions&>(reference.param_groups()[0].options()).lr(learning_rate);
    reference.step();
    ASSERT_TRUE(torch::allclose(ours, theirs.detach(), 1e-6, 1e-7)) << "step " << step;
  }
  EXPECT_EQ(adam.steps, 50);
  EXPECT_GT((ours - start).abs().min().item<double>(), 0) << "every parameter changes";
}

// Starting with moments 0, the first step is -rate g / (|g| + epsilon).
TEST(Adam, FirstStepByHand) {
  torch::Tensor p = torch::tensor({1.0F, 1.0F});
  Adam adam(p, 0.5);
  adam.step(p, torch::tensor({2.0F, -0.5F}), 0.1);
  EXPECT_NEAR(p[0].item<double>(), 1 - 0.1 * 2 / 2.5, 1e-6);
  EXPECT_NEAR(p[1].item<double>(), 1 + 0.1 * 0.5 / 1, 1e-6);
  EXPECT_NEAR(adam.first_moment[0].item<double>(), 0.2, 1e-6);
  EXPECT_NEAR(adam.second_moment[0].item<double>(), 0.004, 1e-8);
}

TEST(Adam, ResumesFromItsMoments) {
  torch::Tensor whole = torch::ones({3}), parts = torch::ones({3});
  Adam one(whole, 1e-5), first(parts, 1e-5), second(parts, 1e-5);
  const torch::Tensor gradients = torch::tensor({1.0F, -2.0F, 0.1F});
  for (int step = 0; step < 6; ++step) one.step(whole, gradients * step, 0.01);
  for (int step = 0; step < 3; ++step) first.step(parts, gradients * step, 0.01);
  second.first_moment.copy_(first.first_moment);
  second.second_moment.copy_(first.second_moment);
  second.steps = first.steps;
  for (int step = 3; step < 6; ++step) second.step(parts, gradients * step, 0.01);
  EXPECT_TRUE(torch::equal(whole, parts));
}

TEST(ClipGradients, ScalesDownOnly) {
  torch::Tensor large = torch::tensor({3.0F, -4.0F});
  EXPECT_NEAR(clip_gradients(large, 1), 5, 1e-6) << "the norm before";
  EXPECT_TRUE(torch::allclose(large, torch::tensor({0.6F, -0.8F})));
  torch::Tensor small = torch::tensor({0.3F, -0.4F});
  EXPECT_NEAR(clip_gradients(small, 1), 0.5, 1e-6);
  EXPECT_TRUE(torch::equal(small, torch::tensor({0.3F, -0.4F})));
  torch::Tensor none = torch::zeros({4});
  EXPECT_EQ(clip_gradients(none, 1), 0);
  EXPECT_EQ(none.abs().sum().item<double>(), 0);
}

}  // namespace
}  // namespace mazescan::trainer
