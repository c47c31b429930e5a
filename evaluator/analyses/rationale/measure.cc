#include "evaluator/analyses/rationale/measure.h"

#include <fmt/format.h>
#include <torch/utils.h>

#include <algorithm>
#include <numeric>
#include <tuple>
#include <utility>

#include "envs/paths.h"
#include "evaluator/analyses/rationale/search.h"
#include "evaluator/rollout/pass_size.h"
#include "evaluator/rollout/rollouts.h"

namespace mazescan::rationale {

namespace {

size_t likeliest(const std::array<float, envs::kMoves>& moves) {
  return static_cast<size_t>(std::max_element(moves.begin(), moves.end()) - moves.begin());
}

// Marks the cells of each object of a state in `marks` [kObjects, size * size].
void mark_objects(const envs::Task& task, const envs::MazeState& state, const MazeWindow& window,
                  torch::Tensor marks) {
  const auto mark = [&](Object object, envs::Cell cell) { marks[object][window.index(cell)] = 1; };
  const auto step_to = [&](envs::Cell target) {
    return envs::shortest_path(*state.level, state.mouse, target).at(1);
  };
  mark(kCheese, state.cheese);
  mark(kMouse, state.mouse);
  mark(kCheeseStep, step_to(state.cheese));
  mark(kCornerStep, step_to(state.level->top_right()));
  const auto goal_likes = task.goal_likes(state);
  for (const envs::Cell cell : first_of(goal_likes, envs::GoalKind::proxy)->region) mark(kRegion, cell);
}

// Writes the place of each cell in an order of all cells.
void write_ranks(const std::vector<int64_t>& order, torch::Tensor ranks) {
  for (size_t place = 0; place < order.size(); ++place) ranks[order[place]] = static_cast<int64_t>(place);
}

std::vector<int64_t> all_cells(const MazeWindow& window) {
  std::vector<int64_t> cells(static_cast<size_t>(window.size()) * static_cast<size_t>(window.size()));
  std::iota(cells.begin(), cells.end(), 0);
  return cells;
}

std::vector<int64_t> shuffled_cells(const MazeWindow& window, RandomStream& random) {
  std::vector<int64_t> cells = all_cells(window);
  for (size_t i = cells.size(); i > 1; --i)
    std::swap(cells[i - 1], cells[random.below(static_cast<uint32_t>(i))]);
  return cells;
}

// Sorts cells by their straight distance from the mouse, the mouse's own first.
std::vector<int64_t> cells_by_distance(const MazeWindow& window, envs::Cell mouse) {
  std::vector<int64_t> cells = all_cells(window);
  const int64_t at = window.index(mouse), side = window.size();
  const auto square_distance = [&](int64_t cell) {
    const int64_t rows = cell / side - at / side, columns = cell % side - at % side;
    return rows * rows + columns * columns;
  };
  std::stable_sort(cells.begin(), cells.end(),
                   [&](int64_t a, int64_t b) { return square_distance(a) < square_distance(b); });
  return cells;
}

// Draws a state of each level, and a state of the pool for it.
std::pair<std::vector<envs::MazeState>, std::vector<envs::MazeState>> drawn_states(
    const std::vector<envs::MazeLevel>& levels, const StatePool& pool, uint64_t seed,
    const std::string& stream) {
  std::pair<std::vector<envs::MazeState>, std::vector<envs::MazeState>> drawn;
  for (const envs::MazeLevel& level : levels) {
    RandomStream random(seed, stream + "/state", static_cast<uint64_t>(level.seed));
    drawn.first.push_back(with_drawn_mouse(level, random));
    drawn.second.push_back(pool.draw(random));
  }
  return drawn;
}

}  // namespace

MeasuredStates::MeasuredStates(const policy::Network& network, const rollout::NetworkAgent& agent,
                               const envs::Task& task, const std::vector<envs::MazeLevel>& levels,
                               const StatePool& pool, uint64_t seed, const std::string& stream)
    : network_(network), agent_(agent), window_(levels.front()), masked_([&] {
        auto [states, others] = drawn_states(levels, pool, seed, stream);
        states_ = std::move(states);
        return MaskedStates(agent, network, states_, others);
      }()) {
  logits_ = logits(masked_.planes);
  moves_ = move_probabilities(agent_, policy::ActionDistribution(logits_));
  const auto count = static_cast<int64_t>(states_.size());
  const int64_t cells = int64_t{window_.size()} * window_.size();
  objects_ = torch::zeros({count, static_cast<int64_t>(kObjects), cells});
  random_ranks_ = torch::empty({count, cells}, torch::kInt64);
  nearest_ = torch::empty({count, cells}, torch::kInt64);
  for (int64_t i = 0; i < count; ++i) {
    const envs::MazeState& state = states_[static_cast<size_t>(i)];
    RandomStream random(seed, stream + "/random", static_cast<uint64_t>(state.level->seed));
    mark_objects(task, state, window_, objects_[i]);
    write_ranks(shuffled_cells(window_, random), random_ranks_[i]);
    write_ranks(cells_by_distance(window_, state.mouse), nearest_[i]);
  }
}

std::vector<StateRow> MeasuredStates::rows() const {
  std::vector<StateRow> rows(states_.size());
  for (size_t i = 0; i < rows.size(); ++i) {
    rows[i].level = static_cast<int32_t>(i);
    rows[i].mouse = states_[i].mouse;
    rows[i].moves = moves_[i];
  }
  return rows;
}

void MeasuredStates::append(const torch::Tensor& gates, std::vector<StateRow>& rows) const {
  const torch::Tensor values = gates.cpu().flatten(1);
  const torch::Tensor kept = values > 0, counts = kept.sum(1, true);
  static_assert(kLeftOut == 0 && kKept == 1 && kUndecided == 2);
  const torch::Tensor kinds = kept.to(torch::kUInt8) + (kept & (values < 1)).to(torch::kUInt8);
  // Rows of the planes begin at the top, those of shards at the bottom.
  const torch::Tensor cells = kinds.view(gates.sizes()).flip(1).flatten(1).contiguous();
  for (size_t i = 0; i < rows.size(); ++i) {
    const auto* begin = cells.data_ptr<uint8_t>() + static_cast<int64_t>(i) * cells.size(1);
    rows[i].cells.insert(rows[i].cells.end(), begin, begin + cells.size(1));
  }
  append_seen(kept, &StateRow::rationale, rows);
  append_seen(random_ranks_ < counts, &StateRow::random, rows);
  append_seen(nearest_ < counts, &StateRow::nearest, rows);
}

void MeasuredStates::append_seen(const torch::Tensor& mask, SeenCells StateRow::*seen,
                                 std::vector<StateRow>& rows) const {
  const torch::Tensor amounts = mask.to(masked_.planes.options()).view({-1, window_.size(), window_.size()});
  const torch::Tensor of_seen = logits(masked_.seen(amounts, window_));
  const auto moves = move_probabilities(agent_, policy::ActionDistribution(of_seen));
  const torch::Tensor nats = divergence(logits_, of_seen).contiguous();
  const torch::Tensor held = (objects_ * mask.unsqueeze(1)).sum(2).gt(0).to(torch::kUInt8).contiguous();
  for (size_t i = 0; i < rows.size(); ++i) {
    SeenCells& row = rows[i].*seen;
    row.same_move.push_back(likeliest(moves[i]) == likeliest(moves_[i]) ? 1 : 0);
    row.divergence.push_back(nats.data_ptr<float>()[i]);
    const auto* holds = held.data_ptr<uint8_t>() + i * kObjects;
    row.holds.insert(row.holds.end(), holds, holds + kObjects);
  }
}

torch::Tensor MeasuredStates::logits(const torch::Tensor& observations) const {
  torch::NoGradGuard no_grad;
  std::vector<torch::Tensor> rows;
  for (const torch::Tensor& some : observations.split(rollout::states_of_a_pass(network_)))
    rows.push_back(network_.forward_preprocessed(some).logits.cpu());
  return torch::cat(rows).contiguous();
}

}  // namespace mazescan::rationale
