#include "python/src/maze.h"

#include <nanobind/ndarray.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/pair.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/config.h"
#include "core/random.h"
#include "envs/environment_config.h"
#include "envs/maze/editable_maze.h"
#include "envs/maze/maze_config.h"
#include "envs/maze/maze_text.h"
#include "envs/maze/placement.h"
#include "envs/task.h"

namespace nb = nanobind;
using namespace nb::literals;

namespace mazescan::python {
namespace {

Pair pair_of(envs::Cell cell) {
  return {cell.x, cell.y};
}

// A maze that can be changed, with the observations of its states.
class Maze {
 public:
  Maze(const std::string& environment, int32_t level_seed, int size)
      : Maze(parse_config<envs::EnvironmentConfig>(environment, "the environment's options"), level_seed,
             size) {}
  Maze(const std::string& environment, const std::string& drawing)
      : Maze(parse_config<envs::EnvironmentConfig>(environment, "the environment's options"), drawing) {}

  int size() const { return maze_.level().size; }
  int32_t level_seed() const { return maze_.level().seed; }
  int background() const { return maze_.level().background; }
  Pair mouse() const { return pair_of(maze_.state().mouse); }
  std::optional<Pair> cheese() const {
    const envs::Cell cheese = maze_.state().cheese;
    return cheese == envs::kNoCell ? std::nullopt : std::optional<Pair>(pair_of(cheese));
  }
  void set_mouse(Pair at) { maze_.set_mouse(cell_of(at)); }
  void set_cheese(std::optional<Pair> at) { maze_.set_cheese(at ? cell_of(*at) : envs::kNoCell); }
  void set_free(Pair at, bool free) { maze_.set_open(cell_of(at), free); }
  bool is_free(Pair at) const { return maze_.level().is_open(cell_of(at)); }
  std::vector<Pair> free_cells() const {
    std::vector<Pair> cells;
    for (const envs::Cell cell : open_cells(maze_.level())) cells.push_back(pair_of(cell));
    return cells;
  }
  std::string text() const { return maze::maze_to_text(maze_.state()); }

  // Draws the cell as a scan with this seed does.
  void place(const std::string& placement, int64_t seed) {
    maze::require_placement(placement, "placement");
    RandomStream random(static_cast<uint64_t>(seed), "placement/" + placement,
                        static_cast<uint64_t>(maze_.level().seed));
    const envs::Cell cheese = maze::place_cheese(maze_.level(), placement, task_->region(), random);
    require(cheese != envs::kNoCell, lazy("placement '{}'", placement),
            lazy("level {} of size {} has no free cell for it", maze_.level().seed, size()),
            "another placement, size or level");
    maze_.set_cheese(cheese);
  }

  // The observations of the maze with the mouse (or the cheese) on each cell. Shapes: [cells, observation].
  auto observe_each(const std::vector<Pair>& cells, bool move_cheese) const {
    const envs::ObservationShape shape = task_->observation_shape();
    auto bytes = std::make_unique<std::vector<uint8_t>>(cells.size() * shape.bytes());
    const auto observer = task_->level_observer();
    maze::EditableMaze copy = maze_;
    uint8_t* out = bytes->data();
    for (const Pair at : cells) {
      if (move_cheese)
        copy.set_cheese(cell_of(at));
      else
        copy.set_mouse(cell_of(at));
      const envs::MazeState state = copy.state();
      if (move_cheese || out == bytes->data()) observer->begin_level(state);
      observer->observe(state, out);
      out += shape.bytes();
    }
    const auto c = static_cast<size_t>(shape.channels), h = static_cast<size_t>(shape.height),
               w = static_cast<size_t>(shape.width);
    const std::vector<size_t> sides = shape.channels_last ? std::vector<size_t>{cells.size(), h, w, c}
                                                          : std::vector<size_t>{cells.size(), c, h, w};
    uint8_t* const data = bytes->data();
    const nb::capsule owner(bytes.release(),
                            [](void* p) noexcept { delete static_cast<std::vector<uint8_t>*>(p); });
    return nb::ndarray<nb::numpy, uint8_t>(data, sides.size(), sides.data(), owner);
  }

 private:
  Maze(const envs::EnvironmentConfig& config, int32_t level_seed, int size)
      : task_(envs::make_task(config)), maze_(made(config, *task_, level_seed, size)) {}
  Maze(const envs::EnvironmentConfig& config, const std::string& drawing)
      : task_(envs::make_task(config)),
        maze_(maze::maze_from_text(drawing, "the drawing", task_->world_dim(),
                                   maze::maze_config(config, "a drawn maze").anchor)) {}
  // size 0: the size that the seed gives.
  static maze::EditableMaze made(const envs::EnvironmentConfig& config, const envs::Task& task, int32_t seed,
                                 int size) {
    maze::maze_config(config, "the class Maze");
    if (size != 0) envs::require_size(task, size, "size is");
    envs::Mt19937 generator(0);
    envs::MazeLevel level;
    task.make_level(seed, size, task.sizes().back(), generator, level);
    return maze::EditableMaze(level);
  }

  std::unique_ptr<const envs::Task> task_;
  maze::EditableMaze maze_;
};

}  // namespace

envs::Cell cell_of(Pair at) {
  require(std::min(at.first, at.second) >= 0 && std::max(at.first, at.second) < envs::kMaxWorldDim,
          lazy("the cell ({}, {})", at.first, at.second), "it is outside every maze",
          "x and y from 0 to size - 1");
  return {static_cast<int16_t>(at.first), static_cast<int16_t>(at.second)};
}

void bind_maze(nb::module_& module) {
  nb::class_<Maze>(module, "Maze",
                   "A maze that can be changed. Cells are (x, y), y up, (0, 0) at the bottom left.")
      .def(nb::init<const std::string&, int32_t, int>(), "environment"_a, "level_seed"_a, "size"_a = 0,
           "The level of a seed. environment: as for World. size 0: the size that the seed gives.")
      .def(nb::init<const std::string&, const std::string&>(), "environment"_a, "drawing"_a,
           "A drawn maze, top row first: '#' wall, '.' free, 'm' mouse, 'c' cheese, '*' both.")
      .def_prop_ro("size", &Maze::size, "Side of the maze.")
      .def_prop_ro("level_seed", &Maze::level_seed)
      .def_prop_ro("background", &Maze::background, "Number of the picture behind the free cells.")
      .def_prop_rw("mouse", &Maze::mouse, &Maze::set_mouse, "The mouse's cell, a free one.")
      .def_prop_rw("cheese", &Maze::cheese, &Maze::set_cheese, nb::for_setter(nb::arg("at").none()),
                   "The cheese's cell, a free one; None: there is no cheese.")
      .def("is_free", &Maze::is_free, "at"_a)
      .def("set_free", &Maze::set_free, "at"_a, "free"_a, "Removes a wall, or builds one.")
      .def_prop_ro("free_cells", &Maze::free_cells, "All free cells, from the bottom row up.")
      .def_prop_ro("text", &Maze::text, "A drawing of the maze.")
      .def(
          "place", &Maze::place, "placement"_a, "seed"_a = 1,
          "Moves the cheese to a named placement, as a scan with this seed does: top_left_corner, uniform, ...")
      .def("_observe_each", &Maze::observe_each, "cells"_a, "move_cheese"_a);
}

}  // namespace mazescan::python
