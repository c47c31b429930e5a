#pragma once
#include <string>
#include <vector>

#include "envs/environment.h"
#include "envs/frame/frame.h"
#include "envs/maze/level.h"
#include "envs/maze/observer.h"
#include "envs/maze_state.h"

namespace mazescan {

// The options of the levels that an environment configuration describes.
LevelOptions level_options(const EnvironmentConfig& config);

// How the frames of an environment configuration with `observation: rgb` are drawn.
FrameOptions frame_options(const EnvironmentConfig& config);

ObservationShape observation_shape(const EnvironmentConfig& config);

// Steps after which an episode on a maze of this size is truncated.
int time_limit(const EnvironmentConfig& config, int size);

// procgen's maze and procgenAISC's maze_aisc.
class MazeEnvironment final : public Environment {
 public:
  MazeEnvironment(const EnvironmentConfig& config, uint32_t level_generator_seed);
  // The state points into the environment's own level.
  MazeEnvironment(const MazeEnvironment&) = delete;
  MazeEnvironment& operator=(const MazeEnvironment&) = delete;

  ObservationShape observation_shape() const override;
  int action_count() const override { return procgen_actions_ ? kProcgenActions : kMoves; }
  void reset() override;
  StepResult step(int action) override;
  void observe(uint8_t* out) const override;
  EpisodeSummary episode() const override;
  int32_t level_seed() const override { return level_.seed; }
  void set_largest_size(int size) override;
  void save(ByteWriter& out) const override;
  void restore(ByteReader& in) override;
  void write_state(ByteWriter& out, bool with_level) const override;

  const MazeState& state() const { return state_; }

 private:
  int32_t choose_level_seed();
  void begin();  // on level_

  const EnvironmentConfig config_;
  const bool procgen_actions_;
  LevelOptions options_;        // largest_size: in force from the next reset on
  Mt19937 level_seeds_;         // procgen's generator of level seeds
  Mt19937 generator_;           // scratch: reseeded for every level
  MazeLevel level_;             // of the episode at hand
  int level_largest_size_ = 0;  // options_.largest_size when level_ was made
  int limit_ = 0;               // steps
  MazeState state_;
  bool success_ = false;
  MazeObserver observer_;
};

}  // namespace mazescan
