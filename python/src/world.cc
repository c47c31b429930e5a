// The Python module mazescan._world: vectors of environments that own their buffers. Gymnasium's classes around it are
// in mazescan/gymnasium.py.
#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/pair.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/config.h"
#include "envs/batch.h"
#include "envs/environment_config.h"
#include "envs/maze/editable_maze.h"
#include "envs/task.h"
#include "python/src/maze.h"

namespace nb = nanobind;
using namespace nb::literals;

namespace mazescan::python {
namespace {

envs::AutoresetMode mode_of(const std::string& name) {
  if (name == "next_step") return envs::AutoresetMode::next_step;
  if (name == "same_step") return envs::AutoresetMode::same_step;
  require(name == "disabled", lazy("autoreset_mode is '{}'", name), "there is no such mode",
          "next_step, same_step or disabled");
  return envs::AutoresetMode::disabled;
}

// The state of one environment as plain values, for Python.
struct State {
  int32_t level_seed = 0;
  int size = 0, background = 0;
  std::vector<uint8_t> open;  // [size, size], the bottom row first
  Pair mouse;
  std::optional<Pair> cheese;
  bool facing_right = false;
  int clock = 0;
  uint32_t taken = 0;
  std::pair<float, float> position, velocity;
  int64_t levels = 0, start_level = 0;
  std::vector<uint32_t> generator;  // words, then the position

  State(const envs::MazeState& state, const envs::LevelChoice& choice)
      : level_seed(state.level->seed),
        size(state.level->size),
        background(state.level->background),
        open(state.level->open),
        mouse(state.mouse.x, state.mouse.y),
        facing_right(state.facing_right),
        clock(state.clock),
        taken(state.taken),
        position(state.position.x, state.position.y),
        velocity(state.velocity.x, state.velocity.y),
        levels(choice.levels),
        start_level(choice.start_level),
        generator(choice.generator.words.begin(), choice.generator.words.end()) {
    if (state.cheese != envs::kNoCell) cheese.emplace(state.cheese.x, state.cheese.y);
    generator.push_back(choice.generator.position);
  }

  // task: the environment's. Throws UserError if this is no state of a maze.
  maze::EditableMaze maze(const envs::Task& task) const {
    envs::MazeLevel level;
    level.seed = level_seed;
    level.size = size;
    level.world_dim = task.world_dim();
    level.origin = task.origin(size);
    level.open = open;
    level.background = background;
    envs::MazeState state;
    state.level = &level;
    state.mouse = cell_of(mouse);
    if (cheese) level.cheese = state.cheese = cell_of(*cheese);
    state.facing_right = facing_right;
    state.clock = clock;
    return maze::EditableMaze(state);
  }
  envs::LevelChoice choice() const {
    envs::LevelChoice choice;
    choice.levels = levels;
    choice.start_level = start_level;
    auto& words = choice.generator.words;
    require(generator.size() == words.size() + 1, lazy("a generator of {} numbers", generator.size()),
            "it has its words and its position", lazy("{} numbers", words.size() + 1));
    std::copy_n(generator.begin(), words.size(), words.begin());
    choice.generator.position = generator.back();
    return choice;
  }
};

// A vector of environments, with the results of the last step in buffers that never move.
class World {
 public:
  World(const std::string& environment, int first, int count, int threads, const std::string& autoreset_mode)
      : config_(parse_config<envs::EnvironmentConfig>(environment, "the environment's options")),
        first_(first),
        threads_(threads),
        mode_(mode_of(autoreset_mode)) {
    require(count >= 1, lazy("num_envs is {}", count), "a vector has at least one environment", "1, 2, ...");
    require(first >= 0, lazy("index is {}", first), "environments are counted from 0", "0, 1, ...");
    rewards_.resize(static_cast<size_t>(count));
    terminated_.resize(rewards_.size());
    truncated_.resize(rewards_.size());
    seed(0);
    observations_ = std::make_shared<Buffer>(rewards_.size() * batch_->shape().bytes());
    observe();
  }

  // Begins with the first levels of this seed.
  void seed(int32_t seed) {
    batch_.emplace(config_, seed, first_, static_cast<int>(rewards_.size()), threads_, 0, mode_);
    owner_ = ::getpid();
    level_seeds_.resize(rewards_.size());
    copy_level_seeds();
  }

  // Begins the next level of some environments, of all if mask is empty.
  void reset(const std::optional<std::vector<uint8_t>>& mask) {
    check_process();
    require(!mask || mask->size() == rewards_.size(),
            lazy("reset_mask has {} entries", mask ? mask->size() : 0), "it has one for each environment",
            lazy("{} booleans", rewards_.size()));
    const nb::gil_scoped_release release;
    batch_->reset(mask ? mask->data() : nullptr);
    copy_level_seeds();
  }

  void observe() {
    check_process();
    leave_taken_buffer();
    const nb::gil_scoped_release release;
    batch_->observe(observations_->data());
  }

  using Actions = nb::ndarray<const int32_t, nb::ndim<1>, nb::c_contig, nb::device::cpu>;
  void step(const Actions& actions) {
    check_process();
    require(actions.shape(0) == rewards_.size(), lazy("{} actions", actions.shape(0)),
            "each environment takes one", lazy("{} actions", rewards_.size()));
    for (size_t i = 0; i < rewards_.size(); ++i)
      require(actions.data()[i] >= -1 && actions.data()[i] < batch_->action_count(),
              lazy("action {} of environment {}", actions.data()[i], i), "there is no such action",
              lazy("0 to {}, or -1 to end the episode", batch_->action_count() - 1));
    leave_taken_buffer();
    const nb::gil_scoped_release release;
    batch_->step(actions.data(), rewards_.data(), terminated_.data(), truncated_.data(),
                 observations_->data());
    copy_level_seeds();
  }

  // The levels that ended in the last step: (index, size, steps, optimal steps, success, truncated).
  using Ended = std::tuple<int, int, int, int, bool, bool>;
  nb::list ended() const {
    nb::list list;
    for (const envs::Finished& finished : batch_->finished())
      list.append(nb::make_tuple(finished.index, finished.episode.size, finished.episode.steps,
                                 finished.episode.optimal, finished.episode.success, finished.truncated));
    return list;
  }
  // With same_step, the last observation of the k-th of them, as bytes.
  nb::bytes final_observation(size_t k) const {
    const uint8_t* bytes = batch_->finished().at(k).final_observation;
    expect(bytes != nullptr, "an episode that ended in same_step mode");
    return nb::bytes(bytes, batch_->shape().bytes());
  }

  int actions() const { return batch_->action_count(); }
  std::vector<size_t> observation_shape() const {
    const envs::ObservationShape shape = batch_->shape();
    const auto c = static_cast<size_t>(shape.channels), h = static_cast<size_t>(shape.height),
               w = static_cast<size_t>(shape.width);
    return shape.channels_last ? std::vector<size_t>{h, w, c} : std::vector<size_t>{c, h, w};
  }
  // Networks see it as 1.
  int highest_byte() const { return static_cast<int>(std::lround(1 / batch_->shape().input_scale)); }

  nb::bytes save() const {
    ByteWriter out;
    batch_->save(out);
    return nb::bytes(out.bytes().data(), out.bytes().size());
  }
  void restore(const nb::bytes& state) {
    check_process();
    ByteReader in({state.c_str(), state.size()}, "the saved state");
    batch_->restore(in);
    copy_level_seeds();
    require(in.at_end(), "the saved state is too long", "it belongs to more environments",
            "the state of a vector of the same length");
  }

  State state(int index) const {
    const envs::Environment& environment = batch_->environment(checked(index));
    return State(environment.state(), environment.level_choice());
  }
  void set_state(int index, const State& state) {
    check_process();
    if (task_ == nullptr) task_ = envs::make_task(config_);
    batch_->set_state(checked(index), state.maze(*task_).state(), state.choice());
    copy_level_seeds();
  }

  // A view of the buffer of observations, which it keeps alive.
  nb::ndarray<nb::numpy, uint8_t> observations() const {
    std::vector<size_t> shape = observation_shape();
    shape.insert(shape.begin(), rewards_.size());
    const auto release = [](void* buffer) noexcept { delete static_cast<std::shared_ptr<Buffer>*>(buffer); };
    const nb::capsule owner(std::make_unique<std::shared_ptr<Buffer>>(observations_).release(), release);
    return {observations_->data(), shape.size(), shape.data(), owner};
  }
  // The same array, into which nothing is written afterwards: a copy that costs nothing.
  nb::ndarray<nb::numpy, uint8_t> take_observations() {
    if (taken_) observe();
    taken_ = true;
    return observations();
  }
  // Views of the other buffers; `self` keeps them alive.
  template <class T, class V>
  auto view(std::vector<V>& values, nb::handle self) {
    const size_t shape[] = {values.size()};
    return nb::ndarray<nb::numpy, T>(values.data(), 1, shape, self);
  }
  auto rewards(nb::handle self) { return view<float>(rewards_, self); }
  auto terminated(nb::handle self) { return view<bool>(terminated_, self); }
  auto truncated(nb::handle self) { return view<bool>(truncated_, self); }
  auto level_seeds(nb::handle self) { return view<int32_t>(level_seeds_, self); }

 private:
  using Buffer = std::vector<uint8_t>;

  // Goes on in another buffer if Python still has the array that was taken: in one that no array shows any more, or a new
  // one.
  void leave_taken_buffer() {
    if (!std::exchange(taken_, false) || observations_.use_count() == 1) return;
    constexpr size_t kKept = 4;  // loops keep a few arrays; other buffers belong to their arrays alone
    const auto free =
        std::find_if(left_.begin(), left_.end(), [](const auto& buffer) { return buffer.use_count() == 1; });
    if (free != left_.end()) {
      std::swap(*free, observations_);
    } else {
      if (left_.size() == kKept) left_.erase(left_.begin());
      left_.push_back(observations_);
      observations_ = std::make_shared<Buffer>(observations_->size());
    }
  }

  // In place: views of the buffer stay valid.
  void copy_level_seeds() {
    std::copy(batch_->level_seeds().begin(), batch_->level_seeds().end(), level_seeds_.begin());
  }

  int checked(int index) const {
    require(index >= 0 && static_cast<size_t>(index) < rewards_.size(), lazy("environment {}", index),
            "there is no such environment", lazy("0 to {}", rewards_.size() - 1));
    return index;
  }

  // The threads of a vector stay in the process that made it.
  void check_process() const {
    if (::getpid() != owner_)
      throw std::runtime_error(
          "this vector of environments was made before a fork\n  reason: its threads are in the parent process\n"
          "  hint:   make it in the child process, or use the start method spawn");
  }

  const envs::EnvironmentConfig config_;
  const int first_, threads_;
  const envs::AutoresetMode mode_;
  std::unique_ptr<const envs::Task> task_;  // for set_state; made when it is needed
  std::optional<envs::Batch> batch_;
  pid_t owner_ = 0;
  std::shared_ptr<Buffer> observations_;
  bool taken_ = false;                         // whether an array that Python owns shows this buffer
  std::vector<std::shared_ptr<Buffer>> left_;  // buffers that were taken
  std::vector<float> rewards_;
  std::vector<uint8_t> terminated_, truncated_;
  std::vector<int32_t> level_seeds_;
};

}  // namespace
}  // namespace mazescan::python

NB_MODULE(_world, module) {
  using mazescan::python::State;
  using mazescan::python::World;
  module.doc() = "procgen's mazes: vectors of environments, and single mazes that can be changed.";
  nb::register_exception_translator([](const std::exception_ptr& pointer, void*) {
    try {
      std::rethrow_exception(pointer);
    } catch (const mazescan::UserError& error) {
      PyErr_SetString(PyExc_ValueError, error.what());
    }
  });
  mazescan::python::bind_maze(module);
  nb::class_<State>(module, "State", "The state of one environment. Cells are (x, y), y up.")
      .def_rw("level_seed", &State::level_seed)
      .def_rw("size", &State::size)
      .def_rw("background", &State::background)
      .def_rw("open", &State::open, "1 = free, 0 = wall; size x size cells, the bottom row first.")
      .def_rw("mouse", &State::mouse)
      .def_rw("cheese", &State::cheese, nb::for_setter(nb::arg("cheese").none()))
      .def_rw("facing_right", &State::facing_right)
      .def_rw("clock", &State::clock, "Steps since the start of the episode.")
      .def_ro("taken", &State::taken, "Bit i: object i of the level is gone.")
      .def_ro("position", &State::position, "heist: the centre of the mouse (x, y), in cells of the grid.")
      .def_ro("velocity", &State::velocity, "heist: its velocity (x, y), in cells per step.")
      .def_rw("levels", &State::levels, "Number of level seeds; 0: all.")
      .def_rw("start_level", &State::start_level)
      .def_rw("generator", &State::generator,
              "The Mersenne Twister that chooses level seeds: its words, then the position.");
  nb::class_<World>(module, "World", "A vector of environments with the results of its last step.")
      .def(
          nb::init<const std::string&, int, int, int, const std::string&>(), "environment"_a, "first"_a,
          "count"_a, "threads"_a, "autoreset_mode"_a,
          "environment: the section `environment` of a configuration, as YAML. first: index of the first environment.")
      .def("seed", &World::seed, "seed"_a, "Begins with the first levels of this seed.")
      .def("reset", &World::reset, "mask"_a.none(),
           "Begins the next level where mask is true; everywhere if None.")
      .def("observe", &World::observe, "Writes the current observations into the buffer.")
      .def("step", &World::step, "actions"_a.noconvert(), "Takes a step. actions: int32 [count].")
      .def(
          "ended", &World::ended,
          "Returns the levels that ended in the last step: (index, size, steps, optimal, success, truncated).")
      .def("final_observation", &World::final_observation, "k"_a,
           "Returns the last observation of the k-th of them.")
      .def("save", &World::save, "Returns the whole state.")
      .def("restore", &World::restore, "state"_a, "Continues exactly where `save` was called.")
      .def("state", &World::state, "index"_a, "Returns the state of one environment.")
      .def("set_state", &World::set_state, "index"_a, "state"_a,
           "Continues one environment from a state, whose maze no seed needs to make. observe() shows it.")
      .def_prop_ro("actions", &World::actions, "Number of actions.")
      .def_prop_ro("observation_shape", &World::observation_shape, "Shape of an observation, uint8.")
      .def_prop_ro("highest_byte", &World::highest_byte, "The largest byte of observations.")
      .def_prop_ro("observations", &World::observations, nb::rv_policy::automatic)
      .def("take_observations", &World::take_observations,
           "Returns the current observations as an array that later steps do not change.")
      .def_prop_ro("level_seeds", [](nb::handle self) { return nb::cast<World&>(self).level_seeds(self); })
      .def_prop_ro("rewards", [](nb::handle self) { return nb::cast<World&>(self).rewards(self); })
      .def_prop_ro("terminated", [](nb::handle self) { return nb::cast<World&>(self).terminated(self); })
      .def_prop_ro("truncated", [](nb::handle self) { return nb::cast<World&>(self).truncated(self); });
}
