#pragma once
#include <array>
#include <string>
#include <vector>

#include "envs/frame/frame.h"
#include "envs/maze_state.h"
#include "evaluator/draw/pictures/sheet.h"

// Pictures of mazes, for papers: crisp at any size, in colours that readers with any colour vision can tell
// apart. Each function returns the bytes of a file. Throws UserError if the page's width is out of range.
namespace mazescan::pictures {

// Draws the maze with mouse, cheese, coordinates and a legend.
std::string draw_maze(const envs::MazeState& state, const PageOptions& page);

// Draws the frame that `renderer` makes of the state: its 64 x 64 pixels, enlarged.
std::string draw_frame(const envs::MazeState& state, const frame::FrameRenderer& renderer,
                       const PageOptions& page);

// Draws the cells that the mouse visited, from the first to the last; the mouse is drawn on the first. The
// more often the mouse walked between two cells, the darker their line. target: a ring marks it, kNoCell:
// none.
std::string draw_path(const envs::MazeState& start, const std::vector<envs::Cell>& path, envs::Cell target,
                      const PageOptions& page);

// Probabilities of the five moves.
using MoveProbabilities = std::array<float, envs::kMoves>;

// Draws a policy on every free cell: for each move an arrow as long as the move is probable; an arrow of
// probability 1 ends in the middle of the next cell. Moves towards the target, or towards the cheese if the
// target is kNoCell, have a colour of their own.
// Shapes: field [size * size], in the order of MazeLevel::open; the values of walls are ignored.
std::string draw_field(const envs::MazeState& state, const std::vector<MoveProbabilities>& field,
                       envs::Cell target, const PageOptions& page);

}  // namespace mazescan::pictures
