#include "evaluator/analyses/probe/interchange.h"

#include <torch/types.h>
#include <torch/utils.h>

#include <algorithm>
#include <numeric>
#include <utility>

#include "core/random.h"
#include "evaluator/analyses/probe/features.h"
#include "evaluator/analyses/probe/normals.h"
#include "evaluator/rollout/rollouts.h"
#include "policy/action_distribution.h"
#include "policy/edits.h"

namespace mazescan::probe {

namespace {

constexpr int kTries = 4;                              // pairs that are drawn from a level, until one fits
constexpr double kMinSingular = 1e-3;                  // of a direction of a basis, relative to the largest
constexpr int64_t kSideBytes = int64_t{64} << 20;      // largest size of one side's activations
constexpr int64_t kMaxBasisValues = int64_t{1} << 22;  // a larger basis is not stored

// Returns the policy's probabilities of moves, float64 [states, moves].
torch::Tensor policy_of(const rollout::Agent& agent, const std::vector<envs::MazeState>& states) {
  std::vector<int> episodes(states.size());
  std::iota(episodes.begin(), episodes.end(), 0);
  const auto count = static_cast<int64_t>(states.size());
  std::vector<float> logits(states.size() * static_cast<size_t>(agent.actions())), values(states.size());
  agent.evaluate(states, episodes, logits.data(), values.data());
  const auto moves =
      rollout::move_probabilities(agent, policy::ActionDistribution(logits.data(), count, agent.actions()));
  torch::Tensor policy = torch::empty({count, envs::kMoves}, torch::kFloat64);
  auto* out = policy.data_ptr<double>();
  for (const auto& row : moves) out = std::copy(row.begin(), row.end(), out);
  return policy;
}

// Returns the total variation of each row.
std::vector<double> total_variation(const torch::Tensor& a, const torch::Tensor& b) {
  const torch::Tensor rows = (a - b).abs().sum(1).mul_(0.5).contiguous();
  return {rows.data_ptr<double>(), rows.data_ptr<double>() + rows.numel()};
}

// Projects the rows of `values` on a random subspace of the given rank.
torch::Tensor projected_at_random(const torch::Tensor& values, int64_t rank, RandomStream& random) {
  if (rank >= values.size(1)) return values;
  const torch::Tensor span = normals(values.size(1), rank, random);
  const torch::Tensor factor = torch::linalg_cholesky(torch::mm(span.t(), span));
  return torch::mm(torch::cholesky_solve(torch::mm(values, span).t(), factor).t(), span.t());
}

}  // namespace

CheesePairs cheese_pairs(const ProbeSamples& samples, const std::vector<envs::MazeLevel>& levels,
                         const rollout::Agent& agent, int64_t count, uint64_t seed) {
  CheesePairs pairs;
  if (!samples.is_split() || count == 0) return pairs;
  std::vector<std::vector<int64_t>> samples_of(levels.size());
  for (int64_t i = 0; i < samples.count(); ++i)
    if (samples.in(datasets::Split::test, i))
      samples_of[static_cast<size_t>(samples.level[static_cast<size_t>(i)])].push_back(i);
  std::vector<envs::MazeState> here, elsewhere;  // kTries of each level
  std::vector<int32_t> layouts;
  for (size_t l = 0; l < levels.size(); ++l) {
    const std::vector<int64_t>& recorded = samples_of[l];
    const std::vector<envs::Cell> cells = open_cells(levels[l]);
    if (recorded.empty() || cells.size() < 4) continue;
    RandomStream random(seed, "interchange", static_cast<uint64_t>(levels[l].seed));
    for (int t = 0; t < kTries; ++t) {
      const auto s = static_cast<size_t>(recorded[random.below(static_cast<uint32_t>(recorded.size()))]);
      envs::MazeState state = initial_state(levels[l]);
      state.mouse = samples.mouse[s];
      state.facing_right = samples.mirrored[s] != 0;
      here.push_back(state);
      do {
        state.cheese = cells[random.below(static_cast<uint32_t>(cells.size()))];
      } while (state.cheese == levels[l].cheese || state.cheese == state.mouse ||
               state.cheese == envs::kStart);
      elsewhere.push_back(state);
    }
    layouts.push_back(samples.levels[l].layout);
  }
  const std::vector<double> difference = total_variation(policy_of(agent, here), policy_of(agent, elsewhere));
  pairs.levels = static_cast<int64_t>(layouts.size());
  for (size_t l = 0; l < layouts.size(); ++l) {
    const auto first = difference.begin() + static_cast<int64_t>(l) * kTries;
    pairs.changed += *first > kChangesPolicy ? 1 : 0;
    const auto found = std::find_if(first, first + kTries, [](double tv) { return tv > kChangesPolicy; });
    if (found == first + kTries || pairs.count() == count) continue;
    const auto at = static_cast<size_t>(found - difference.begin());
    pairs.here.push_back(here[at]);
    pairs.elsewhere.push_back(elsewhere[at]);
    pairs.layout.push_back(layouts[l]);
  }
  return pairs;
}

torch::Tensor read_out_basis(const LinearProbe& probe, const torch::Tensor& scale) {
  torch::NoGradGuard no_grad;
  torch::Tensor weight = probe.weight.cpu().to(torch::kFloat64) * scale.to(torch::kFloat64).unsqueeze(1);
  weight = weight - weight.mean(1, true);
  // The right singular vectors of the weights, which have many more rows than columns.
  const auto [squares, vectors] = torch::linalg_eigh(torch::mm(weight.t(), weight), "L");
  const double largest = std::max(squares.max().item<double>(), 0.0);
  const torch::Tensor kept = (squares > largest * kMinSingular * kMinSingular).nonzero().squeeze(1);
  if (largest == 0 || kept.numel() == 0) return torch::empty({weight.size(0), 0}, torch::kFloat64);
  return torch::mm(weight, vectors.index_select(1, kept)) / squares.index_select(0, kept).sqrt();
}

std::vector<InterchangePair> interchange(const torch::Tensor& basis, const torch::Tensor& here,
                                         const torch::Tensor& elsewhere, const torch::Tensor& policy_here,
                                         const torch::Tensor& policy_elsewhere, const PatchedPolicy& patched,
                                         uint64_t seed) {
  torch::NoGradGuard no_grad;
  const torch::Tensor change = (elsewhere - here).to(torch::kFloat64);
  const auto distance = [&](const torch::Tensor& part) {
    return total_variation(patched(here + part.to(torch::kFloat32)), policy_elsewhere);
  };
  const std::vector<double> original = total_variation(policy_here, policy_elsewhere);
  const std::vector<double> along = distance(torch::mm(torch::mm(change, basis), basis.t()));
  std::vector<InterchangePair> rows(original.size());
  for (size_t i = 0; i < rows.size(); ++i) {
    rows[i].original = original[i];
    rows[i].patched = along[i];
  }
  for (int r = 0; r < kRandomSubspaces; ++r) {
    RandomStream random(seed, "interchange/random subspace", static_cast<uint64_t>(r));
    const std::vector<double> at_random =
        basis.size(1) == 0 ? original : distance(projected_at_random(change, basis.size(1), random));
    for (size_t i = 0; i < rows.size(); ++i) rows[i].at_random.push_back(at_random[i]);
  }
  return rows;
}

Interchange interchange_of_layer(const policies::TrainedPolicy& trained, const std::string& tap,
                                 const torch::Tensor& basis, const CheesePairs& pairs, uint64_t seed) {
  const policy::Network& network = trained.policy.network;
  const rollout::NetworkAgent agent(network, trained.environment);
  const int64_t features = basis.size(0),
                count = std::min(pairs.count(), std::max<int64_t>(kSideBytes / (4 * features), 16));
  const auto some = [&](const std::vector<envs::MazeState>& states) {
    return std::vector<envs::MazeState>(states.begin(), states.begin() + count);
  };
  const std::vector<envs::MazeState> here = some(pairs.here), elsewhere = some(pairs.elsewhere);
  Interchange result;
  result.rank = static_cast<int32_t>(basis.size(1));
  result.levels = pairs.levels;
  result.changed = pairs.changed;
  if (result.rank > 0 && basis.numel() <= kMaxBasisValues) {
    const torch::Tensor plain = basis.to(torch::kFloat32).contiguous();
    result.basis = ReadOutBasis{{plain.data_ptr<float>(), plain.data_ptr<float>() + plain.numel()}};
  }
  if (count == 0) return result;

  std::vector<int64_t> shape;
  for (const policy::LayerSpec& layer : network.layers())
    if (layer.name == tap) shape = layer.shape;
  const torch::Tensor everywhere = torch::ones(shape, torch::kBool);
  shape.insert(shape.begin(), -1);
  const PatchedPolicy patched = [&](const torch::Tensor& activations) {
    const rollout::EditRule rule = [&](const std::vector<envs::MazeState>&,
                                       const std::vector<int>& episodes) -> std::vector<policy::Edit> {
      const std::vector<int64_t> rows(episodes.begin(), episodes.end());
      return {{tap, policy::SetActivations{everywhere,
                                           activations.index_select(0, torch::tensor(rows)).reshape(shape)}}};
    };
    return policy_of(rollout::NetworkAgent(network, trained.environment, rule), here);
  };
  result.pairs = interchange(basis, activations_of(network, agent, tap, here),
                             activations_of(network, agent, tap, elsewhere), policy_of(agent, here),
                             policy_of(agent, elsewhere), patched, seed);
  for (size_t i = 0; i < result.pairs.size(); ++i) {
    InterchangePair& row = result.pairs[i];
    row.level = here[i].level->seed;
    row.layout = pairs.layout[i];
    row.mouse = here[i].mouse;
    row.facing_right = here[i].facing_right;
    row.cheese = here[i].cheese;
    row.elsewhere = elsewhere[i].cheese;
  }
  return result;
}

}  // namespace mazescan::probe
