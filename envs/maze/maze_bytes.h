#pragma once
#include <string>
#include <string_view>

#include "envs/maze/editable_maze.h"

namespace mazescan {

// The complete state with its level as bytes: a mark, a version, the fields, a checksum. Equal states give
// equal bytes.
std::string maze_to_bytes(const MazeState& state);

// Reads them back, whatever they are: bytes that maze_to_bytes did not write throw UserError naming `name`,
// and what is returned is a whole maze.
EditableMaze maze_from_bytes(std::string_view bytes, const std::string& name);

}  // namespace mazescan
