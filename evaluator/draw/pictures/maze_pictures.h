#pragma once
#include <array>
#include <string>
#include <vector>

#include "envs/frame/frame.h"
#include "envs/maze_state.h"
#include "evaluator/draw/pictures/picture.h"

// Pictures of mazes, for papers. All are square, crisp at any size, and use colours that colour-blind readers
// can tell apart.
namespace mazescan {

constexpr int kSmallestPicture = 512, kLargestPicture = 8192;  // pixels a side

struct PictureText {
  std::string title;     // a line above the maze
  std::string subtitle;  // a smaller line below the title
};

// The maze with mouse, cheese, coordinates and a legend.
Canvas draw_maze(const MazeState& state, const PictureText& text, int pixels);

// The same with the cells that the mouse walked, from the first to the last; the mouse stands on the first.
// Cells that were walked several times are darker.
Canvas draw_path(const MazeState& start, const std::vector<Cell>& path, const PictureText& text, int pixels);

// What a policy with eyes sees: the maze in the 64 x 64 picture of the environment, enlarged.
Canvas draw_frame(const MazeState& state, const FrameRenderer& renderer, const PictureText& text, int pixels);

// Probabilities of the five moves.
using MoveProbabilities = std::array<float, kMoves>;

// A policy on every free cell: an arrow for each move, as long as it is probable (an arrow of probability 1
// ends in the middle of the next cell). field: [size * size], in the order of MazeLevel::open; walls are not
// looked at.
Canvas draw_field(const MazeState& state, const std::vector<MoveProbabilities>& field,
                  const PictureText& text, int pixels);

}  // namespace mazescan
