#pragma once
#include <cstddef>
#include <cstdint>
#include <vector>

// A maze state: the value that all parts of mazescan exchange. It is small and plain, and every observation
// is a pure function of it. Environments differ in levels, rules and observations; they share this state.
namespace mazescan::envs {

// A cell in maze coordinates: x to the right, y up, (0, 0) at the bottom left.
struct Cell {
  int16_t x = -1, y = -1;
  friend bool operator==(Cell a, Cell b) { return a.x == b.x && a.y == b.y; }
  friend bool operator!=(Cell a, Cell b) { return !(a == b); }
};
constexpr Cell kNoCell{-1, -1};
constexpr Cell kStart{0, 0};  // where the mouse of a maze starts

constexpr int kMinSize = 3;
constexpr int kMaxWorldDim = 101;
constexpr int kBackgrounds = 9;

// A point of the padded grid, in cells: (0.5, 0.5) is the centre of the cell at the bottom left. Or a velocity.
struct Vector {
  float x = 0, y = 0;
  friend bool operator==(Vector a, Vector b) { return a.x == b.x && a.y == b.y; }
  friend bool operator!=(Vector a, Vector b) { return !(a == b); }
};

// A thing that the mouse can take or use up, such as a key. An environment numbers its kinds.
struct LevelObject {
  uint8_t kind = 0;
  Cell cell;
  Vector centre{};  // continuous environments only (Task::is_continuous)
};
constexpr size_t kMaxObjects = 32;  // of a level: one bit each in MazeState::taken

// The level made from a level seed: walls, start, cheese, objects, background.
struct MazeLevel {
  int32_t seed = 0;
  int size = 0;                      // side of the maze
  int world_dim = 0;                 // side of the padded grid; all cells outside the maze are walls
  Cell origin{0, 0};                 // grid cell of maze cell (0, 0)
  std::vector<uint8_t> open;         // size * size, row y (up), column x: 1 = free, 0 = wall
  Cell start = kStart;               // where the mouse starts
  Cell cheese;                       // kNoCell if there is none
  Cell decoy;                        // a second mark, which has no rule; kNoCell if there is none
  std::vector<LevelObject> objects;  // at most kMaxObjects; mazes have none
  int background = 0;                // procgen's background_index, 0..8

  // Cells outside the maze are walls.
  bool is_open(int x, int y) const {
    return x >= 0 && y >= 0 && x < size && y < size && open[static_cast<size_t>(y) * size + x] != 0;
  }
  bool is_open(Cell cell) const { return is_open(cell.x, cell.y); }
  // Returns the row-major index of a cell of the maze into `open`.
  size_t index(Cell cell) const { return static_cast<size_t>(cell.y) * size + cell.x; }
  Cell cell(size_t index) const {
    return {static_cast<int16_t>(index % size), static_cast<int16_t>(index / size)};
  }
  Cell top_right() const { return {static_cast<int16_t>(size - 1), static_cast<int16_t>(size - 1)}; }
};

// Returns the free cells, in the order of MazeLevel::open.
std::vector<Cell> open_cells(const MazeLevel& level);

// The moves. All tables use this order.
enum class Move : uint8_t { left, down, up, right, noop };
constexpr int kMoves = 5;

// Returns the cell one move away. It may be a wall.
constexpr Cell neighbour(Cell cell, Move move) {
  const int dx = move == Move::right ? 1 : move == Move::left ? -1 : 0;
  const int dy = move == Move::up ? 1 : move == Move::down ? -1 : 0;
  return {static_cast<int16_t>(cell.x + dx), static_cast<int16_t>(cell.y + dy)};
}

// Limits the clock of a state that is read from a file. Further steps cannot overflow it.
constexpr int kMaxClock = 1'000'000'000;

// Everything that an observation can show, and the clock.
struct MazeState {
  const MazeLevel* level = nullptr;  // not owned; must outlive the state
  Cell mouse = kStart;
  Cell cheese;  // the goal; kNoCell once eaten, or if there is none
  bool facing_right = false;
  int clock = 0;       // steps since the start of the episode
  uint32_t taken = 0;  // bit i: object i of the level is gone
  // Continuous environments only: the centre of the mouse, which is in the cell `mouse`, and cells per step.
  Vector position, velocity;
};

// Returns the state in which an episode on `level` begins. To move the cheese, set `cheese`.
MazeState initial_state(const MazeLevel& level);

// The result of a step.
struct MoveResult {
  int rewards = 0;    // how often the reward was earned
  bool over = false;  // the level is over: the goal was reached, or all that counts
};

// Takes one step: moves unless a wall is in the way, turns the mouse, eats the cheese. Returns true if the
// cheese was reached.
bool apply_move(MazeState& state, Move move);

}  // namespace mazescan::envs
