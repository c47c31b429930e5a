#include "evaluator/analyses/trigger/trigger.h"

#include <fmt/format.h>
#include <torch/torch.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "core/log.h"
#include "evaluator/analyses/result_job.h"
#include "evaluator/analyses/trigger/config.h"
#include "evaluator/jobs/level_grid.h"
#include "evaluator/rollout/rollouts.h"

namespace fs = std::filesystem;

namespace mazescan {

namespace {

constexpr float kPi = 3.14159265F;

// The probabilities of the five moves in each state.
std::vector<std::array<float, kMoves>> moves_in(const Agent& agent, const std::vector<MazeState>& states,
                                                const std::vector<int>& episodes) {
  std::vector<float> logits(states.size() * static_cast<size_t>(agent.actions())), values(states.size());
  agent.answer(states, episodes, logits.data(), values.data());
  return move_probabilities(agent, {logits.data(), static_cast<int64_t>(states.size()), agent.actions()});
}

bool favours_cheese(const Choice& choice, const std::array<float, kMoves>& moves) {
  float cheese = 0, corner = 0;
  for (size_t move = 0; move < kMoves; ++move) {
    if (choice.cheese_moves[move]) cheese += moves[move];
    if (choice.corner_moves[move]) corner += moves[move];
  }
  return cheese > corner;
}

float euclidean_distance(Cell a, Cell b) {
  return std::hypot(static_cast<float>(a.x - b.x), static_cast<float>(a.y - b.y));
}

}  // namespace

ResultShard trigger_unit(const RunConfig& config, const EnvironmentConfig& environment, const Agent& agent,
                         const WorkUnit& unit) {
  const std::vector<MazeLevel> levels = trigger_levels(config, environment, unit);
  const std::vector<Choice> found = choices(levels);
  std::vector<MazeState> with, without;
  std::vector<int> episodes;
  for (const Choice& choice : found) {
    with.push_back(choice.state);
    without.push_back(choice.state);
    without.back().cheese = kNoCell;
    episodes.push_back(choice.level);
  }
  const auto moves = moves_in(agent, with, episodes), moves_without = moves_in(agent, without, episodes);

  std::vector<int32_t> seeds, cheese, mouse, to_cheese, to_corner;
  std::vector<uint8_t> open, favours;
  for (const MazeLevel& level : levels) {
    seeds.push_back(level.seed);
    open.insert(open.end(), level.open.begin(), level.open.end());
    cheese.insert(cheese.end(), {level.cheese.x, level.cheese.y});
  }
  std::vector<float> euclidean_cheese, euclidean_corner, all, all_without, difference;
  for (size_t s = 0; s < found.size(); ++s) {
    const Choice& choice = found[s];
    const MazeLevel& level = levels[static_cast<size_t>(choice.level)];
    const Cell cell = choice.state.mouse;
    mouse.insert(mouse.end(), {cell.x, cell.y});
    to_cheese.push_back(choice.to_cheese);
    to_corner.push_back(choice.to_corner);
    euclidean_cheese.push_back(euclidean_distance(cell, level.cheese));
    euclidean_corner.push_back(euclidean_distance(cell, level.top_right()));
    favours.push_back(favours_cheese(choice, moves[s]) ? 1 : 0);
    float sum = 0;
    for (size_t move = 0; move < kMoves; ++move) sum += std::abs(moves[s][move] - moves_without[s][move]);
    difference.push_back(sum / 2);
    all.insert(all.end(), moves[s].begin(), moves[s].end());
    all_without.insert(all_without.end(), moves_without[s].begin(), moves_without[s].end());
  }
  const auto count = static_cast<int64_t>(levels.size()), states = static_cast<int64_t>(found.size());
  ResultShard shard(kTrigger, unit, "");
  shard.set("level/seed", seeds, "level");
  shard.set("level/open", open, {{"level", count}, {"y", unit.size}, {"x", unit.size}});
  shard.set("level/cheese", cheese, {{"level", count}, {"coordinate", 2}});
  shard.set("state/level", episodes, "state");
  shard.set("state/mouse", mouse, {{"state", states}, {"coordinate", 2}});
  shard.set("state/to_cheese", to_cheese, "state");
  shard.set("state/to_corner", to_corner, "state");
  shard.set("state/euclidean_cheese", euclidean_cheese, "state");
  shard.set("state/euclidean_corner", euclidean_corner, "state");
  shard.set("state/moves", all, {{"state", states}, {"move", kMoves}});
  shard.set("state/moves_without_cheese", all_without, {{"state", states}, {"move", kMoves}});
  shard.set("state/favours", favours, "state");
  shard.set("state/difference", difference, "state");
  return shard;
}

namespace {

// The last map before the fully connected layer.
std::string last_map(const Network& network) {
  std::string name;
  for (const LayerSpec& tap : network.layers())
    if (tap.shape.size() == 3) name = tap.name;
  return name;
}

std::string edited_tap(const TriggerConfig& config, const Network& network) {
  return config.tap.empty() ? last_map(network) : config.tap;
}

// Normally distributed numbers of the given length in all, of one stream.
torch::Tensor random_direction(const torch::Tensor& like, RandomStream stream) {
  std::vector<float> values(static_cast<size_t>(like.numel()));
  for (float& value : values) {  // Box and Muller
    const float u = 1 - stream.uniform(), v = stream.uniform();
    value = std::sqrt(-2 * std::log(u)) * std::cos(2 * kPi * v);
  }
  const torch::Tensor direction = torch::tensor(values).reshape(like.sizes());
  return direction * (like.norm() / direction.norm());
}

}  // namespace

ResultShard direction_unit(const RunConfig& config, const ScannedPolicy& scanned, const WorkUnit& unit) {
  const TriggerConfig& asked = config.section<TriggerConfig>();
  const auto seed = static_cast<uint64_t>(config.seed);
  const Network& network = scanned.policy.network;
  const std::vector<MazeLevel> levels = trigger_levels(config, scanned.environment, unit);
  std::vector<Choice> search, scored;
  for (const Choice& choice : choices(levels))
    (is_searched(asked, levels[static_cast<size_t>(choice.level)]) ? search : scored).push_back(choice);

  // The direction.
  const NetworkAgent plain(network, scanned.environment);
  const auto split = [](const std::vector<Choice>& from) {
    std::pair<std::vector<MazeState>, std::vector<int>> states;
    for (const Choice& choice : from) {
      states.first.push_back(choice.state);
      states.second.push_back(choice.level);
    }
    return states;
  };
  const auto [search_states, search_episodes] = split(search);
  const auto moves = moves_in(plain, search_states, search_episodes);
  std::vector<MazeState> kinds[2];  // favour the corner, the cheese
  for (size_t i = 0; i < search.size(); ++i)
    kinds[favours_cheese(search[i], moves[i]) ? 1 : 0].push_back(search[i].state);
  const std::string tap = edited_tap(asked, network);
  ResultShard shard(kTrigger, unit, "");
  shard.facts = {{"tap", tap}, {"search_corner", kinds[0].size()}, {"search_cheese", kinds[1].size()}};
  if (kinds[0].empty() || kinds[1].empty() || scored.empty()) return shard;
  torch::Tensor means[2];
  for (const int kind : {0, 1}) {
    const TapRecord record = record_taps(network, plain.observe(kinds[kind]), {tap}, "")[0];
    const torch::Tensor outputs = torch::tensor(record.values).reshape(record.shape);
    means[kind] = outputs.to(torch::kFloat64).mean(0).to(torch::kFloat32);
  }
  const torch::Tensor direction = means[1] - means[0];
  const torch::Tensor random =
      random_direction(direction, RandomStream(seed, "trigger/random", static_cast<uint64_t>(unit.size)));
  shard.facts["norm"] = direction.norm().item<double>();
  shard.facts["share_of_network"] = edited_share(network, {{tap, AddVector{direction, 1}}}).of_network;

  // Along it.
  std::vector<int32_t> seeds, states;
  std::vector<int> row;  // of each choice
  for (const Choice& choice : scored) {
    const int32_t level_seed = levels[static_cast<size_t>(choice.level)].seed;
    if (seeds.empty() || seeds.back() != level_seed) {
      seeds.push_back(level_seed);
      states.push_back(0);
    }
    ++states.back();
    row.push_back(static_cast<int>(seeds.size()) - 1);
  }
  const auto [scored_states, scored_episodes] = split(scored);
  const size_t coefficients = asked.coefficients.size();
  const auto counts = [&](const torch::Tensor& vector) {
    std::vector<int32_t> favours(seeds.size() * coefficients);
    for (size_t c = 0; c < coefficients; ++c) {
      const std::vector<Edit> edits = {{tap, AddVector{vector, asked.coefficients[c]}}};
      const NetworkAgent agent(network, scanned.environment, [&](const std::vector<int>&) { return edits; });
      const auto edited_moves = moves_in(agent, scored_states, scored_episodes);
      for (size_t i = 0; i < scored.size(); ++i)
        if (favours_cheese(scored[i], edited_moves[i]))
          ++favours[static_cast<size_t>(row[i]) * coefficients + c];
    }
    return favours;
  };
  const std::vector<H5Axis> axes = {{"level", static_cast<int64_t>(seeds.size())},
                                    {"coefficient", static_cast<int64_t>(coefficients)}};
  shard.set("direction/coefficient", asked.coefficients, "coefficient");
  shard.set("direction/favours", counts(direction), axes);
  shard.set("random/favours", counts(random), axes);
  shard.set("direction/seed", seeds, "level");
  shard.set("direction/states", states, "level");
  return shard;
}

namespace {

class TriggerJob : public ResultJob {
 public:
  TriggerJob(const RunConfig& of_config, ScannedPolicy of_policy, const World& world)
      : ResultJob(kTrigger, of_config, trigger_units(of_config.section<TriggerConfig>()),
                  std::move(of_policy), payload_text(of_config.section<TriggerConfig>()), world) {}
  ResultShard compute(const WorkUnit& unit) override {
    ResultShard shard = unit.subject == kDirection
                            ? direction_unit(config, scanned, unit)
                            : trigger_unit(config, scanned.environment,
                                           NetworkAgent(scanned.policy.network, scanned.environment), unit);
    shard.key = key;
    return shard;
  }
};

}  // namespace

std::vector<int> require_triggerable(const RunConfig& config, const ScannedPolicy& scanned) {
  const TriggerConfig& asked = config.section<TriggerConfig>();
  LevelGrid shown;
  shown.sizes = asked.sizes;
  require_showable(scanned, shown, asked.tap.empty() ? std::vector<std::string>{} : std::vector{asked.tap},
                   "trigger", "tap");
  const auto& taps = scanned.policy.network.layers();
  const auto at = [&](const std::string& name) {
    return std::find_if(taps.begin(), taps.end(), [&](const LayerSpec& tap) { return tap.name == name; });
  };
  require(at(edited_tap(asked, scanned.policy.network)) < at("embedder.fc"),
          fmt::format("'trigger.tap' is {}", asked.tap),
          "edits act upstream of embedder.fc: clamping what comes out would be no finding",
          last_map(scanned.policy.network));
  return require_choices(config, scanned.environment);
}

JobEnd trigger(const RunConfig& config, const World& world, const ArrayTask& part, double patience) {
  const TriggerConfig& asked = config.section<TriggerConfig>();
  ScannedPolicy scanned = open_scanned_policy(config, "trigger", asked, world.local_rank());
  const std::vector<int> without = require_triggerable(config, scanned);
  if (world.is_root()) {
    log_info("looking for the trigger of {}: {} sizes x {} levels, every cell",
             policy_path(config, asked.policy).string(), asked.sizes.size(), asked.levels);
    for (const int size : without)
      log_warning("size {}: no state to look at: nothing lies between the cheese and the top-right corner",
                  size);
  }
  TriggerJob job(config, std::move(scanned), world);
  return run_units(job, world, fs::path(config.run) / kTrigger.name, part, patience);
}

JobInfo trigger_job() {
  return {kTrigger,
          "find what switches the mouse from the corner to the cheese",
          "what switches the mouse from the corner to the cheese",
          AnySection::of<TriggerConfig>(),
          {"train"},
          {"Q7"},
          /*in_parts=*/false,
          trigger,
          describe_trigger_estimate};
}

}  // namespace mazescan
