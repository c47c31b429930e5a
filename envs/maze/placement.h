#pragma once
#include <string>
#include <vector>

#include "core/random.h"
#include "envs/maze_state.h"

namespace mazescan {

// The placements of the cheese, by name, and besides them "cell:X,Y":
//   top_right, top_left, bottom_right   uniform over the free cells of that corner's k x k region (k =
//   region, at
//                                       least 1, at most the size)
//   top_right_corner, top_left_corner, bottom_right_corner   exactly the corner cell, which is always free
//   bottom_left   uniform over the free cells at path distance 2..10 from the start
//   centre        uniform over the free cells nearest the middle
//   uniform       any free cell
//   off_region    any free cell outside the top-right k x k region
// Never the start.
const std::vector<std::string>& placement_names();

bool is_placement(const std::string& name);

// Throws UserError naming the nearest placement unless is_placement(name). `where` names the key in the
// message.
void require_placement(const std::string& name, const std::string& where);

// Whether any perfect maze of this size has such a cell. False of "cell:X,Y" beyond it, of the start, and of
// the cells between four rooms, which are always walls.
bool is_possible(const std::string& placement, int size);

// The cells from which place_cheese draws, in the order of MazeLevel::open. Empty: not applicable to this
// level.
std::vector<Cell> placement_cells(const MazeLevel& level, const std::string& placement, int region);

// A cell for the cheese, or kNoCell if no cell qualifies (the caller says "not applicable"). One draw where
// several cells qualify, none otherwise. Throws UserError if the name is malformed.
Cell place_cheese(const MazeLevel& level, const std::string& placement, int region, RandomStream& random);

}  // namespace mazescan
