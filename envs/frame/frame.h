#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "envs/frame/frame_geometry.h"
#include "envs/frame/theme.h"
#include "envs/maze_state.h"

// Observation `rgb`: uint8 [64, 64, 3], row 0 at the top. Every pixel equals that of procgen's frame of the
// state.
namespace mazescan::frame {

constexpr int kFrameChannels = 3;
constexpr size_t kFrameRowBytes = size_t{kFrameChannels} * kFrameSide;
constexpr size_t kFrameBytes = kFrameRowBytes * kFrameSide;

enum class View {
  world,  // the whole grid: procgen's easy and hard modes
  mouse   // 8 x 8 cells around the mouse: procgen's memory mode
};
inline std::vector<std::string> config_names(View) {
  return {"world", "mouse"};
}

enum class ThemeName {
  mazescan,  // our pictures
  procgen    // procgen's, read from its files
};
inline std::vector<std::string> config_names(ThemeName) {
  return {"mazescan", "procgen"};
}

struct FrameOptions {
  int world_dim = 25;
  View view = View::world;
  bool backgrounds = true;  // false: black
  bool monochrome = false;  // plain colours instead of pictures for walls, cheese and mouse
  ThemeName theme = ThemeName::mazescan;
  std::string assets;  // folder of procgen's pictures
};

// The parts that the frames of one level have in common. FrameRenderer::prepare makes it.
struct Backdrop {
  envs::Cell cheese;
  std::vector<uint8_t> pixels;
};

// Draws frames. Immutable: any number of threads may share one.
class FrameRenderer {
 public:
  virtual ~FrameRenderer() = default;

  // Writes the frame of `state`, kFrameBytes bytes.
  virtual void render(const envs::MazeState& state, uint8_t* out) const = 0;

  // Writes the same frame in two parts, for many frames of one level. A backdrop is valid for all states of
  // the level that it was prepared with. It is fastest if the cheese stays in its place.
  virtual void prepare(const envs::MazeState& state, Backdrop& backdrop) const = 0;
  virtual void render(const envs::MazeState& state, const Backdrop& backdrop, uint8_t* out) const = 0;
};

// Makes a renderer. options.theme and options.monochrome are ignored: for plain colours, give
// monochrome(theme).
std::unique_ptr<FrameRenderer> make_frame_renderer(const Theme& theme, const FrameOptions& options);

// Returns the renderer for these options; callers share one object while any of them keeps it. Throws
// UserError if the theme cannot be loaded.
std::shared_ptr<const FrameRenderer> frame_renderer(const FrameOptions& options);

}  // namespace mazescan::frame
