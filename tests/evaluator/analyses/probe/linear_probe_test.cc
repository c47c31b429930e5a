#include "evaluator/analyses/probe/linear_probe.h"

#include <gtest/gtest.h>
#include <torch/types.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "policy/entmax.h"
#include "tests/storage/memory_limit.h"

namespace mazescan::probe {
namespace {

// Returns pseudo-random numbers that depend only on the arguments.
torch::Tensor noise(int64_t rows, int64_t columns, const char* name) {
  torch::Tensor values = torch::empty({rows, columns});
  RandomStream random(1, name);
  for (int64_t i = 0; i < values.numel(); ++i) values.data_ptr<float>()[i] = random.uniform() - 0.5F;
  return values;
}

std::vector<int32_t> labels_of(const torch::Tensor& values, int64_t column) {
  std::vector<int32_t> labels;
  for (int64_t i = 0; i < values.size(0); ++i) labels.push_back(values[i][column].item<float>() > 0 ? 1 : 0);
  return labels;
}

double right(const std::vector<int32_t>& predicted, const std::vector<int32_t>& label, size_t begin) {
  double count = 0;
  for (size_t i = begin; i < label.size(); ++i) count += predicted[i] == label[i] ? 1 : 0;
  return count / static_cast<double>(label.size() - begin);
}

TEST(Standardizer, IsThatOfAllSamplesAtOnce) {
  torch::Tensor values = noise(5000, 40, "standard") * 3 + 100;
  values.select(1, 7).fill_(0.1);  // constant
  const InMemory layer(values);
  ASSERT_GT(layer.pieces(), 1);
  const Standardizer standardizer = fit_standardizer(layer, std::vector<uint8_t>(5000, 1));
  const torch::Tensor exact = values.to(torch::kFloat64);
  EXPECT_TRUE(torch::allclose(standardizer.mean.to(torch::kFloat64), exact.mean(0), 1e-6));
  torch::Tensor scale = 1 / exact.std(0, /*unbiased=*/false);
  scale[7] = 0;
  EXPECT_TRUE(torch::allclose(standardizer.scale.to(torch::kFloat64), scale, 1e-4));
}

std::vector<uint8_t> range(size_t all, size_t begin, size_t end) {
  std::vector<uint8_t> flags(all);
  std::fill(flags.begin() + static_cast<int64_t>(begin), flags.begin() + static_cast<int64_t>(end),
            uint8_t{1});
  return flags;
}

TEST(LinearProbe, LearnsFromTheTrainSamplesAlone) {
  const torch::Tensor values = noise(4000, 30, "samples");
  const InMemory layer(values);
  std::vector<int32_t> label = labels_of(values, 5);
  const std::vector<uint8_t> train = range(4000, 0, 2600), validation = range(4000, 2600, 3000);
  const Standardizer standardizer = fit_standardizer(layer, train);
  const Standardised standardised(layer, standardizer);
  const auto fitted = fit_linear_probes(standardised, {{2, label, train, validation}}, {});
  EXPECT_GE(right(predict(standardised, fitted, torch::kCPU)[0], label, 3000), 0.97);
  EXPECT_EQ(ranked_channels(fitted[0], 30).front(), 5);
  EXPECT_TRUE(fitted[0].converged());
  for (size_t i = 3000; i < label.size(); ++i) label[i] = 1 - label[i];
  const auto again = fit_linear_probes(standardised, {{2, label, train, validation}}, {});
  EXPECT_TRUE(torch::equal(fitted[0].weight, again[0].weight)) << "labels of test samples change nothing";
}

// Returns the norm of the gradient of the penalised mean log-loss, relative to that at zero weights, computed
// by automatic differentiation in float64.
double gradient_norm(const torch::Tensor& values, const std::vector<int32_t>& label,
                     const LinearProbe& probe) {
  const torch::Tensor y = torch::tensor(std::vector<int64_t>(label.begin(), label.end()));
  const auto norm = [&](const torch::Tensor& w, const torch::Tensor& b) {
    const torch::Tensor weight = w.to(torch::kFloat64).clone().set_requires_grad(true),
                        bias = b.to(torch::kFloat64).clone().set_requires_grad(true);
    const torch::Tensor loss =
        torch::nll_loss(torch::log_softmax(torch::mm(values.to(torch::kFloat64), weight) + bias, 1), y) +
        0.5 * probe.l2 * weight.pow(2).sum();
    loss.backward();
    return std::sqrt((weight.grad().pow(2).sum() + bias.grad().pow(2).sum()).item<double>());
  };
  return norm(probe.weight, probe.bias) /
         norm(torch::zeros_like(probe.weight), torch::zeros_like(probe.bias));
}

TEST(LinearProbe, ConvergesToTheOptimum) {
  const torch::Tensor values = noise(3000, 40, "values") * torch::logspace(-1, 1, 40);
  std::vector<int32_t> label;
  for (int64_t i = 0; i < 3000; ++i)
    label.push_back(static_cast<int32_t>(values[i].slice(0, 36).argmax().item<int64_t>()));
  const InMemory layer(values);
  const std::vector<uint8_t> all(3000, 1);
  LinearProbeOptions options;
  for (const double l2 : {0.1, 1e-3}) {
    options.l2 = {l2};
    const LinearProbe fitted = fit_linear_probes(layer, {{4, label, all, all}}, options).front();
    EXPECT_TRUE(fitted.converged());
    EXPECT_EQ(fitted.l2, l2);
    EXPECT_LE(gradient_norm(values, label, fitted), 1.1 * kProbeTolerance);
    EXPECT_NEAR(gradient_norm(values, label, fitted), fitted.gradient, 1e-4);
  }
  options.max_iterations = 2;
  EXPECT_FALSE(fit_linear_probes(layer, {{4, label, all, all}}, options).front().converged());
}

// The probabilities of sparsemax at the optimum satisfy its first-order condition: X'(P - Y) / n + l2 W = 0.
TEST(LinearProbe, OfEntmaxConvergesToItsOptimum) {
  const torch::Tensor values = noise(3000, 20, "entmax") * 4;
  std::vector<int32_t> label;
  for (int64_t i = 0; i < 3000; ++i)
    label.push_back(static_cast<int32_t>(values[i].slice(0, 0, 5).argmax().item<int64_t>()));
  const InMemory layer(values);
  const std::vector<uint8_t> all(3000, 1);
  LinearProbeOptions options;
  options.l2 = {0.01};
  const torch::Tensor right = torch::tensor(std::vector<int64_t>(label.begin(), label.end()));
  for (const double alpha : {1.5, 2.0}) {
    const LinearProbeTask task{5, label, all, all, alpha};
    const LinearProbe fitted = fit_linear_probes(layer, {task}, options).front();
    EXPECT_TRUE(fitted.converged());
    const auto gradient = [&](const torch::Tensor& w, const torch::Tensor& b) {
      const torch::Tensor p = policy::entmax(torch::addmm(b, values, w), alpha).to(torch::kFloat64);
      const torch::Tensor error = p - torch::one_hot(right, 5).to(torch::kFloat64);
      const torch::Tensor of_weight =
          torch::mm(values.t().to(torch::kFloat64), error) / 3000.0 + fitted.l2 * w.to(torch::kFloat64);
      return std::sqrt((of_weight.square().sum() + (error.sum(0) / 3000.0).square().sum()).item<double>());
    };
    EXPECT_LE(
        gradient(fitted.weight, fitted.bias),
        1.1 * kProbeTolerance * gradient(torch::zeros_like(fitted.weight), torch::zeros_like(fitted.bias)));
    int64_t count = 0, covered = 0;
    for (const Candidates& each : candidates(layer, task, fitted, torch::kCPU)) {
      EXPECT_GE(each.count, 1);
      count += each.count;
      covered += each.holds_label ? 1 : 0;
    }
    EXPECT_LT(count, 3000 * 3) << "of five classes";
    EXPECT_GT(covered, 2900);
  }
}

TEST(LinearProbe, SelectsThePenaltyOnValidation) {
  // 60 samples of 200 features, one of which carries the label: only a strong penalty generalises.
  torch::Tensor values = noise(1060, 200, "few");
  values.select(1, 0) *= 3;
  const std::vector<int32_t> label = labels_of(values, 0);
  const std::vector<uint8_t> train = range(1060, 0, 60), validation = range(1060, 60, 1060);
  const InMemory layer(values);
  const auto accuracy = [&](const std::vector<double>& grid) {
    LinearProbeOptions options;
    options.l2 = grid;
    const auto fitted = fit_linear_probes(layer, {{2, label, train, validation}}, options);
    return std::pair{right(predict(layer, fitted, torch::kCPU)[0], label, 60), fitted[0].l2};
  };
  const std::vector<double> grid = {0.3, 0.1, 0.01, 1e-5};
  double best = 0;
  for (const double l2 : grid) best = std::max(best, accuracy({l2}).first);
  const auto [chosen, l2] = accuracy(grid);
  EXPECT_NEAR(chosen, best, 0.005) << "warm starts end at nearly the same solutions";
  EXPECT_GT(chosen, accuracy({1e-5}).first);
  EXPECT_GT(l2, 1e-5);
}

TEST(LinearProbe, IsWhatItWouldBeAlone) {
  const torch::Tensor values = noise(3000, 20, "samples");
  const InMemory layer(values);
  const std::vector<uint8_t> all(3000, 1);
  std::vector<uint8_t> some = all;
  for (size_t i = 0; i < some.size(); i += 3) some[i] = 0;
  const LinearProbeTask a{2, labels_of(values, 1), all, all}, b{2, labels_of(values, 2), some, some};
  const auto both = fit_linear_probes(layer, {a, b}, {});
  const auto alone = fit_linear_probes(layer, {b}, {});
  EXPECT_TRUE(torch::equal(both[1].weight, alone[0].weight));
}

TEST(LinearProbe, IsTheSameFromMemoryAndPieceByPiece) {
  const torch::Tensor values = noise(5000, 300, "wide");
  const InMemory layer(values);
  ASSERT_EQ(layer.pieces(), 3);
  const std::vector<uint8_t> all(5000, 1);
  const LinearProbeTask task{2, labels_of(values, 1), all, all};
  const Standardizer standardizer = fit_standardizer(layer, all);
  const Standardised standardised(layer, standardizer);
  const Cached kept(standardised, int64_t{1} << 30), streamed(standardised, 1000);
  LinearProbeOptions options;
  options.max_iterations = 5;
  const auto a = fit_linear_probes(kept, {task}, options);
  const auto b = fit_linear_probes(streamed, {task}, options);
  EXPECT_TRUE(torch::equal(a[0].weight, b[0].weight));
  EXPECT_TRUE(torch::equal(a[0].bias, b[0].bias));
  EXPECT_GT(a[0].weight.abs().max().item<float>(), 0);
}

TEST(LinearProbe, WithoutLabelsPredictsNothing) {
  const InMemory layer(noise(100, 4, "samples"));
  const std::vector<uint8_t> all(100, 1);
  const auto fitted = fit_linear_probes(layer, {{2, std::vector<int32_t>(100, -1), all, all}}, {});
  EXPECT_EQ(fitted[0].weight.abs().max().item<float>(), 0);
}

// Provides samples of 65,536 features that would fill 768 MiB; recomputes them on each read.
class WideLayer : public FeatureSource {
 public:
  WideLayer() : FeatureSource(3072, {65536}) {}
  torch::Tensor piece(int64_t index) const override {
    const torch::Tensor rows = torch::arange(index * piece_rows(), index * piece_rows() + rows_of(index));
    torch::Tensor values = torch::outer((rows % 5).to(torch::kFloat32), torch::arange(65536) % 7);
    values.view({-1, 65536}).slice(1, 3, 65536, 7) = (rows % 2).to(torch::kFloat32).unsqueeze(1);
    return values;
  }
};

TEST(LinearProbe, OfManyFeaturesNeedsNeitherAllSamplesNorAGramMatrix) {
  const WideLayer layer;
  const std::vector<uint8_t> all(static_cast<size_t>(layer.samples()), 1);
  std::vector<int32_t> label;
  for (int64_t i = 0; i < layer.samples(); ++i) label.push_back(static_cast<int32_t>(i % 2));
  LinearProbeOptions options;
  options.l2 = {0.01};
  options.max_iterations = 3;
  layer.piece(0);  // lets the libraries make their one-time allocations
  const MemoryLimit limit(size_t{450} << 20);
#ifndef __SANITIZE_ADDRESS__
  EXPECT_ANY_THROW(torch::empty({3072, 65536}).fill_(1)) << "the limit is one";
#endif
  const Standardizer standardizer = fit_standardizer(layer, all);
  const Standardised standardised(layer, standardizer);
  const auto fitted = fit_linear_probes(standardised, {{2, label, all, all}}, options);
  EXPECT_EQ(right(predict(standardised, fitted, torch::kCPU)[0], label, 0), 1);
}

}  // namespace
}  // namespace mazescan::probe
