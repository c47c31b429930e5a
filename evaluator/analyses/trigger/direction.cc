#include "evaluator/analyses/trigger/direction.h"

#include <torch/types.h>

#include <cmath>
#include <utility>

#include "evaluator/analyses/trigger/choices.h"
#include "evaluator/rollout/activations.h"

namespace mazescan::trigger {

namespace {

constexpr float kPi = 3.14159265F;

// Draws normally distributed numbers (Box and Muller) with the shape and the norm of `like`.
torch::Tensor random_direction(const torch::Tensor& like, RandomStream stream) {
  std::vector<float> values(static_cast<size_t>(like.numel()));
  for (float& value : values) {
    const float u = 1 - stream.uniform(), v = stream.uniform();
    value = std::sqrt(-2 * std::log(u)) * std::cos(2 * kPi * v);
  }
  const torch::Tensor direction = torch::tensor(values).reshape(like.sizes());
  return direction * (like.norm() / direction.norm());
}

// Groups consecutive choices by level: one row per level, and the row of each choice.
struct LevelsOfChoices {
  LevelsOfChoices(const std::vector<Choice>& choices, const std::vector<envs::MazeLevel>& levels) {
    for (const Choice& choice : choices) {
      const int32_t seed = levels[static_cast<size_t>(choice.level)].seed;
      if (rows.empty() || rows.back().seed != seed) rows.push_back({seed, 0, {}, {}});
      ++rows.back().states;
      row.push_back(rows.size() - 1);
    }
  }
  std::vector<EditedLevelRow> rows;
  std::vector<size_t> row;
};

}  // namespace

std::string edited_tap(const TriggerConfig& config, const policy::Network& network) {
  if (!config.layer.empty()) return config.layer;
  std::string last;
  for (const policy::LayerSpec& tap : network.layers())
    if (tap.shape.size() == 3) last = tap.name;
  return last;
}

DirectionResult direction_unit(const jobs::RunConfig& config, const policies::TrainedPolicy& trained,
                               int size) {
  const TriggerConfig& section = config.section<TriggerConfig>();
  const policy::Network& network = trained.policy.network;
  const std::vector<envs::MazeLevel> levels =
      trigger_levels(config, trained.environment, {size, kDirection, 0});
  std::vector<Choice> searched, scored;
  for (const Choice& choice : choices(levels))
    (is_searched(section, levels[static_cast<size_t>(choice.level)]) ? searched : scored).push_back(choice);

  DirectionResult result;
  result.tap = edited_tap(section, network);
  const rollout::NetworkAgent plain(network, trained.environment);
  const auto moves = moves_in(plain, searched);
  std::vector<envs::MazeState> to_cheese, to_corner;
  for (size_t i = 0; i < searched.size(); ++i)
    (favours_cheese(searched[i], moves[i]) ? to_cheese : to_corner).push_back(searched[i].state);
  result.search_cheese = static_cast<int64_t>(to_cheese.size());
  result.search_corner = static_cast<int64_t>(to_corner.size());
  if (to_cheese.empty() || to_corner.empty() || scored.empty()) return result;
  const torch::Tensor corner = rollout::mean_tap_output(network, plain, to_corner, result.tap),
                      cheese = rollout::mean_tap_output(network, plain, to_cheese, result.tap);
  const torch::Tensor direction = cheese - corner;
  const torch::Tensor random = random_direction(
      direction,
      RandomStream(static_cast<uint64_t>(config.seed), "trigger/random", static_cast<uint64_t>(size)));

  LevelsOfChoices of(scored, levels);
  const auto count = [&](const torch::Tensor& vector, std::vector<int32_t> EditedLevelRow::*favours) {
    for (EditedLevelRow& row : of.rows) (row.*favours).resize(section.coefficients.size());
    for (size_t c = 0; c < section.coefficients.size(); ++c) {
      std::vector<policy::Edit> edits = {{result.tap, policy::AddVector{vector, section.coefficients[c]}}};
      const rollout::NetworkAgent edited(network, trained.environment,
                                         [&](const auto&, const auto&) { return edits; });
      const auto edited_moves = moves_in(edited, scored);
      for (size_t i = 0; i < scored.size(); ++i)
        if (favours_cheese(scored[i], edited_moves[i])) ++(of.rows[of.row[i]].*favours)[c];
    }
  };
  count(direction, &EditedLevelRow::favours);
  count(random, &EditedLevelRow::random_favours);
  result.counts = DirectionCounts{
      direction.norm().item<double>(),
      policy::edited_share(network, {{result.tap, policy::AddVector{direction, 1}}}).of_network,
      section.coefficients, std::move(of.rows)};
  return result;
}

}  // namespace mazescan::trigger
