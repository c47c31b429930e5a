#pragma once
#include <memory>
#include <vector>

#include "envs/environment.h"
#include "envs/frame/frame.h"
#include "envs/maze/level.h"
#include "envs/maze_state.h"

namespace mazescan {

// The observations of mazes under a configuration, a level at a time.
class MazeObserver {
 public:
  explicit MazeObserver(const EnvironmentConfig& config);

  // Must come before the first observation of a state's level.
  void begin_level(const MazeState& state);
  void observe(const MazeState& state, uint8_t* out) const;

 private:
  std::shared_ptr<const FrameRenderer> frames_;  // none with planes
  // What the observations of the level have in common.
  Backdrop backdrop_;
  std::vector<uint8_t> empty_planes_;  // without mouse and cheese
};

// The compact state: a byte of flags, the cells of mouse and cheese, a byte a coordinate; `with_level` also
// size, background and a bit a cell. The clock is not seen, and stays away.
void write_maze_state(const MazeState& state, bool with_level, ByteWriter& out);

class MazeStateObserver final : public StateObserver {
 public:
  explicit MazeStateObserver(const EnvironmentConfig& config);
  // The state points into the observer's own level.
  MazeStateObserver(const MazeStateObserver&) = delete;
  MazeStateObserver& operator=(const MazeStateObserver&) = delete;

  void read_state(ByteReader& in) override;
  void observe(uint8_t* out) const override;

 private:
  void read_level(ByteReader& in);

  const LevelOptions options_;
  MazeObserver observer_;
  MazeLevel level_;
  MazeState state_;  // its level is nullptr until one was read
};

}  // namespace mazescan
