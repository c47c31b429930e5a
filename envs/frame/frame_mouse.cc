// Frames that show 8 x 8 cells around the mouse. A cell has 8 x 8 pixels, tiles do not overlap, and the mouse
// is always in the middle: each axis shows half a cell, seven whole ones and half a cell.
#include <algorithm>
#include <array>
#include <cstring>

#include "core/error.h"
#include "envs/frame/frame_renderers.h"
#include "envs/frame/frame_sprite.h"

namespace mazescan::frame {

namespace {

constexpr int kViewCells = 8, kCellSide = kFrameSide / kViewCells;
constexpr int kReach = kViewCells / 2;  // cells to each side of the mouse
constexpr int kSeen = 2 * kReach + 1;
constexpr size_t kCellBytes = size_t{kFrameChannels} * kCellSide;
constexpr size_t kMargin = kReach * kCellBytes;         // bytes of the cells to one side of the mouse
constexpr int kMouseAt = (kFrameSide - kCellSide) / 2;  // its first column and row

class MouseRenderer final : public FrameRenderer {
 public:
  MouseRenderer(const Theme& theme, const FrameOptions& options)
      : world_(options.world_dim), stride_(static_cast<size_t>(options.world_dim) * kCellBytes) {
    draw_backgrounds(theme, options.backgrounds);
    // Tiles look the same in every cell: compute them for the cell of the mouse.
    const Geometry geometry(kViewCells, 0.5F, 0.5F);
    SpriteSheet walls;
    const Texture& wall = theme.wall;
    const Sprite wall_tile = walls.add(wall, cell_span(sample_with_alpha(geometry.tile_column(0), wall.side)),
                                       cell_span(sample_with_alpha(geometry.tile_row(0), wall.side)));
    std::array<uint8_t, kCellBytes * kCellSide> cell{};
    walls.blend(wall_tile, cell.data(), kCellBytes);
    // A frame begins in the middle of a cell.
    for (size_t row = 0; row < kCellSide; ++row)
      for (size_t i = 0; i < kFrameRowBytes; ++i)
        wall_rows_[row * kFrameRowBytes + i] = cell[row * kCellBytes + (i + kCellBytes / 2) % kCellBytes];
    cheese_ =
        sheet_.add(theme.cheese, cell_span(sample_with_alpha(geometry.tile_column(0), theme.cheese.side)),
                   cell_span(sample_with_alpha(geometry.tile_row(0), theme.cheese.side)));
    Span columns = cell_span(sample_with_alpha(geometry.mouse_column(0), theme.mouse.side));
    const Span rows = cell_span(sample_with_alpha(geometry.mouse_row(0), theme.mouse.side));
    mouse_[0] = sheet_.add(theme.mouse, columns, rows);
    for (int& source : columns.source) source = theme.mouse.side - 1 - source;
    mouse_[1] = sheet_.add(theme.mouse, columns, rows);
  }

  void render(const envs::MazeState& state, uint8_t* out) const override {
    const envs::MazeLevel& level = *state.level;
    expect(level.world_dim == world_, "a level of the grid that the backgrounds are made for");
    for (int y = kReach; y >= -kReach; --y) draw_cells(level, state.mouse, y, out);
    draw_cheese(state, out);
    draw_mouse(state, out);
  }

  // There is no backdrop: pictures of the mazes of many environments would not fit into the caches, and reading a
  // part of one takes longer than drawing the cells.
  void prepare(const envs::MazeState& state, Backdrop& backdrop) const override {
    expect(state.level->world_dim == world_, "a level of the grid that the backgrounds are made for");
    backdrop.cheese = state.cheese;
    backdrop.pixels.clear();
  }
  void render(const envs::MazeState& state, const Backdrop&, uint8_t* out) const override {
    render(state, out);
  }

 private:
  static size_t pixel_at(int column, int row) {
    return static_cast<size_t>(row) * kFrameRowBytes + static_cast<size_t>(column) * kFrameChannels;
  }

  static Span cell_span(Span span) {
    expect(span.first == kMouseAt && span.count() == kCellSide, "a tile of exactly one cell");
    return span;
  }

  // Draws each background at 8 pixels for each cell; frames show parts of it. procgen samples the picture
  // again for each frame, at these same positions: pixel p shows source column
  // ceil((2p + 1) side / (16 world_dim)) - 1.
  void draw_backgrounds(const Theme& theme, bool shown) {
    const int side = world_ * kCellSide;
    for (size_t b = 0; b < envs::kBackgrounds; ++b) {
      // draw_cells reads up to a view beyond the ends, and draws walls over it.
      backgrounds_[b].resize(stride_ * static_cast<size_t>(side) + 2 * kMargin);
      if (!shown) continue;
      const Texture& texture = theme.backgrounds[b];
      const auto source = [&](int pixel) { return ((2 * pixel + 1) * texture.side - 1) / (2 * side); };
      uint8_t* out = backgrounds_[b].data() + kMargin;
      for (int y = 0; y < side; ++y)
        for (int x = 0; x < side; ++x, out += kFrameChannels)
          std::memcpy(out, texture.texel(source(x), source(y)), kFrameChannels);
    }
  }

  void draw_mouse(const envs::MazeState& state, uint8_t* out) const {
    sheet_.blend(mouse_[state.facing_right ? 1 : 0], out + pixel_at(kMouseAt, kMouseAt), kFrameRowBytes);
  }

  // Draws the row of cells that is `dy` above that of the mouse: whole rows of pixels of whichever there are more of, walls
  // or the background, then the other cells.
  void draw_cells(const envs::MazeLevel& level, envs::Cell mouse, int dy, uint8_t* out) const {
    const int y = mouse.y + dy, left = mouse.x - kReach;
    std::array<bool, kSeen> open{};
    int count = 0;
    for (int k = 0; k < kSeen; ++k) count += static_cast<int>(open[k] = level.is_open(left + k, y));
    const int top = kMouseAt - dy * kCellSide;  // top of the row of cells; the edge of the frame may cut it
    const int begin = std::max(-top, 0), end = std::min(kCellSide, kFrameSide - top);
    uint8_t* const at = out + pixel_at(0, top + begin);
    const uint8_t* const walls = &wall_rows_[static_cast<size_t>(begin) * kFrameRowBytes];
    if (count == 0) {
      copy_rows<kFrameRowBytes>(walls, kFrameRowBytes, at, end - begin);
      return;
    }
    // y is in the level, left need not be: the rows before and after it are there.
    const size_t row =
        static_cast<size_t>(world_ - 1 - (level.origin.y + y)) * kCellSide + static_cast<size_t>(begin);
    const uint8_t* const background = backgrounds_[level.background].data() + kMargin + row * stride_ +
                                      (level.origin.x + left) * static_cast<ptrdiff_t>(kCellBytes) +
                                      kCellBytes / 2;
    const bool mostly_open = 2 * count > kSeen;
    const uint8_t* const most = mostly_open ? background : walls;
    const uint8_t* const others = mostly_open ? walls : background;
    const size_t others_stride = mostly_open ? kFrameRowBytes : stride_;
    copy_rows<kFrameRowBytes>(most, mostly_open ? stride_ : kFrameRowBytes, at, end - begin);
    if (open.front() != mostly_open) copy_rows<kCellBytes / 2>(others, others_stride, at, end - begin);
    for (int k = 1; k < kSeen - 1; ++k) {
      const size_t column = static_cast<size_t>(k) * kCellBytes - kCellBytes / 2;
      if (open[k] != mostly_open)
        copy_rows<kCellBytes>(others + column, others_stride, at + column, end - begin);
    }
    constexpr size_t kLast = kFrameRowBytes - kCellBytes / 2;
    if (open.back() != mostly_open)
      copy_rows<kCellBytes / 2>(others + kLast, others_stride, at + kLast, end - begin);
  }

  // Copies `bytes` bytes of each of `count` rows of pixels into a frame. A constant, so that no function is called.
  template <size_t bytes>
  static void copy_rows(const uint8_t* from, size_t stride, uint8_t* out, int count) {
    for (int row = 0; row < count; ++row)
      std::memcpy(out + static_cast<size_t>(row) * kFrameRowBytes, from + static_cast<size_t>(row) * stride,
                  bytes);
  }

  void draw_cheese(const envs::MazeState& state, uint8_t* out) const {
    if (state.cheese == envs::kNoCell) return;
    const int dx = state.cheese.x - state.mouse.x, dy = state.cheese.y - state.mouse.y;
    if (dx < -kReach || dx > kReach || dy < -kReach || dy > kReach) return;
    const int left = kMouseAt + dx * kCellSide, top = kMouseAt - dy * kCellSide;
    // Draws it into a cell of its own first, because the edge of the frame may cut it.
    std::array<uint8_t, kCellBytes * kCellSide> cell{};
    const auto each_row = [&](const auto& copy) {
      const int begin = std::max(left, 0), end = std::min(left + kCellSide, kFrameSide);
      for (int row = std::max(top, 0); row < std::min(top + kCellSide, kFrameSide); ++row)
        copy(out + pixel_at(begin, row),
             &cell[static_cast<size_t>(row - top) * kCellBytes +
                   static_cast<size_t>(begin - left) * kFrameChannels],
             static_cast<size_t>(end - begin) * kFrameChannels);
    };
    each_row([](const uint8_t* frame, uint8_t* part, size_t bytes) { std::memcpy(part, frame, bytes); });
    sheet_.blend(cheese_, cell.data(), kCellBytes);
    each_row([](uint8_t* frame, const uint8_t* part, size_t bytes) { std::memcpy(frame, part, bytes); });
  }

  const int world_;
  const size_t stride_;  // bytes of a row of pixels of the whole grid
  std::array<std::vector<uint8_t>, envs::kBackgrounds>
      backgrounds_;  // kMargin, [8 world_dim, 8 world_dim, 3], kMargin; black without
  std::array<uint8_t, kFrameRowBytes * kCellSide> wall_rows_{};  // [8, 64, 3]: a row of cells, walls only
  SpriteSheet sheet_;
  Sprite cheese_;
  std::array<Sprite, 2> mouse_;  // facing left, right
};

}  // namespace

std::unique_ptr<FrameRenderer> make_mouse_renderer(const Theme& theme, const FrameOptions& options) {
  return std::make_unique<MouseRenderer>(theme, options);
}

}  // namespace mazescan::frame
