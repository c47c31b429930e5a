// Text drawings: any bytes are either rejected with a UserError, or read as a maze that
// is safe to play and to observe, and that is unchanged when it is written and read again.
#include <cstdlib>

#include "core/error.h"
#include "envs/maze/maze_text.h"
#include "envs/maze/on_distribution.h"
#include "envs/maze/planes.h"
#include "envs/paths.h"
#include "tests/fuzz/fuzz_target.h"

namespace mazescan {
namespace {

void must(bool ok) {
  if (!ok) std::abort();
}

void use(const maze::EditableMaze& maze) {
  envs::MazeState state = maze.state();
  const std::string text = maze::maze_to_text(state);
  must(maze::maze_to_text(maze::maze_from_text(text, "again").state()) == text);
  std::vector<uint8_t> planes(maze::planes_bytes(maze.level().world_dim));
  maze::write_planes(state, planes.data());
  maze::LevelOptions options;
  options.region = 5;
  maze::on_distribution(state, options);
  envs::decision_square(maze.level(), state.cheese);
  const auto policy = envs::optimal_policy(maze.level(), state.cheese);
  for (size_t step = 0; step < 4 * policy.size(); ++step) {
    if (apply_move(state, policy[maze.level().index(state.mouse)])) break;
    must(maze.level().is_open(state.mouse));
  }
  maze::write_planes(state, planes.data());
}

template <class Read>
void try_to(const Read& read) {
  try {
    use(read());
  } catch (const UserError&) {
  }
}

}  // namespace
}  // namespace mazescan

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace mazescan;
  const std::string input(reinterpret_cast<const char*>(data), size);
  try_to([&] { return maze::maze_from_text(input, "input"); });
  return 0;
}

std::vector<std::string> fuzz_seeds() {
  using namespace mazescan;
  std::vector<std::string> seeds = {"", "m.c\n.#.\n...\n", "###\n#*#\n###"};
  maze::LevelOptions options;
  options.game = maze::Game::maze;
  for (const int size : {3, 5, 9, 25}) {
    const envs::MazeLevel level = maze::generate_level(options, size, size);
    seeds.push_back(maze::maze_to_text(initial_state(level)));
  }
  return seeds;
}
