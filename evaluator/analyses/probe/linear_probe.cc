#include "evaluator/analyses/probe/linear_probe.h"

#include <torch/types.h>
#include <torch/utils.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>
#include <numeric>

#include "evaluator/analyses/probe/lbfgs.h"
#include "policy/entmax.h"

namespace mazescan::probe {

namespace {

constexpr double kConstant = 1e-6;  // a deviation below this, relative to the mean, counts as 0
constexpr int64_t kHistoryBytes = int64_t{256} << 20;  // largest history of one search, beyond its minimum
constexpr int kMinHistory = 3, kMaxHistory = 10;
constexpr int64_t kGroupBytes = int64_t{1} << 30;  // searches that share passes, together
constexpr int64_t kOtherCopies = 8;                // tensors of a search beside its history

// Depends on the number of parameters alone.
int history_of(int64_t parameters) {
  return static_cast<int>(std::clamp<int64_t>(kHistoryBytes / (8 * parameters), kMinHistory, kMaxHistory));
}

// Fits one linear probe along the grid of penalties: states what the next pass must compute, and collects it.
class PenaltyPath {
 public:
  PenaltyPath(const FeatureSource& source, const LinearProbeTask& task, const LinearProbeOptions& options)
      : task_(task), options_(options), features_(source.features()) {
    for (int64_t p = 0; p < source.pieces(); ++p) {
      train_.push_back(rows_of(source, p, task.train));
      validation_.push_back(rows_of(source, p, task.validation));
      fitted_ += train_.back().rows.numel();
    }
    const auto where = torch::TensorOptions(options.device).dtype(torch::kFloat32);
    parameters_ = torch::zeros({features_ + 1, task.classes}, where);
    best_ = {weight(parameters_), bias(parameters_), options.l2.front(), 0, 0};
    validates_ = fitted_ == 0;
    begin_penalty();
  }

  bool finished() const { return finished_; }
  bool uses(int64_t piece) const { return used(piece).rows.numel() > 0; }

  void begin_pass() {
    loss_ = 0;
    quality_ = 0;
    if (!validates_) gradient_ = torch::zeros_like(parameters_);
  }
  // features: the piece's samples, on the device.
  void add(const torch::Tensor& features, int64_t piece) {
    const Rows& rows = used(piece);
    const torch::Tensor x =
        rows.rows.numel() == features.size(0) ? features : features.index_select(0, rows.rows);
    const torch::Tensor& point = validates_ ? parameters_ : search_->trial();
    const torch::Tensor logits = torch::addmm(bias(point), x, weight(point));
    if (validates_) {
      quality_ += task_.alpha == 1
                      ? static_cast<double>((logits.argmax(1) == rows.labels).sum().item<int64_t>())
                      : -policy::entmax_loss(logits, rows.labels, task_.alpha).sum().item<double>();
      return;
    }
    const torch::Tensor at = rows.labels.unsqueeze(1);
    torch::Tensor
        error;  // the gradient of the loss with respect to the logits: p minus the indicator of the label
    if (task_.alpha == 1) {
      const torch::Tensor log_probability = torch::log_softmax(logits, 1);
      loss_ -= log_probability.gather(1, at).sum(torch::kFloat64).item<double>();
      error = log_probability.exp();
    } else {
      loss_ += policy::entmax_loss(logits, rows.labels, task_.alpha).sum(torch::kFloat64).item<double>();
      error = policy::entmax(logits, task_.alpha);
    }
    error.scatter_add_(1, at, torch::full_like(at, -1, error.options()));
    torch::Tensor of_weight = weight(gradient_), of_bias = bias(gradient_);
    of_weight.addmm_(x.t(), error);
    of_bias.add_(error.sum(0));
  }
  void end_pass() {
    if (validates_) {
      select();
      return;
    }
    const auto samples = static_cast<double>(fitted_);
    const torch::Tensor point = search_->trial();
    const double penalty = 0.5 * l2() * weight(point).pow(2).sum(torch::kFloat64).item<double>();
    gradient_.div_(samples);
    weight(gradient_).add_(weight(point), l2());
    if (reference_ < 0) {
      reference_ = std::sqrt(gradient_.pow(2).sum(torch::kFloat64).item<double>());
      begin_penalty();  // the bound on the gradient is known now
    }
    search_->observe(loss_ / samples + penalty, gradient_);
    if (!search_->finished()) return;
    parameters_ = search_->trial();
    validates_ = true;
  }
  LinearProbe result() const { return best_; }

 private:
  // Rows of a piece that are used, and their labels, on the device.
  struct Rows {
    torch::Tensor rows, labels;  // int64
  };
  Rows rows_of(const FeatureSource& source, int64_t piece, const std::vector<uint8_t>& use) const {
    std::vector<int64_t> rows, labels;
    for (int64_t i = 0; i < source.rows_of(piece); ++i) {
      const auto s = static_cast<size_t>(piece * source.piece_rows() + i);
      if (use[s] == 0 || task_.label[s] < 0) continue;
      rows.push_back(i);
      labels.push_back(task_.label[s]);
    }
    return {torch::tensor(rows, torch::kInt64).to(options_.device),
            torch::tensor(labels, torch::kInt64).to(options_.device)};
  }
  const Rows& used(int64_t piece) const {
    return (validates_ ? validation_ : train_)[static_cast<size_t>(piece)];
  }
  torch::Tensor weight(const torch::Tensor& parameters) const { return parameters.narrow(0, 0, features_); }
  torch::Tensor bias(const torch::Tensor& parameters) const { return parameters.select(0, features_); }
  double l2() const { return options_.l2[next_]; }

  void begin_penalty() {
    search_ = std::make_unique<Lbfgs>(parameters_,
                                      Lbfgs::Options{history_of(parameters_.numel()), options_.max_iterations,
                                                     std::max(reference_, 0.0) * kProbeTolerance});
  }
  // Keeps the solution if it is the best on validation, and begins with the next penalty.
  void select() {
    validates_ = false;
    if (quality_ > best_quality_) {
      best_quality_ = quality_;
      worse_ = 0;
      best_ = {weight(parameters_), bias(parameters_), l2(), search_->iterations(),
               reference_ > 0 ? search_->gradient_norm() / reference_ : 0};
    } else {
      ++worse_;
    }
    double perfect = 0;
    if (task_.alpha == 1)
      for (const Rows& rows : validation_) perfect += static_cast<double>(rows.rows.numel());
    finished_ =
        ++next_ == options_.l2.size() || worse_ == kProbePatience || quality_ == perfect || fitted_ == 0;
    if (!finished_) begin_penalty();
  }

  const LinearProbeTask& task_;
  const LinearProbeOptions& options_;
  const int64_t features_;
  std::vector<Rows> train_, validation_;  // one per piece
  int64_t fitted_ = 0;
  torch::Tensor parameters_, gradient_;  // [features + 1, classes]; the last row is the bias
  std::unique_ptr<Lbfgs> search_;
  size_t next_ = 0;        // the penalty that is being used
  double reference_ = -1;  // norm of the gradient at zero weights
  double loss_ = 0;
  double quality_ = 0, best_quality_ = -std::numeric_limits<double>::infinity();  // on validation
  int worse_ = 0;
  bool validates_ = false, finished_ = false;
  LinearProbe best_;
};

// Runs some paths to their ends, with shared passes.
void run_paths(const FeatureSource& source, std::vector<std::unique_ptr<PenaltyPath>>& paths,
               torch::Device device) {
  while (true) {
    std::vector<PenaltyPath*> active;
    for (const auto& path : paths)
      if (!path->finished()) active.push_back(path.get());
    if (active.empty()) return;
    for (PenaltyPath* path : active) path->begin_pass();
    for (int64_t p = 0; p < source.pieces(); ++p) {
      if (std::none_of(active.begin(), active.end(), [&](const PenaltyPath* path) { return path->uses(p); }))
        continue;
      const torch::Tensor features = source.piece(p).to(device);
      for (PenaltyPath* path : active)
        if (path->uses(p)) path->add(features, p);
    }
    for (PenaltyPath* path : active) path->end_pass();
  }
}

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

Standardizer fit_centring(const FeatureSource& source, const std::vector<uint8_t>& use) {
  torch::NoGradGuard no_grad;
  Standardizer centring = fit_standardizer(source, use);
  const torch::Tensor inverse = centring.scale.to(torch::kFloat64);
  const auto variance =
      torch::where(inverse > 0, inverse.pow(-2), torch::zeros_like(inverse)).mean().item<double>();
  centring.scale = torch::full_like(centring.scale, variance > 0 ? 1 / std::sqrt(variance) : 0);
  return centring;
}

torch::Tensor Standardised::piece(int64_t index) const {
  return (source_.piece(index) - standardizer_.mean).mul_(standardizer_.scale);
}

std::vector<LinearProbe> fit_linear_probes(const FeatureSource& source,
                                           const std::vector<LinearProbeTask>& tasks,
                                           const LinearProbeOptions& options) {
  torch::NoGradGuard no_grad;
  std::vector<LinearProbe> results;
  std::vector<std::unique_ptr<PenaltyPath>> paths;
  int64_t bytes = 0;
  const auto run = [&] {
    run_paths(source, paths, options.device);
    for (const auto& path : paths) results.push_back(path->result());
    paths.clear();
    bytes = 0;
  };
  for (const LinearProbeTask& task : tasks) {
    const int64_t parameters = (source.features() + 1) * task.classes;
    const int64_t more = 4 * parameters * (2 * history_of(parameters) + kOtherCopies);
    if (!paths.empty() && bytes + more > kGroupBytes) run();
    paths.push_back(std::make_unique<PenaltyPath>(source, task, options));
    bytes += more;
  }
  run();
  return results;
}

std::vector<std::vector<int32_t>> predict(const FeatureSource& source,
                                          const std::vector<LinearProbe>& linear_probes,
                                          torch::Device device) {
  torch::NoGradGuard no_grad;
  std::vector<std::vector<int32_t>> predicted(linear_probes.size());
  for (int64_t p = 0; p < source.pieces(); ++p) {
    const torch::Tensor features = source.piece(p).to(device);
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

std::vector<Candidates> candidates(const FeatureSource& source, const LinearProbeTask& task,
                                   const LinearProbe& linear_probe, torch::Device device) {
  torch::NoGradGuard no_grad;
  std::vector<Candidates> found;
  for (int64_t p = 0; p < source.pieces(); ++p) {
    const torch::Tensor logits =
        torch::addmm(linear_probe.bias, source.piece(p).to(device), linear_probe.weight);
    const torch::Tensor possible = (policy::entmax(logits, task.alpha) > 0).cpu().contiguous();
    const torch::Tensor counts = possible.sum(1).contiguous();
    for (int64_t i = 0; i < possible.size(0); ++i) {
      const int32_t label = task.label[found.size()];
      found.emplace_back();
      if (label < 0) continue;
      found.back() = {static_cast<int32_t>(counts.data_ptr<int64_t>()[i]),
                      possible.data_ptr<bool>()[i * possible.size(1) + label]};
    }
  }
  return found;
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
