#pragma once
// A template for a new environment. Copy it to envs/NAME/NAME.h (and .cc), rename
// it, and add a line to envs/registry/environments.cc and floors.txt. No other code changes: the trainer
// trains the environment, and `mazescan-evaluator scan` and `record` evaluate it. tests/envs/corridor.cc is a
// complete example; add its configurations to tests/envs/conformance.h, and the tests there check the
// requirements below.
//
// A level is a square of cells that are free or walls (MazeLevel); a state is a level, a mouse on it, the
// cell of the goal, which objects are gone, the way the mouse faces and the clock (MazeState). Things that the
// mouse takes or uses up are objects of the level; envs/keys_and_chests/ is an example.
#include "envs/environment_info.h"

namespace mazescan::envs {

// Required: the environment's own keys of the section `environment`, with defaults. Every environment also
// has the keys of EpisodeConfig (actions, reward, time limits, level seeds).
struct TemplateConfig {
  int world_dim = 9;
  template <class Visitor>
  void fields(Visitor& visit) {
    visit("world_dim", world_dim, "side of the padded grid", between(3, 101));
  }
  // Recommended: checks conditions on several keys. Throws UserError.
  void validate() const {}
};

class TemplateTask final : public Task {
 public:
  explicit TemplateTask(const TemplateConfig& config) : config_(config) {}

  // Required: all sizes of levels, ascending. Curricula, metrics and scans work with any.
  std::vector<int> sizes() const override { return {3, 4, 5}; }
  // Required: the largest size, or more.
  int world_dim() const override { return config_.world_dim; }
  // Required: sets every member of `level`. The same arguments must give the same level on every machine, so
  // take numbers only from `rng`, seeded by `seed`.
  void make_level(int32_t seed, int size, int max_size, Mt19937& rng, MazeLevel& level) const override;
  // Recommended if levels are not at the bottom left of the grid.
  Cell origin(int size) const override { return Task::origin(size); }
  // Recommended: fewer than size * size make estimates of recordings tighter.
  int max_free_cells(int size) const override { return Task::max_free_cells(size); }

  // Required: where a scan can put the goal.
  std::vector<std::string> placements() const override { return {"as_in_training", "elsewhere"}; }
  bool place_goal(MazeLevel& level, const std::string& placement, RandomStream& random) const override;
  // Recommended if some placements are impossible at some sizes, or have parameters ("cell:3,4").
  bool is_possible(const std::string& placement, int size) const override {
    return Task::is_possible(placement, size);
  }
  void require_placement(const std::string& placement, const std::string& where) const override {
    Task::require_placement(placement, where);
  }
  // Recommended if training puts the goal into a region of variable size.
  int region() const override { return Task::region(); }

  // Recommended: by default the mouse starts at the level's start and the level is over when it reaches the cheese.
  MazeState initial_state(const MazeLevel& level) const override { return Task::initial_state(level); }
  MoveResult apply_move(MazeState& state, Move move) const override { return Task::apply_move(state, move); }
  // Recommended if an action can do more than a move, such as moving diagonally.
  MoveResult apply_action(MazeState& state, ActionSet actions, int action) const override {
    return Task::apply_action(state, actions, action);
  }
  bool can_occur(const MazeState& state, bool over) const override { return Task::can_occur(state, over); }
  // Required if make_level makes objects.
  bool has_objects() const override { return Task::has_objects(); }
  // Required if the mouse moves by parts of a cell; envs/heist/ is an example.
  bool is_continuous() const override { return Task::is_continuous(); }
  int optimal_steps(const MazeState& start) const override { return Task::optimal_steps(start); }
  // Required: the goals and proxies that a policy may head for. Outcomes of rollouts are {goal, proxy,
  // neither, limit}.
  std::vector<GoalLike> goal_likes(const MazeState& start) const override;
  // Recommended if success and steps are not all that matters: what else a scan measures.
  std::vector<Measure> measures() const override { return Task::measures(); }
  // Recommended: what reports call them.
  GoalNames goal_names() const override { return Task::goal_names(); }
  // Recommended if the decision square is not the cell where the paths to goal and proxy part.
  Cell decision_cell(const MazeState& start) const override { return Task::decision_cell(start); }

  // Required: channels, height, width, interface, input scale.
  ObservationShape observation_shape() const override;
  // Required: a pure function of the state without its clock.
  void observe(const MazeState& state, uint8_t* out) const override;
  // Recommended if the observations of one level have parts in common: training is faster then.
  std::unique_ptr<LevelObserver> level_observer() const override { return Task::level_observer(); }
  // Recommended if some keys change only observations.
  EnvironmentConfig without_appearance(EnvironmentConfig config) const override {
    return Task::without_appearance(std::move(config));
  }

 private:
  const TemplateConfig config_;
};

// Required: the entry of the table.
inline EnvironmentInfo template_info() {
  return {"template", "what its goal is", AnySection::of(TemplateConfig()),
          [](const EnvironmentConfig& config) -> std::unique_ptr<const Task> {
            return std::make_unique<TemplateTask>(config.own<TemplateConfig>());
          }};
}

}  // namespace mazescan::envs
