#include "envs/maze/maze_bytes.h"

#include <fmt/format.h>

#include <cstring>

#include "core/bytes.h"
#include "core/hash.h"

namespace mazescan::maze {

namespace {

constexpr std::string_view kMark = "mazestat";
constexpr uint32_t kVersion = 1;

}  // namespace

std::string maze_to_bytes(const envs::MazeState& state) {
  const envs::MazeLevel& level = *state.level;
  ByteWriter out;
  for (const char c : kMark) out.put(c);
  out.put(kVersion);
  out.put(int32_t{level.seed});
  out.put(int32_t{level.size});
  out.put(int32_t{level.world_dim});
  out.put(level.origin);
  out.put(level.cheese);
  out.put(int32_t{level.background});
  out.put_bytes({reinterpret_cast<const char*>(level.open.data()), level.open.size()});
  out.put(state.mouse);
  out.put(state.cheese);
  out.put(static_cast<uint8_t>(state.facing_right));
  out.put(int32_t{state.clock});
  out.put(hash64(out.bytes()));
  return out.take();
}

EditableMaze maze_from_bytes(std::string_view bytes, const std::string& name) {
  const auto refuse = [&name](const std::string& why, const char* right) {
    throw UserError(name + " is not a saved maze state", why, right);
  };
  const char* const undamaged = "use an undamaged copy of what mazescan saved";
  if (bytes.substr(0, kMark.size()) != kMark) refuse("it does not begin like one", undamaged);
  ByteReader in(bytes.substr(kMark.size()), name);
  const auto version = in.get<uint32_t>();
  if (version != kVersion)
    refuse(fmt::format("its version is {}", version), "a state saved by this version of mazescan (1)");
  uint64_t checksum;
  if (bytes.size() < kMark.size() + sizeof version + sizeof checksum) refuse("it is truncated", undamaged);
  const size_t content = bytes.size() - sizeof checksum;
  std::memcpy(&checksum, bytes.data() + content, sizeof checksum);
  if (checksum != hash64(bytes.substr(0, content))) refuse("its checksum is wrong", undamaged);

  envs::MazeLevel level;
  level.seed = in.get<int32_t>();
  level.size = in.get<int32_t>();
  level.world_dim = in.get<int32_t>();
  level.origin = in.get<envs::Cell>();
  level.cheese = in.get<envs::Cell>();
  level.background = in.get<int32_t>();
  const std::string_view walls = in.get_bytes();
  if (walls.size() > envs::kMaxWorldDim * envs::kMaxWorldDim) refuse("its walls are too many", undamaged);
  level.open.assign(walls.begin(), walls.end());
  envs::MazeState state;
  state.level = &level;
  state.mouse = in.get<envs::Cell>();
  state.cheese = in.get<envs::Cell>();
  const auto facing_right = in.get<uint8_t>();
  if (facing_right > 1) refuse("a flag is neither 0 nor 1", undamaged);
  state.facing_right = facing_right == 1;
  state.clock = in.get<int32_t>();
  in.get<uint64_t>();  // the checksum
  if (!in.at_end()) refuse("bytes follow its end", undamaged);
  try {
    return EditableMaze(state);
  } catch (const UserError& fault) {
    throw UserError(name, fault);
  }
}

}  // namespace mazescan::maze
