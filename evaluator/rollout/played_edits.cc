#include "evaluator/rollout/played_edits.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <torch/types.h>

#include <algorithm>
#include <memory>
#include <numeric>
#include <utility>

#include "core/random.h"
#include "envs/maze/editable_maze.h"
#include "envs/maze/variations.h"
#include "evaluator/rollout/stencil.h"
#include "evaluator/rollout/target_map.h"
#include "storage/atomic_file.h"

namespace fs = std::filesystem;

namespace mazescan::rollout {

namespace {

constexpr uint64_t kMaxEditsBytes = 16 << 20;  // largest size of a file of edits
constexpr size_t kCountedEpisodes = 512;

// Returns a free cell of the level, neither the start nor the cheese's. Deterministic.
envs::Cell random_cell(const envs::MazeState& episode) {
  std::vector<envs::Cell> cells = open_cells(*episode.level);
  cells.erase(std::remove_if(cells.begin(), cells.end(),
                             [&](envs::Cell cell) { return cell == envs::kStart || cell == episode.cheese; }),
              cells.end());
  require(!cells.empty(), "the edit names a random cell",
          "this maze has no free cell except the start and the cheese's", "a larger maze, or another cell");
  RandomStream random(1, "edits/random cell", static_cast<uint64_t>(episode.level->seed));
  return cells[random.below(static_cast<uint32_t>(cells.size()))];
}

envs::Cell cell_of(const policy::NamedCell& named, const envs::MazeState& episode, envs::Cell target) {
  const int size = episode.level->size;
  switch (named.kind) {
    case policy::NamedCell::Kind::kTarget:
      require(target != envs::kNoCell, "the edit names the target's cell", "there is no target",
              "give one: --target X,Y");
      return target;
    case policy::NamedCell::Kind::kCheese:
      require(episode.cheese != envs::kNoCell, "the edit names the cheese's cell",
              "there is no cheese in this maze", "a maze with cheese, or another cell");
      return episode.cheese;
    case policy::NamedCell::Kind::kRandom:
      return random_cell(episode);
    case policy::NamedCell::Kind::kFixed:
      break;
  }
  require(named.x < size && named.y < size, lazy("the edit names the cell ({}, {})", named.x, named.y),
          lazy("it is outside a maze of size {}", size), lazy("coordinates from 0 to {}", size - 1));
  return {static_cast<int16_t>(named.x), static_cast<int16_t>(named.y)};
}

std::vector<envs::Cell> cells_of(const policy::NamedCell& named, const std::vector<envs::MazeState>& episodes,
                                 const std::vector<envs::Cell>& targets) {
  std::vector<envs::Cell> cells;
  cells.reserve(episodes.size());
  for (size_t e = 0; e < episodes.size(); ++e)
    cells.push_back(cell_of(named, episodes[e], targets.empty() ? envs::kNoCell : targets[e]));
  return cells;
}

// Returns one edit for a batch.
using Maker =
    std::function<policy::Edit(const std::vector<envs::MazeState>& states, const std::vector<int>& episodes)>;

// Inputs of the functions that create the makers.
struct Played {
  const policies::TrainedPolicy& trained;
  const std::vector<envs::MazeState>& episodes;
  const std::vector<envs::Cell>& targets;
};

// Returns the maker of an edit that is the same in all mazes.
template <class Change>
Maker maker(const std::string& layer, const Change& change, const Played&) {
  return [edit = policy::Edit{layer, change}](const auto&, const auto&) { return edit; };
}

// Returns the cell's place on the map in each episode.
std::vector<MapCell> places_of(const TargetMap& map, const policy::NamedCell& cell, const Played& played) {
  const std::vector<envs::Cell> cells = cells_of(cell, played.episodes, played.targets);
  std::vector<MapCell> places;
  places.reserve(cells.size());
  for (size_t e = 0; e < cells.size(); ++e) places.push_back(map.of(*played.episodes[e].level, cells[e]));
  return places;
}

Maker maker(const std::string& layer, const policy::ClampNamedCell& clamp, const Played& played) {
  const TargetMap map(played.trained.environment, played.trained.policy.network, layer);
  const std::vector<MapCell> places = places_of(map, clamp.cell, played);
  return [layer, clamp, places](const std::vector<envs::MazeState>&, const std::vector<int>& episodes) {
    torch::Tensor cells = torch::empty({static_cast<int64_t>(episodes.size()), 2}, torch::kInt64);
    auto* out = cells.data_ptr<int64_t>();
    for (const int episode : episodes) {
      const MapCell& place = places[static_cast<size_t>(episode)];
      *out++ = place.row;
      *out++ = place.column;
    }
    return policy::Edit{layer, policy::ClampCells{clamp.channels, cells, clamp.value, clamp.elsewhere}};
  };
}

Maker maker(const std::string& layer, const policy::ResampleCheese& resample, const Played& played) {
  const std::vector<envs::Cell> cells = cells_of(resample.cheese, played.episodes, played.targets);
  for (size_t e = 0; e < cells.size(); ++e)
    require(played.episodes[e].level->is_open(cells[e]),
            lazy("the edit puts the cheese at {}", maze::cell_name(cells[e])),
            lazy("this is a wall of level {}", played.episodes[e].level->seed),
            "a free cell; those with even coordinates are free in all generated mazes");
  const auto agent =
      std::make_shared<NetworkAgent>(played.trained.policy.network, played.trained.environment);
  return
      [layer, resample, cells, agent](std::vector<envs::MazeState> states, const std::vector<int>& episodes) {
        for (size_t i = 0; i < states.size(); ++i) states[i].cheese = cells[static_cast<size_t>(episodes[i])];
        return policy::Edit{layer, policy::ResampleChannels{resample.channels, agent->observe(states)}};
      };
}

// Returns the values around a cell, with an entry for each phase: float32 [phases, offsets].
torch::Tensor values_around(const TargetMap& map, const torch::Tensor& tensor, const char* what) {
  const std::vector<int64_t> offsets = map.offsets();
  std::vector<int64_t> phases = offsets;
  phases.insert(phases.begin(), map.phases());
  require(tensor.sizes() == at::IntArrayRef(offsets) || tensor.sizes() == at::IntArrayRef(phases),
          lazy("an edit of '{}': its {} has shape [{}]", map.tap(), what, fmt::join(tensor.sizes(), ", ")),
          "it has a value for each offset from the cell, whose place is in the middle",
          lazy("[{}], or [{}]", fmt::join(offsets, ", "), fmt::join(phases, ", ")));
  return tensor.to(torch::kFloat32).expand(phases);
}

Maker stencil_maker(const TargetMap& map, const Stencil& stencil, const policy::NamedCell& cell,
                    const Played& played) {
  const EditRule rule = edit_rule(map, stencil, places_of(map, cell, played));
  return [rule](const std::vector<envs::MazeState>& states, const std::vector<int>& episodes) {
    return rule(states, episodes).front();
  };
}

Maker maker(const std::string& layer, const policy::AddAround& add, const Played& played) {
  const TargetMap map(played.trained.environment, played.trained.policy.network, layer);
  const torch::Tensor vector = values_around(map, add.vector, "vector");
  return stencil_maker(map, {true, (vector != 0).any(0), vector * add.coefficient}, add.cell, played);
}

Maker maker(const std::string& layer, const policy::SetAround& set, const Played& played) {
  const TargetMap map(played.trained.environment, played.trained.policy.network, layer);
  const torch::Tensor mask = set.mask;
  require(mask.sizes() == at::IntArrayRef(map.offsets()),
          lazy("an edit of '{}': its mask has shape [{}]", layer, fmt::join(mask.sizes(), ", ")),
          "it has a value for each offset from the cell, whose place is in the middle",
          lazy("[{}]", fmt::join(map.offsets(), ", ")));
  return stencil_maker(map, {false, mask != 0, values_around(map, set.values, "values")}, set.cell, played);
}

}  // namespace

std::vector<policy::EditEntry> read_edits(const fs::path& path) {
  const policy::TensorReader read_tensors = [&](const std::string& file) {
    const fs::path beside = path.parent_path() / file;
    return formats::decode_safetensors(storage::read_file(beside), beside.string());
  };
  return policy::parse_edits(storage::read_file(path, kMaxEditsBytes), path.string(), read_tensors);
}

EditRule played_edits(const std::vector<policy::EditEntry>& edits, const policies::TrainedPolicy& trained,
                      const std::vector<envs::MazeState>& episodes, const std::vector<envs::Cell>& targets) {
  const Played played{trained, episodes, targets};
  std::vector<Maker> makers;
  for (const policy::EditEntry& entry : edits) {
    try {
      makers.push_back(
          std::visit([&](const auto& change) { return maker(entry.layer, change, played); }, entry.change));
      // Check that the edit fits the network.
      if (!episodes.empty()) policy::edited(trained.policy.network, {makers.back()({episodes[0]}, {0})});
    } catch (const UserError& fault) {
      throw UserError(entry.place, fault);
    }
  }
  return [makers](const std::vector<envs::MazeState>& states, const std::vector<int>& numbers) {
    std::vector<policy::Edit> made;
    made.reserve(makers.size());
    for (const Maker& make : makers) made.push_back(make(states, numbers));
    return made;
  };
}

std::string edited_share_text(const policy::Network& network, const EditRule& rule,
                              const std::vector<envs::MazeState>& episodes) {
  const std::vector<envs::MazeState> counted(
      episodes.begin(), episodes.begin() + static_cast<int64_t>(std::min(episodes.size(), kCountedEpisodes)));
  std::vector<int> numbers(counted.size());
  std::iota(numbers.begin(), numbers.end(), 0);
  const policy::EditedShare share = policy::edited_share(network, rule(counted, numbers));
  return fmt::format(
      "{:.3g} activation{}: {:.3g} % of the edited layers, {:.3g} % of all layers, {:.3g} % of the network",
      share.activations, share.activations == 1 ? "" : "s", 100 * share.of_layers, 100 * share.of_taps,
      100 * share.of_network);
}

}  // namespace mazescan::rollout
