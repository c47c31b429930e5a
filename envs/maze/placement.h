#pragma once
#include <string>
#include <vector>

#include "core/random.h"
#include "envs/maze_state.h"

namespace mazescan::maze {

// The placements of the cheese, by name. "cell:X,Y" is a placement, too. The start is never drawn.
//   top_right, top_left, bottom_right    uniform over the free cells of that corner's k x k region
//                                        (k = region, at least 1, at most the size)
//   top_right_corner, top_left_corner,   exactly the corner cell, which is always free
//   bottom_right_corner
//   bottom_left                          uniform over the free cells at path distance 2..10 from the start
//   centre                               uniform over the free cells nearest the middle
//   uniform                              any free cell
//   off_region                           any free cell outside the top-right k x k region
const std::vector<std::string>& placement_names();

bool is_placement(const std::string& name);

// Throws UserError with the nearest placement unless is_placement(name). where: the configuration key, for
// the message.
void require_placement(const std::string& name, const std::string& where);

// Returns whether a perfect maze of this size can have such a cell. False for "cell:X,Y" outside the maze, at
// the start, and between four rooms, where there is always a wall.
bool is_possible(const std::string& placement, int size);

// Returns the cells from which place_cheese draws, in the order of MazeLevel::open. Empty if this level has
// none.
std::vector<envs::Cell> placement_cells(const envs::MazeLevel& level, const std::string& placement,
                                        int region);

// Returns a cell for the cheese, kNoCell if no cell qualifies. Makes one draw if several cells qualify,
// otherwise none. Throws UserError if there is no such placement.
envs::Cell place_cheese(const envs::MazeLevel& level, const std::string& placement, int region,
                        RandomStream& random);

}  // namespace mazescan::maze
