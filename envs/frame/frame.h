#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "envs/frame/frame_geometry.h"
#include "envs/frame/theme.h"
#include "envs/maze_state.h"

// Observation `rgb`: uint8 [64, 64, 3], row 0 at the top, procgen's frame of a maze state to the pixel.
namespace mazescan {

constexpr int kFrameChannels = 3;
constexpr size_t kFrameRowBytes = size_t{kFrameChannels} * kFrameSide;
constexpr size_t kFrameBytes = kFrameRowBytes * kFrameSide;

enum class View {
  world,  // the whole world: procgen's easy and hard modes
  mouse   // 8 x 8 cells around the mouse: procgen's memory mode
};

struct FrameOptions {
  int world = 25;
  View view = View::world;
  bool backgrounds = true;        // else black
  bool monochrome = false;        // plain colours instead of pictures for walls, cheese and mouse
  std::string look = "mazescan";  // or procgen, with its pictures in the folder `assets`
  std::string assets;
};

// What the frames of one level have in common: made by FrameRenderer::prepare.
struct Backdrop {
  Cell cheese;
  std::vector<uint8_t> pixels;
};

// Draws frames. Immutable: any number of threads may share one.
class FrameRenderer {
 public:
  virtual ~FrameRenderer() = default;

  // Writes the frame of `state`, kFrameBytes bytes.
  virtual void render(const MazeState& state, uint8_t* out) const = 0;

  // The same in two parts, for many frames of one level: a backdrop holds for all states of the level that
  // it was prepared with. Fastest where the cheese stays in its place, too.
  virtual void prepare(const MazeState& state, Backdrop& backdrop) const = 0;
  virtual void render(const MazeState& state, const Backdrop& backdrop, uint8_t* out) const = 0;
};

// `look` must have passed monochrome() if its colours shall be plain; options.look and .monochrome are not
// looked at.
std::unique_ptr<FrameRenderer> make_frame_renderer(const Look& look, const FrameOptions& options);

// The renderer of these options; one object for all who ask for it at the same time. Throws UserError if the
// look cannot be had.
std::shared_ptr<const FrameRenderer> frame_renderer(const FrameOptions& options);

}  // namespace mazescan
