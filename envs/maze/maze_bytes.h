#pragma once
#include <string>
#include <string_view>

#include "envs/maze/editable_maze.h"

namespace mazescan::maze {

// Returns the whole state with its level as bytes: a mark, a version, the fields, a checksum. Equal states
// give equal bytes.
std::string maze_to_bytes(const envs::MazeState& state);

// Reads the bytes of maze_to_bytes. The bytes are untrusted: throws UserError with `name` on anything else.
EditableMaze maze_from_bytes(std::string_view bytes, const std::string& name);

}  // namespace mazescan::maze
