#pragma once
#include <memory>

#include "envs/environment.h"
#include "envs/task.h"

namespace mazescan::envs {

// Runs a task as an environment: chooses levels, counts steps, gives rewards.
class TaskEnvironment final : public Environment {
 public:
  // Throws UserError on a bad configuration.
  TaskEnvironment(const EnvironmentConfig& config, uint32_t level_generator_seed);
  // The state points into the environment's own level.
  TaskEnvironment(const TaskEnvironment&) = delete;
  TaskEnvironment& operator=(const TaskEnvironment&) = delete;

  ObservationShape observation_shape() const override { return task_->observation_shape(); }
  int action_count() const override { return mazescan::envs::action_count(config_.actions); }
  void reset() override;
  StepResult step(int action) override;
  void observe(uint8_t* out) const override { observer_->observe(state_, out); }
  StateGraph state_graph() const override;
  void observe_state(const MazeState& state, uint8_t* out) const override { observer_->observe(state, out); }
  EpisodeSummary episode() const override;
  int32_t level_seed() const override { return level_.seed; }
  const MazeState& state() const override { return state_; }
  LevelChoice level_choice() const override;
  void set_state(const MazeState& state, const LevelChoice& choice) override;
  void set_max_size(int size) override;
  void save(ByteWriter& out) const override;
  void restore(ByteReader& in) override;
  void write_state(ByteWriter& out, bool with_level) const override;

 private:
  int32_t choose_level_seed();
  void set_level_choice(const LevelChoice& choice);
  void begin();
  void continue_from(const MazeState& state);  // of the current level
  uint64_t fingerprint() const;

  const EnvironmentConfig config_;
  const std::unique_ptr<const Task> task_;
  int max_size_;
  int64_t levels_, start_level_;     // the configuration's, until set_state
  Mt19937 level_seeds_, generator_;  // chooses level seeds; makes levels
  MazeLevel level_;
  bool own_level_ = false;  // level_ is a copy that set_state made, maybe of no seed
  int level_max_size_ = 0;  // max_size_ when the level was made
  MazeState state_;
  int limit_ = 0;
  bool success_ = false;
  const std::unique_ptr<LevelObserver> observer_;
};

}  // namespace mazescan::envs
