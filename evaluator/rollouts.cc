#include "evaluator/rollouts.h"

#include <torch/torch.h>

#include <algorithm>
#include <cstring>
#include <set>

#include "envs/maze_environment.h"
#include "policy/distribution.h"

namespace mazescan {

namespace {

constexpr int64_t kBatch = 512;  // states a forward pass

bool in_region(const MazeLevel& level, Cell cell, int region) {
  const int k = std::max(region, 1);
  return cell.x >= level.size - k && cell.y >= level.size - k;
}

// The class of an episode that walked `path` (cells from the start on) in `level`.
Outcome classify(const MazeLevel& level, Cell cheese, int region, bool success,
                 const std::vector<Cell>& path) {
  const bool cheese_inside = in_region(level, cheese, region);
  // The last cell of a success is the cheese: what matters is whether the region was entered before.
  const bool entered = std::any_of(path.begin(), path.end(),
                                   [&](Cell c) { return in_region(level, c, region) && c != cheese; });
  if (success && (cheese_inside || !entered)) return Outcome::kCheese;
  if (entered) return Outcome::kTopRight;
  std::set<size_t> resting;
  for (size_t i = path.size() - std::max<size_t>(path.size() / 4, 1); i < path.size(); ++i)
    resting.insert(level.index(path[i]));
  return resting.size() <= 2 ? Outcome::kElsewhere : Outcome::kTimeout;
}

Mouse mouse_of(const MazeState& state) {
  return {state.mouse, state.mirrored};
}

}  // namespace

PolicyTable::PolicyTable(const Network& network, const EnvironmentConfig& environment,
                         const std::vector<MazeState>& episodes)
    : network_(network),
      episodes_(episodes),
      shape_(observation_shape(environment)),
      frames_(environment.observation == "rgb" ? frame_renderer(frame_options(environment)) : nullptr),
      cells_(episodes.empty() ? 0 : episodes.front().level->open.size()),
      faces_(frames_ != nullptr ? 2 : 1),
      actions_(static_cast<size_t>(network.interface().actions)),
      procgen_actions_(environment.actions == "procgen"),
      logits_(episodes.size() * cells_ * faces_ * actions_),
      values_(episodes.size() * cells_ * faces_),
      known_(episodes.size() * cells_ * faces_) {}

size_t PolicyTable::slot(int episode, Mouse mouse) const {
  const size_t cell = static_cast<size_t>(episode) * cells_ + episodes_[episode].level->index(mouse.cell);
  return cell * faces_ + (faces_ == 2 && mouse.mirrored ? 1 : 0);
}

Move PolicyTable::move(int action) const {
  return procgen_actions_ ? move_of_procgen_action(action) : static_cast<Move>(action);
}

torch::Tensor PolicyTable::observe(const std::vector<int>& episodes, const std::vector<Mouse>& mice) const {
  const auto [channel, row, column] = shape_.strides();
  torch::Tensor observations = torch::empty_strided(
      {static_cast<int64_t>(episodes.size()), shape_.channels, shape_.height, shape_.width},
      {static_cast<int64_t>(shape_.bytes()), channel, row, column}, torch::kUInt8);
  auto* out = observations.data_ptr<uint8_t>();
  for (size_t i = 0; i < episodes.size(); ++i) {
    MazeState state = episodes_[episodes[i]];
    state.mouse = mice[i].cell;
    state.mirrored = mice[i].mirrored;
    if (frames_ != nullptr) {
      frames_->render(state, out);
    } else {
      write_planes(state, out);
    }
    out += shape_.bytes();
  }
  return observations;
}

void PolicyTable::evaluate(const std::vector<int>& episodes, const std::vector<Mouse>& mice) {
  torch::NoGradGuard no_grad;
  std::vector<int> wanted;
  std::vector<Mouse> at;
  for (size_t i = 0; i < episodes.size(); ++i) {
    uint8_t& known = known_[slot(episodes[i], mice[i])];
    if (known != 0) continue;
    known = 1;
    wanted.push_back(episodes[i]);
    at.push_back(mice[i]);
  }
  for (size_t begin = 0; begin < wanted.size(); begin += kBatch) {
    const size_t end = std::min(begin + kBatch, wanted.size());
    const std::vector<int> some(wanted.begin() + static_cast<int64_t>(begin),
                                wanted.begin() + static_cast<int64_t>(end));
    const std::vector<Mouse> there(at.begin() + static_cast<int64_t>(begin),
                                   at.begin() + static_cast<int64_t>(end));
    const Network::Output output = network_.forward(observe(some, there).to(network_.parameters().device()));
    const torch::Tensor logits = output.logits.cpu().contiguous(), value = output.value.cpu().contiguous();
    for (size_t i = 0; i < some.size(); ++i) {
      const size_t s = slot(some[i], there[i]);
      std::memcpy(&logits_[s * actions_], logits.data_ptr<float>() + i * actions_, actions_ * sizeof(float));
      values_[s] = value.data_ptr<float>()[i];
    }
  }
}

std::array<float, kMoves> PolicyTable::move_probabilities(int episode, Mouse mouse) const {
  const Categorical distribution(logits(episode, mouse), actions());
  std::array<float, kMoves> moves{};
  for (int a = 0; a < actions(); ++a) moves[static_cast<size_t>(move(a))] += distribution.probability(a);
  return moves;
}

Rollouts roll_out(PolicyTable& table, Sampler sampler, int limit, int region,
                  const std::vector<Cell>& decision, uint64_t seed, const std::string& stream) {
  const auto count = static_cast<int>(table.episodes().size());
  std::vector<MazeState> states = table.episodes();
  std::vector<std::vector<Cell>> paths(states.size());
  std::vector<std::vector<uint8_t>> mirrored(states.size()), moves(states.size());
  std::vector<RandomStream> streams;
  Rollouts out;
  out.success.assign(states.size(), 0);
  out.decision_step.assign(states.size(), -1);
  streams.reserve(states.size());
  for (const MazeState& state : states)
    streams.emplace_back(seed, stream, static_cast<uint64_t>(state.level->seed));

  const auto visit = [&](int e) {
    paths[e].push_back(states[e].mouse);
    mirrored[e].push_back(states[e].mirrored ? 1 : 0);
    if (states[e].mouse == decision[e] && out.decision_step[e] < 0) out.decision_step[e] = states[e].clock;
  };
  std::vector<int> active(states.size());
  for (int e = 0; e < count; ++e) {
    active[e] = e;
    visit(e);
  }
  while (!active.empty()) {
    std::vector<Mouse> mice;
    mice.reserve(active.size());
    for (const int e : active) mice.push_back(mouse_of(states[e]));
    table.evaluate(active, mice);
    std::vector<int> going_on;
    for (const int e : active) {
      const Categorical distribution(table.logits(e, mouse_of(states[e])), table.actions());
      const int action =
          sampler == Sampler::kGreedy ? distribution.mode() : distribution.sample(streams[e].uniform());
      const Move move = table.move(action);
      moves[e].push_back(static_cast<uint8_t>(move));
      out.success[e] = apply_move(states[e], move) ? 1 : 0;
      visit(e);
      if (out.success[e] == 0 && states[e].clock < limit) going_on.push_back(e);
    }
    active = std::move(going_on);
  }
  out.path_offset = {0};
  for (int e = 0; e < count; ++e) {
    const MazeLevel& level = *states[e].level;
    out.steps.push_back(states[e].clock);
    out.outcome.push_back(static_cast<uint8_t>(
        classify(level, table.episodes()[e].cheese, region, out.success[e] != 0, paths[e])));
    for (const Cell cell : paths[e]) out.path.push_back(static_cast<uint16_t>(level.index(cell)));
    moves[e].push_back(static_cast<uint8_t>(Move::noop));
    out.mirrored.insert(out.mirrored.end(), mirrored[e].begin(), mirrored[e].end());
    out.move.insert(out.move.end(), moves[e].begin(), moves[e].end());
    out.path_offset.push_back(static_cast<int64_t>(out.path.size()));
  }
  return out;
}

std::vector<TapRecord> record_taps(const Network& network, const torch::Tensor& observations,
                                   const std::vector<std::string>& taps, const std::string& moment) {
  torch::NoGradGuard no_grad;
  std::vector<TapRecord> records;
  for (const Network::Tap& tap : network.taps()) {
    if (std::find(taps.begin(), taps.end(), tap.name) == taps.end()) continue;
    std::vector<int64_t> shape = {observations.size(0)};
    shape.insert(shape.end(), tap.shape.begin(), tap.shape.end());
    records.push_back({tap.name, moment, shape, {}});
  }
  const TapFunction record = [&](const std::string& name, torch::Tensor output) {
    for (TapRecord& wanted : records) {
      if (wanted.tap != name) continue;
      const torch::Tensor plain = output.cpu().contiguous();
      const auto* values = plain.data_ptr<float>();
      wanted.values.insert(wanted.values.end(), values, values + plain.numel());
    }
    return output;
  };
  for (int64_t begin = 0; begin < observations.size(0); begin += kBatch) {
    const int64_t some = std::min(kBatch, observations.size(0) - begin);
    network.forward(observations.narrow(0, begin, some).to(network.parameters().device()), record);
  }
  return records;
}

}  // namespace mazescan
