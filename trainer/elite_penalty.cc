#include "trainer/elite_penalty.h"

#include <fmt/format.h>
#include <torch/types.h>
#include <torch/utils.h>

#include <algorithm>
#include <numeric>
#include <utility>

#include "core/random.h"

namespace mazescan::trainer {

namespace {

constexpr int64_t kCheesePlane = 2;  // of observations in planes
constexpr int64_t kNinths = 9;

// Returns the mean absolute activation of each channel. Shapes: [B, C, ...] -> [B, C].
torch::Tensor strengths(const torch::Tensor& activations) {
  const torch::Tensor sizes = activations.abs();
  return sizes.dim() > 2 ? sizes.flatten(2).mean(2) : sizes;
}

// Returns the ninth of the grid that holds the cheese, row by row from the top left. Shapes: returns [B] int64.
torch::Tensor ninths_of_cheese(const torch::Tensor& observations) {
  const torch::Tensor plane = observations.select(1, kCheesePlane);
  const int64_t height = plane.size(1), width = plane.size(2);
  const torch::Tensor cell = plane.flatten(1).to(torch::kFloat32).argmax(1);
  const torch::Tensor row = torch::div(cell, width, "floor"), column = cell.remainder(width);
  return torch::div(row * 3, height, "floor") * 3 + torch::div(column * 3, width, "floor");
}

torch::Tensor classes_of(const ForwardPass& pass, EliteClasses classes) {
  return classes == EliteClasses::moves ? pass.distribution().log_probabilities().argmax(1)
                                        : ninths_of_cheese(pass.observations());
}

// Returns the channels of a class that are elites.
std::vector<size_t> elites_of(const std::vector<double>& sums, size_t of_class,
                              const ElitePenaltyConfig& config) {
  std::vector<size_t> order(sums.size());
  std::iota(order.begin(), order.end(), 0);
  if (config.choice == EliteChoice::random) {
    RandomStream random(config.seed, "elites", of_class);
    for (size_t i = order.size(); i > 1; --i)
      std::swap(order[i - 1], order[random.below(static_cast<uint32_t>(i))]);
  } else {
    std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) { return sums[a] > sums[b]; });
  }
  order.resize(std::min(order.size(), static_cast<size_t>(config.count)));
  return order;
}

// The memory of the term: updates seen since the last decision, decisions, and three tables [classes, channels]: the
// sums of the updates seen, the sums of which the last decision was made, and the weights.
struct Memory {
  double updates = 0, decisions = 0;
  std::vector<double> sums, decided, weights;

  static constexpr size_t kCounts = 2;
  explicit Memory(const std::vector<double>& numbers) {
    if (numbers.empty()) return;
    updates = numbers[0];
    decisions = numbers[1];
    const size_t size = (numbers.size() - kCounts) / 3;
    const auto part = [&](size_t index) {
      const auto begin = numbers.begin() + static_cast<std::ptrdiff_t>(kCounts + index * size);
      return std::vector<double>(begin, begin + static_cast<std::ptrdiff_t>(size));
    };
    sums = part(0);
    decided = part(1);
    weights = part(2);
  }
  std::vector<double> numbers() const {
    std::vector<double> all = {updates, decisions};
    for (const auto* part : {&sums, &decided, &weights}) all.insert(all.end(), part->begin(), part->end());
    return all;
  }

  void add(const std::vector<double>& update) {
    if (sums.empty()) sums = decided = weights = std::vector<double>(update.size());
    for (size_t i = 0; i < sums.size(); ++i) sums[i] += update[i];
    ++updates;
  }
  void decide(const ElitePenaltyConfig& config, size_t classes) {
    const size_t channels = sums.size() / classes;
    for (size_t i = 0; i < sums.size(); ++i)
      decided[i] = decisions == 0 ? sums[i] : 0.5 * decided[i] + 0.5 * sums[i];
    for (size_t c = 0; c < classes; ++c) {
      const auto first = static_cast<std::ptrdiff_t>(c * channels),
                 last = first + static_cast<std::ptrdiff_t>(channels);
      const std::vector<double> own =
          elite_weights({decided.begin() + first, decided.begin() + last}, c, config);
      std::copy(own.begin(), own.end(), weights.begin() + first);
    }
    ++decisions;
    updates = 0;
    std::fill(sums.begin(), sums.end(), 0);
  }
};

}  // namespace

std::vector<double> elite_weights(const std::vector<double>& sums, size_t of_class,
                                  const ElitePenaltyConfig& config) {
  std::vector<double> sorted = sums, weights(sums.size());
  std::sort(sorted.rbegin(), sorted.rend());
  const double weakest = sorted[std::min(sums.size(), static_cast<size_t>(config.count)) - 1];
  if (weakest > 0)  // otherwise fewer channels are active than there are elites
    for (size_t f = 0; f < sums.size(); ++f) weights[f] = std::min(1.0, sums[f] / weakest);
  for (const size_t elite : elites_of(sums, of_class, config)) weights[elite] = 0;
  return weights;
}

LossTerm elites(const ElitePenaltyConfig& config, const policy::NetworkConfig& network, int64_t actions) {
  const std::string layer =
      config.layer.empty() ? fmt::format("embedder.relu{}", network.channels.size()) : config.layer;
  const int64_t classes = config.classes == EliteClasses::moves ? actions : kNinths;
  LossTerm term;
  term.name = "elites";
  term.help =
      "mean absolute output of the channels that are no elites of the state's class (train.penalties.elites)";
  term.taps = {layer};
  term.of_samples = [config, layer, classes](const ForwardPass& pass, const std::vector<double>& numbers) {
    const torch::Tensor strength = strengths(pass.tap(layer));
    const Memory memory(numbers);
    if (memory.decisions == 0) return 0 * strength.sum(1);
    const torch::Tensor weights =
        torch::tensor(memory.weights, torch::kFloat32).view({classes, -1}).to(strength.device());
    return (strength * weights.index_select(0, classes_of(pass, config.classes))).sum(1);
  };
  term.observe = [config, layer, classes](const ForwardPass& pass) {
    const torch::Tensor strength = strengths(pass.tap(layer)).detach().to(torch::kFloat64);
    return torch::zeros({classes, strength.size(1)}, strength.options())
        .index_add(0, classes_of(pass, config.classes), strength)
        .flatten();
  };
  term.remember = [config, classes](std::vector<double>& numbers, const std::vector<double>& sums,
                                    double /*samples*/) {
    Memory memory(numbers);
    if (memory.decisions > 0 && !config.refresh) return;
    memory.add(sums);
    if (memory.updates >= config.updates) memory.decide(config, static_cast<size_t>(classes));
    numbers = memory.numbers();
  };
  return term;
}

}  // namespace mazescan::trainer
