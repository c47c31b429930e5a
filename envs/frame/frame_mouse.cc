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
constexpr int kMaxDrawn = 31;  // procgen's largest maze, 292 kB; pictures of larger ones take megabytes
constexpr size_t kCellBytes = size_t{kFrameChannels} * kCellSide;
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
    walls.blend(wall_tile, wall_.data(), kCellBytes);
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

  // The backdrop is a picture of the whole maze, with the walls around it that a frame can show. A frame is a
  // part of it, and the mouse.
  void prepare(const envs::MazeState& state, Backdrop& backdrop) const override {
    const envs::MazeLevel& level = *state.level;
    expect(level.world_dim == world_, "a level of the grid that the backgrounds are made for");
    backdrop.cheese = state.cheese;
    backdrop.pixels.clear();
    if (level.size > kMaxDrawn) return;
    const size_t stride = backdrop_stride(level);
    backdrop.pixels.resize(stride * stride / kFrameChannels);
    uint8_t* out = backdrop.pixels.data();
    for (int y = level.size - 1 + kReach; y >= -kReach; --y, out += (kCellSide - 1) * stride) {
      for (int x = -kReach; x < level.size + kReach; ++x, out += kCellBytes) {
        const Tile tile = tile_of(level, x, y);
        for (size_t row = 0; row < kCellSide; ++row)
          std::memcpy(out + row * stride, tile.pixels + row * tile.stride, kCellBytes);
        const bool has_cheese = state.cheese != envs::kNoCell && x == state.cheese.x && y == state.cheese.y;
        if (has_cheese) sheet_.blend(cheese_, out, stride);
      }
    }
  }
  void render(const envs::MazeState& state, const Backdrop& backdrop, uint8_t* out) const override {
    if (state.cheese != backdrop.cheese || backdrop.pixels.empty()) return render(state, out);
    const size_t stride = backdrop_stride(*state.level);
    const size_t row = static_cast<size_t>(state.level->size - 1 - state.mouse.y) * kCellSide + kCellSide / 2;
    const size_t column = static_cast<size_t>(state.mouse.x) * kCellBytes + kCellBytes / 2;
    const uint8_t* from = &backdrop.pixels[row * stride + column];
    for (int y = 0; y < kFrameSide; ++y, from += stride)
      std::memcpy(out + pixel_at(0, y), from, kFrameRowBytes);
    draw_mouse(state, out);
  }

 private:
  // A picture of one cell.
  struct Tile {
    const uint8_t* pixels;
    size_t stride;
  };

  // Returns the bytes of a row of the backdrop.
  static size_t backdrop_stride(const envs::MazeLevel& level) {
    return static_cast<size_t>(level.size + 2 * kReach) * kCellBytes;
  }

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
      backgrounds_[b].resize(stride_ * static_cast<size_t>(side));
      if (!shown) continue;
      const Texture& texture = theme.backgrounds[b];
      const auto source = [&](int pixel) { return ((2 * pixel + 1) * texture.side - 1) / (2 * side); };
      uint8_t* out = backgrounds_[b].data();
      for (int y = 0; y < side; ++y)
        for (int x = 0; x < side; ++x, out += kFrameChannels)
          std::memcpy(out, texture.texel(source(x), source(y)), kFrameChannels);
    }
  }

  Tile tile_of(const envs::MazeLevel& level, int x, int y) const {
    if (!level.is_open(x, y)) return {wall_.data(), kCellBytes};
    const size_t row = static_cast<size_t>(world_ - 1 - (level.origin.y + y)) * kCellSide;
    const size_t column = static_cast<size_t>(level.origin.x + x) * kCellBytes;
    return {&backgrounds_[level.background][row * stride_ + column], stride_};
  }

  void draw_mouse(const envs::MazeState& state, uint8_t* out) const {
    sheet_.blend(mouse_[state.facing_right ? 1 : 0], out + pixel_at(kMouseAt, kMouseAt), kFrameRowBytes);
  }

  // Draws the row of cells that is `dy` above that of the mouse.
  void draw_cells(const envs::MazeLevel& level, envs::Cell mouse, int dy, uint8_t* out) const {
    std::array<Tile, kSeen> tiles;
    for (int k = 0; k < kSeen; ++k) tiles[k] = tile_of(level, mouse.x + k - kReach, mouse.y + dy);
    const int top = kMouseAt - dy * kCellSide;  // top of the row of cells; the edge of the frame may cut it
    for (int row = std::max(top, 0); row < std::min(top + kCellSide, kFrameSide); ++row) {
      const auto r = static_cast<size_t>(row - top);
      uint8_t* at = out + pixel_at(0, row);
      std::memcpy(at, tiles[0].pixels + r * tiles[0].stride + kCellBytes / 2, kCellBytes / 2);
      at += kCellBytes / 2;
      for (int k = 1; k < kSeen - 1; ++k, at += kCellBytes)
        std::memcpy(at, tiles[k].pixels + r * tiles[k].stride, kCellBytes);
      std::memcpy(at, tiles[kSeen - 1].pixels + r * tiles[kSeen - 1].stride, kCellBytes / 2);
    }
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
      backgrounds_;  // [8 world_dim, 8 world_dim, 3]; black without
  std::array<uint8_t, kCellBytes * kCellSide> wall_{};
  SpriteSheet sheet_;
  Sprite cheese_;
  std::array<Sprite, 2> mouse_;  // facing left, right
};

}  // namespace

std::unique_ptr<FrameRenderer> make_mouse_renderer(const Theme& theme, const FrameOptions& options) {
  return std::make_unique<MouseRenderer>(theme, options);
}

}  // namespace mazescan::frame
