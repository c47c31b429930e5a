#include "evaluator/analyses/probe/linear_probe.h"

#include <torch/torch.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "core/error.h"
#include "core/random.h"

namespace mazescan::probe {

namespace {

constexpr int64_t kBatches = 16, kMinBatch = 32, kMaxBatch = 256;  // batches in a pass; samples per batch
constexpr double kFirstRate = 0.3, kMinRate = 1e-3;  // learning rates; the first / sqrt(features)
constexpr double kBeta1 = 0.9, kBeta2 = 0.999, kAdamEpsilon = 1e-8;
constexpr double kConstant = 1e-6;  // a deviation below this, relative to the mean, counts as 0

std::vector<int64_t> permutation(int64_t count, RandomStream& random) {
  std::vector<int64_t> order(static_cast<size_t>(count));
  std::iota(order.begin(), order.end(), int64_t{0});
  for (size_t i = order.size(); i > 1; --i)
    std::swap(order[i - 1], order[random.below(static_cast<uint32_t>(i))]);
  return order;
}

torch::Tensor standardised(const torch::Tensor& values, const torch::Tensor& mean,
                           const torch::Tensor& scale) {
  return (values - mean).mul_(scale);
}

// A linear probe that is being fitted.
class LinearProbeFit {
 public:
  LinearProbeFit(int64_t features, const LinearProbeTask& task, const LinearProbeOptions& options)
      : task_(task),
        l2_(options.l2),
        rate_(std::max(kFirstRate / std::sqrt(static_cast<double>(features)), kMinRate)) {
    const auto where = torch::TensorOptions(options.device).dtype(torch::kFloat32);
    for (torch::Tensor* t : {&weight_, &weight_m_, &weight_v_})
      *t = torch::zeros({features, task.classes}, where);
    for (torch::Tensor* t : {&bias_, &bias_m_, &bias_v_}) *t = torch::zeros({task.classes}, where);
  }

  bool uses(int64_t sample) const {
    const auto s = static_cast<size_t>(sample);
    return task_.train[s] != 0 && task_.label[s] >= 0;
  }
  // Plans the batch size and number of steps. used: number of samples that the probe uses in each piece.
  void plan(const std::vector<int64_t>& used, int epochs) {
    const int64_t all = std::accumulate(used.begin(), used.end(), int64_t{0});
    batch_ = std::clamp<int64_t>(all / kBatches, kMinBatch, kMaxBatch);
    for (const int64_t here : used) steps_ += batches(here) * epochs;
  }

  // Takes steps over the rows of a piece that the probe uses, in the given order, in batches of about equal
  // length. first: the sample in row 0.
  void learn(const torch::Tensor& features, int64_t first, const std::vector<int64_t>& order) {
    std::vector<int64_t> rows, labels;
    for (const int64_t row : order) {
      if (!uses(first + row)) continue;
      rows.push_back(row);
      labels.push_back(task_.label[static_cast<size_t>(first + row)]);
    }
    const auto count = static_cast<int64_t>(rows.size());
    const torch::Tensor all_rows = torch::tensor(rows, torch::kInt64).to(features.device()),
                        all_labels = torch::tensor(labels, torch::kInt64).to(features.device());
    for (int64_t b = 0; b < batches(count); ++b) {
      const int64_t begin = count * b / batches(count), end = count * (b + 1) / batches(count);
      step(features.index_select(0, all_rows.slice(0, begin, end)), all_labels.slice(0, begin, end));
    }
  }

  LinearProbe result() const { return {weight_, bias_}; }

 private:
  int64_t batches(int64_t samples) const { return (samples + batch_ - 1) / batch_; }
  void step(const torch::Tensor& x, const torch::Tensor& y) {
    torch::Tensor error = torch::softmax(torch::addmm(bias_, x, weight_), 1);
    const torch::Tensor at = y.unsqueeze(1);
    error.scatter_add_(1, at, torch::full_like(at, -1, error.options()));
    error.div_(static_cast<double>(x.size(0)));
    ++step_;
    const double rate = rate_ * (1 - static_cast<double>(step_ - 1) / static_cast<double>(steps_));
    adam(weight_, weight_m_, weight_v_, torch::addmm(weight_, x.t(), error, /*beta=*/l2_), rate);
    adam(bias_, bias_m_, bias_v_, error.sum(0), rate);
  }
  void adam(torch::Tensor& value, torch::Tensor& m, torch::Tensor& v, const torch::Tensor& gradient,
            double rate) const {
    const auto t = static_cast<double>(step_);
    m.mul_(kBeta1).add_(gradient, 1 - kBeta1);
    v.mul_(kBeta2).addcmul_(gradient, gradient, 1 - kBeta2);
    const double correction = std::sqrt(1 - std::pow(kBeta2, t));
    value.addcdiv_(m, v.sqrt().add_(kAdamEpsilon), -rate * correction / (1 - std::pow(kBeta1, t)));
  }

  const LinearProbeTask& task_;
  const double l2_, rate_;
  torch::Tensor weight_, weight_m_, weight_v_, bias_, bias_m_, bias_v_;
  int64_t batch_ = kMaxBatch, step_ = 0, steps_ = 0;
};

}  // namespace

Standardizer fit_standardizer(const FeatureSource& source, const std::vector<uint8_t>& use) {
  torch::NoGradGuard no_grad;
  // Combines the moments of the pieces. Source: Chan, Golub and LeVeque, 1979.
  double count = 0;
  torch::Tensor mean = torch::zeros({source.features()}, torch::kFloat64), squares = torch::zeros_like(mean);
  for (int64_t p = 0; p < source.pieces(); ++p) {
    std::vector<int64_t> rows;
    for (int64_t i = 0; i < source.rows_of(p); ++i)
      if (use[static_cast<size_t>(p * source.piece_rows() + i)] != 0) rows.push_back(i);
    if (rows.empty()) continue;
    const torch::Tensor values = source.piece(p).index_select(0, torch::tensor(rows));
    const auto here = static_cast<double>(rows.size());
    const torch::Tensor mean_here = values.sum(0, false, torch::kFloat64).div_(here);
    const torch::Tensor deviation = values - mean_here.to(torch::kFloat32);
    const torch::Tensor gap = mean_here - mean;
    squares += deviation.mul_(deviation).sum(0, false, torch::kFloat64) +
               gap * gap * (count * here / (count + here));
    mean += gap * (here / (count + here));
    count += here;
  }
  const torch::Tensor deviation = (squares / std::max(count, 1.0)).sqrt();
  const torch::Tensor varies = deviation > mean.abs() * kConstant + 1e-12;
  return {mean.to(torch::kFloat32),
          torch::where(varies, 1 / deviation, torch::zeros_like(deviation)).to(torch::kFloat32)};
}

std::vector<LinearProbe> fit_linear_probes(const FeatureSource& source, const Standardizer& standardizer,
                                           const std::vector<LinearProbeTask>& tasks,
                                           const LinearProbeOptions& options) {
  torch::NoGradGuard no_grad;
  const torch::Tensor mean = standardizer.mean.to(options.device),
                      scale = standardizer.scale.to(options.device);
  std::vector<LinearProbeFit> linear_probes;
  for (const LinearProbeTask& task : tasks) linear_probes.emplace_back(source.features(), task, options);
  const auto first_of = [&](int64_t piece) { return piece * source.piece_rows(); };
  for (LinearProbeFit& linear_probe : linear_probes) {
    std::vector<int64_t> used(static_cast<size_t>(source.pieces()));
    for (int64_t p = 0; p < source.pieces(); ++p)
      for (int64_t i = 0; i < source.rows_of(p); ++i)
        used[static_cast<size_t>(p)] += linear_probe.uses(first_of(p) + i) ? 1 : 0;
    linear_probe.plan(used, options.epochs);
  }
  for (int epoch = 0; epoch < options.epochs; ++epoch) {
    RandomStream random(options.seed, "read-out/order", static_cast<uint64_t>(epoch));
    for (const int64_t p : permutation(source.pieces(), random)) {
      const std::vector<int64_t> order = permutation(source.rows_of(p), random);
      const torch::Tensor features = standardised(source.piece(p).to(options.device), mean, scale);
      for (LinearProbeFit& linear_probe : linear_probes) linear_probe.learn(features, first_of(p), order);
    }
  }
  std::vector<LinearProbe> results;
  for (const LinearProbeFit& linear_probe : linear_probes) results.push_back(linear_probe.result());
  return results;
}

std::vector<std::vector<int32_t>> predict(const FeatureSource& source, const Standardizer& standardizer,
                                          const std::vector<LinearProbe>& linear_probes,
                                          torch::Device device) {
  torch::NoGradGuard no_grad;
  const torch::Tensor mean = standardizer.mean.to(device), scale = standardizer.scale.to(device);
  std::vector<std::vector<int32_t>> predicted(linear_probes.size());
  for (int64_t p = 0; p < source.pieces(); ++p) {
    const torch::Tensor features = standardised(source.piece(p).to(device), mean, scale);
    for (size_t r = 0; r < linear_probes.size(); ++r) {
      const torch::Tensor likeliest = torch::addmm(linear_probes[r].bias, features, linear_probes[r].weight)
                                          .argmax(1)
                                          .to(torch::kCPU, torch::kInt32)
                                          .contiguous();
      const auto* values = likeliest.data_ptr<int32_t>();
      predicted[r].insert(predicted[r].end(), values, values + likeliest.numel());
    }
  }
  return predicted;
}

std::vector<int64_t> ranked_channels(const LinearProbe& linear_probe, int64_t channels) {
  const torch::Tensor norm =
      linear_probe.weight.cpu().reshape({channels, -1}).to(torch::kFloat64).pow(2).sum(1).contiguous();
  const double* values = norm.data_ptr<double>();
  std::vector<int64_t> order(static_cast<size_t>(channels));
  std::iota(order.begin(), order.end(), int64_t{0});
  std::stable_sort(order.begin(), order.end(), [&](int64_t a, int64_t b) { return values[a] > values[b]; });
  return order;
}

}  // namespace mazescan::probe
