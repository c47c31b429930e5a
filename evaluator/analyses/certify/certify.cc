#include "evaluator/analyses/certify/certify.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "core/log.h"
#include "envs/maze/maze_config.h"
#include "evaluator/analyses/certify/certificate.h"
#include "evaluator/analyses/result_job.h"
#include "evaluator/policies/trained_policy.h"
#include "policy/action_distribution.h"

namespace mazescan::certify {

namespace {

constexpr int kLayoutsAtOnce = 16;  // evaluated together, to fill the forward passes

// Returns a level with this layout and no cheese, placed in the policy's world.
envs::MazeLevel level_of_layout(const envs::EnvironmentConfig& environment, int size, uint32_t walls) {
  envs::MazeLevel level;
  level.size = size;
  const auto& maze = environment.own<maze::MazeConfig>();
  level.world_dim = maze.world_dim;
  level.origin = maze::maze_origin(maze::level_options(maze), size);
  level.open = open_cells(size, walls);
  return level;
}

// Computes the agent's chain for each cheese cell of each layout.
class ChainMaker {
 public:
  explicit ChainMaker(const rollout::Agent& agent)
      : agent_(agent), faces_(agent.depends_on_facing() ? 2 : 1) {}

  std::vector<std::vector<rollout::MoveChain>> chains(const std::vector<envs::MazeLevel>& levels,
                                                      const std::vector<FreeCells>& cells) {
    states_.clear();
    for (size_t l = 0; l < levels.size(); ++l)
      for (const envs::Cell cheese : cells[l].cells)
        for (const envs::Cell mouse : cells[l].cells)
          for (int face = 0; face < faces_ && mouse != cheese; ++face)
            states_.push_back({&levels[l], mouse, cheese, face == 1, 0, {}, {}, {}});
    const auto actions = static_cast<size_t>(agent_.actions());
    logits_.resize(states_.size() * actions);
    values_.resize(states_.size());
    episodes_.resize(states_.size());
    agent_.evaluate(states_, episodes_, logits_.data(), values_.data());
    check_answers();

    const policy::ActionDistribution distribution(logits_.data(), static_cast<int64_t>(states_.size()),
                                                  agent_.actions());
    const torch::Tensor probabilities = distribution.probabilities();
    const float* probability = probabilities.data_ptr<float>();
    const std::vector<int> greedy = distribution.mode();
    size_t row = 0;
    std::vector<std::vector<rollout::MoveChain>> chains(levels.size());
    for (size_t l = 0; l < levels.size(); ++l) {
      const FreeCells& free = cells[l];
      chains[l].resize(free.cells.size());
      for (int cheese = 0; cheese < free.count(); ++cheese) {
        auto& states = chains[l][static_cast<size_t>(cheese)].states;
        states.resize(free.cells.size() * static_cast<size_t>(faces_));
        for (size_t s = 0; s < states.size(); ++s) {
          states[s].arrived = static_cast<int>(s) / faces_ == cheese;
          if (states[s].arrived) continue;
          fill(states[s], free, static_cast<int>(s), probability + row * actions, greedy[row]);
          ++row;
        }
      }
    }
    return chains;
  }

 private:
  // Sets a state's transitions. probability: one per action; greedy: the greedy policy's action.
  void fill(rollout::MoveChain::State& state, const FreeCells& free, int s, const float* probability,
            int greedy) const {
    double total = 0;
    for (int a = 0; a < agent_.actions(); ++a) {
      const double p = probability[a];
      state.probability[static_cast<size_t>(agent_.move(a))] += p;
      total += p;
    }
    for (double& p : state.probability)
      p /= total;  // float32 sums to 1 only within 1e-6, an error that grows over hundreds of steps
    for (int m = 0; m < envs::kMoves; ++m) {
      const auto move = static_cast<envs::Move>(m);
      const int face = faces_ == 1 ? 0 : move == envs::Move::right ? 1 : move == envs::Move::left ? 0 : s % 2;
      state.next[static_cast<size_t>(m)] =
          free.next[static_cast<size_t>(s / faces_)][static_cast<size_t>(m)] * faces_ + face;
    }
    state.greedy = state.next[static_cast<size_t>(agent_.move(greedy))];
  }

  void check_answers() const {
    for (const float logit : logits_)
      if (!std::isfinite(logit))
        throw UserError("the policy's outputs are not finite", "its activations overflow, or it is damaged",
                        "a working policy, or float32");
  }

  const rollout::Agent& agent_;
  const int faces_;
  std::vector<envs::MazeState> states_;
  std::vector<int> episodes_;
  std::vector<float> logits_, values_;
};

}  // namespace

CertifiedLayouts certified_layouts(int size, int64_t seed, int layouts) {
  CertifiedLayouts certified{all_layouts(size), {}};
  certified.chosen =
      sampled_indices(certified.all.count(), static_cast<size_t>(layouts), static_cast<uint64_t>(seed), size);
  return certified;
}

std::vector<datasets::WorkUnit> certify_units(const CertifyConfig& config) {
  std::vector<datasets::WorkUnit> units;
  std::vector<int> sizes = config.sizes;
  std::sort(sizes.rbegin(), sizes.rend());
  for (const int size : sizes) {
    const auto all = static_cast<int>(layout_count(size));
    const bool sample = config.layouts > 0 && config.layouts < all;
    const int layouts = sample ? config.layouts : all;
    for (int chunk = 0; chunk * config.chunk < layouts; ++chunk)
      units.push_back({size, sample ? kSampledLayouts : kAllLayouts, chunk});
  }
  return units;
}

int64_t certified_states(int size, int64_t layouts, int faces) {
  const int64_t rooms = int64_t{size + 1} / 2 * ((size + 1) / 2), cells = 2 * rooms - 1;
  return layouts * cells * (cells - 1) * faces;
}

int certify_limit(const CertifyConfig& config, const envs::EnvironmentConfig& environment, int size) {
  return config.max_steps > 0 ? config.max_steps : time_limit(environment, size);
}

CertifyResult certify_unit(const jobs::RunConfig& config, const envs::EnvironmentConfig& environment,
                           const rollout::Agent& agent, const CertifiedLayouts& layouts,
                           const datasets::WorkUnit& unit) {
  const CertifyConfig& section = config.section<CertifyConfig>();
  const auto total = static_cast<int>(layouts.chosen.size());
  const int begin = unit.chunk * section.chunk, end = std::min(begin + section.chunk, total);
  Certificate certificate(unit.size, environment.own<maze::MazeConfig>().region,
                          certify_limit(section, environment, unit.size), agent.depends_on_facing() ? 2 : 1);
  ChainMaker maker(agent);
  for (int first = begin; first < end; first += kLayoutsAtOnce) {
    const int last = std::min(first + kLayoutsAtOnce, end);
    std::vector<envs::MazeLevel> levels;
    std::vector<FreeCells> cells;
    for (int i = first; i < last; ++i) {
      levels.push_back(level_of_layout(environment, unit.size, layouts.all.open_walls[layouts.chosen[i]]));
      cells.emplace_back(levels.back());
    }
    const auto chains = maker.chains(levels, cells);
    for (int i = first; i < last; ++i)
      certificate.add(layouts.chosen[i], layouts.all.probability[layouts.chosen[i]], cells[i - first],
                      chains[i - first]);
  }
  CertifyResult result = certificate.result();
  result.layouts = static_cast<int64_t>(layouts.all.count());
  result.chosen = total;
  return result;
}

jobs::JobEnd certify(const jobs::RunConfig& config, const cluster::Communicator& communicator,
                     const datasets::ArrayTask& part, double lock_timeout_s) {
  const CertifyConfig& section = config.section<CertifyConfig>();
  const policies::TrainedPolicy trained =
      policies::open_trained_policy(config, datasets::kCertify.name, section, communicator.local_rank());
  policies::require_maze(trained, datasets::kCertify.name);
  policies::check_compatible(trained, section.sizes, {}, datasets::kCertify.name, "");
  if (communicator.is_root())
    log_info("certifying {} in {}: sizes {}, {} of each",
             policies::policy_path(config, section.policy).string(), section.compute_dtype,
             fmt::join(section.sizes, " "),
             section.layouts == 0 ? "all layouts" : fmt::format("at most {} layouts", section.layouts));
  std::map<int, CertifiedLayouts> layouts;
  for (const int size : section.sizes)
    layouts.emplace(size, certified_layouts(size, config.seed, section.layouts));
  const rollout::NetworkAgent agent(trained.policy.network, trained.environment);
  const auto compute = [&](const datasets::WorkUnit& unit, datasets::ResultShard& shard) {
    datasets::write_columns(certify_unit(config, trained.environment, agent, layouts.at(unit.size), unit),
                            shard);
  };
  return analyses::run_result_job(
      {datasets::kCertify, certify_units(section), dump_identity(section), compute}, config, trained,
      communicator, part, lock_timeout_s);
}

jobs::JobInfo certify_job() {
  return {datasets::kCertify,
          "compute the worst case exactly over every maze of the smallest sizes",
          "every maze of the smallest sizes, exactly",
          AnySection::of<CertifyConfig>(),
          {datasets::kScan},
          /*in_parts=*/true,
          jobs::JobPolicies::of_mazes,
          certify,
          estimate_certify};
}

}  // namespace mazescan::certify
