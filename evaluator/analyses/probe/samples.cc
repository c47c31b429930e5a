#include "evaluator/analyses/probe/samples.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <numeric>
#include <string_view>
#include <utility>

#include "core/error.h"
#include "core/hash.h"
#include "core/random.h"
#include "envs/paths.h"

namespace mazescan::probe {

namespace {

constexpr float kTrainShare = 0.7F, kValidationShare = 0.15F;

std::string walls_of(const envs::MazeLevel& maze) {
  return {maze.open.begin(), maze.open.end()};
}

datasets::Split draw_split(const std::string& walls, int size, uint64_t seed) {
  const float u = RandomStream(seed, fmt::format("split/{}", size), hash64(walls)).uniform();
  if (u < kTrainShare) return datasets::Split::train;
  return u < kTrainShare + kValidationShare ? datasets::Split::validation : datasets::Split::test;
}

// Returns the way that the policy favours on a decision square: 1 to the cheese, 0 to the proxy; -1
// elsewhere.
int favoured_way(const ProbeSamples::Level& level, envs::Cell proxy, envs::Cell mouse,
                 const std::array<float, envs::kMoves>& moves) {
  if (level.decision == envs::kNoCell || mouse != level.decision) return -1;
  const auto likelihood = [&](envs::Cell target) {
    const auto nearer = envs::optimal_moves(level.maze, envs::distances(level.maze, target), mouse);
    const auto move = std::find(nearer.begin(), nearer.end(), true) - nearer.begin();
    return move < envs::kMoves ? moves[static_cast<size_t>(move)] : 0.0F;
  };
  return likelihood(level.maze.cheese) > likelihood(proxy) ? 1 : 0;
}

}  // namespace

CellClasses::CellClasses(int size) : size_(static_cast<size_t>(size)), class_(size_ * size_, -1) {
  for (int y = 0; y < size; ++y)
    for (int x = 0; x < size; ++x) {
      if (x % 2 == 1 && y % 2 == 1) continue;
      class_[static_cast<size_t>(y) * size_ + x] = count();
      cells_.push_back({static_cast<int16_t>(x), static_cast<int16_t>(y)});
    }
}

void add_samples(ProbeSamples& samples, const datasets::ActivationShard& shard) {
  const int size = shard.unit.size;
  samples.size = size;
  samples.rows.push_back(shard.count());
  const size_t cells = static_cast<size_t>(size) * size;
  std::map<std::pair<int32_t, std::pair<int16_t, int16_t>>, int32_t> index;  // by level seed and cheese
  const datasets::LevelTable& table = shard.levels;
  const CellClasses classes(size);
  for (size_t l = 0; l < table.level_seed.size(); ++l) {
    ProbeSamples::Level level;
    level.maze.seed = table.level_seed[l];
    level.maze.size = size;
    level.maze.open.assign(table.open.begin() + static_cast<int64_t>(l * cells),
                           table.open.begin() + static_cast<int64_t>((l + 1) * cells));
    for (size_t c = 0; c < cells; ++c)
      require(level.maze.open[c] == 0 || classes.of(level.maze.cell(c)) >= 0,
              lazy("level {}, size {}, has a free cell between four rooms", level.maze.seed, size),
              "probes are of the rooms and passages of mazes", "an environment with such levels");
    level.maze.cheese = {table.cheese[2 * l], table.cheese[2 * l + 1]};
    level.decision = {table.decision[2 * l], table.decision[2 * l + 1]};
    index[{level.maze.seed, {level.maze.cheese.x, level.maze.cheese.y}}] =
        static_cast<int32_t>(samples.levels.size());
    samples.levels.push_back(std::move(level));
  }
  const datasets::SampleKeys& keys = shard.samples;
  for (size_t s = 0; s < keys.level_seed.size(); ++s) {
    const auto level = index.find({keys.level_seed[s], {keys.cheese[2 * s], keys.cheese[2 * s + 1]}});
    const envs::Cell mouse{keys.mouse[2 * s], keys.mouse[2 * s + 1]},
        cheese{keys.cheese[2 * s], keys.cheese[2 * s + 1]};
    const bool sound = level != index.end() && classes.of(mouse) >= 0 && classes.of(cheese) >= 0 &&
                       samples.levels[static_cast<size_t>(level->second)].maze.is_open(mouse) &&
                       samples.levels[static_cast<size_t>(level->second)].maze.is_open(cheese);
    require(sound, lazy("a sample of level {}, size {}, contradicts its level", keys.level_seed[s], size),
            "the mouse or cheese is in a wall, or the cheese is not where the table of levels has it",
            "a recording that passes mazescan-evaluator verify");
    samples.level.push_back(level->second);
    samples.mouse.push_back(mouse);
    samples.mirrored.push_back(keys.mirrored[s]);
    std::array<float, envs::kMoves> moves;
    std::copy_n(keys.probability.begin() + static_cast<int64_t>(s * envs::kMoves), envs::kMoves,
                moves.begin());
    samples.moves.push_back(moves);
    samples.success.push_back(static_cast<int8_t>(keys.success[s]));
  }
}

void split(ProbeSamples& samples, uint64_t seed) {
  std::map<std::string, int> layouts;
  std::map<std::pair<int, int>, int> mazes;
  const CellClasses classes(samples.size);
  for (ProbeSamples::Level& level : samples.levels) {
    const std::string walls = walls_of(level.maze);
    level.layout = layouts.emplace(walls, static_cast<int>(layouts.size())).first->second;
    level.maze_id =
        mazes.emplace(std::pair{level.layout, classes.of(level.maze.cheese)}, static_cast<int>(mazes.size()))
            .first->second;
    level.split = draw_split(walls, samples.size, seed);
    level.split_draw =
        RandomStream(seed, fmt::format("learning curve/{}", samples.size), hash64(walls)).uniform();
  }
  samples.layouts = static_cast<int64_t>(layouts.size());
  samples.mazes = static_cast<int64_t>(mazes.size());
}

std::vector<Target> probe_targets(const ProbeSamples& samples, const std::vector<envs::MazeLevel>& levels,
                                  uint64_t seed) {
  const CellClasses cells(samples.size);
  std::vector<int32_t> other(samples.levels.size());  // for each level, the level that gives its label
  std::iota(other.begin(), other.end(), 0);
  RandomStream random(seed, fmt::format("shuffled labels/{}", samples.size));
  for (size_t i = other.size(); i > 1; --i)
    std::swap(other[i - 1], other[random.below(static_cast<uint32_t>(i))]);

  std::vector<Target> targets = {{kCheeseProbe, cells.count(), {}},  {kMouseProbe, cells.count(), {}},
                                 {kNextMoveProbe, envs::kMoves, {}}, {kDecisionProbe, 2, {}},
                                 {kWillReachProbe, 2, {}},           {kShuffledProbe, cells.count(), {}}};
  Target decoys = {kDecoyProbe, cells.count(), {}};
  for (int64_t i = 0; i < samples.count(); ++i) {
    const auto s = static_cast<size_t>(i);
    const ProbeSamples::Level& level = samples.level_of(i);
    const envs::Cell decoy = levels[static_cast<size_t>(samples.level[s])].decoy;
    const auto& moves = samples.moves[s];
    const int labels[] = {
        cells.of(level.maze.cheese),
        cells.of(samples.mouse[s]),
        static_cast<int>(std::max_element(moves.begin(), moves.end()) - moves.begin()),
        favoured_way(level, decoy == envs::kNoCell ? level.maze.top_right() : decoy, samples.mouse[s], moves),
        samples.success[s],
        cells.of(
            samples.levels[static_cast<size_t>(other[static_cast<size_t>(samples.level[s])])].maze.cheese)};
    for (size_t t = 0; t < targets.size(); ++t) targets[t].label.push_back(labels[t]);
    decoys.label.push_back(decoy == envs::kNoCell ? -1 : cells.of(decoy));
  }
  if (std::any_of(decoys.label.begin(), decoys.label.end(), [](int32_t label) { return label >= 0; }))
    targets.push_back(std::move(decoys));
  return targets;
}

}  // namespace mazescan::probe
