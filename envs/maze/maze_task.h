#pragma once
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "envs/environment_info.h"
#include "envs/maze/maze_config.h"
#include "envs/task.h"

namespace mazescan::maze {

// The task of procgen's maze and procgenAISC's maze_aisc.
class MazeTask final : public envs::Task {
 public:
  // config: validated.
  explicit MazeTask(const MazeConfig& config) : config_(config) {}

  std::vector<int> sizes() const override;
  int world_dim() const override { return config_.world_dim; }
  envs::Cell origin(int size) const override;
  int max_free_cells(int size) const override;
  void make_level(int32_t seed, int size, int max_size, envs::Mt19937& rng,
                  envs::MazeLevel& level) const override;

  std::vector<std::string> placements() const override;
  void require_placement(const std::string& placement, const std::string& where) const override;
  bool is_possible(const std::string& placement, int size) const override;
  bool place_goal(envs::MazeLevel& level, const std::string& placement, RandomStream& random) const override;
  int region() const override { return config_.region; }

  std::vector<envs::GoalLike> goal_likes(const envs::MazeState& start) const override;
  envs::GoalNames goal_names() const override { return {"cheese", "top-right"}; }

  envs::ObservationShape observation_shape() const override;
  void observe(const envs::MazeState& state, uint8_t* out) const override;
  std::unique_ptr<envs::LevelObserver> level_observer() const override;
  envs::EnvironmentConfig without_appearance(envs::EnvironmentConfig config) const override;

 private:
  // Pictures are loaded when the first observation needs them. Throws UserError if they cannot be loaded.
  const std::shared_ptr<const frame::FrameRenderer>& frames() const;

  const MazeConfig config_;
  mutable std::once_flag frames_once_;
  mutable std::shared_ptr<const frame::FrameRenderer> frames_;
};

// Return the entries of these environments in the table.
envs::EnvironmentInfo maze_info();
envs::EnvironmentInfo maze_aisc_info();

}  // namespace mazescan::maze
