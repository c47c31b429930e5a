// Frames that show the whole grid. Everything except the mouse is the same in all frames of a level; a frame
// is a copy of that with the mouse blended in.
#include <algorithm>
#include <array>
#include <cstring>

#include "core/error.h"
#include "envs/frame/frame_renderers.h"
#include "envs/frame/frame_sprite.h"

namespace mazescan::frame {

namespace {

// The cells that cover a pixel, along one axis. There are two where a boundary falls on the middle of a
// pixel, because tiles overlap a little. Along rows, cells count from the bottom up.
struct Axis {
  std::vector<Span> wall, cheese;       // for each cell: the pixels of its tile
  std::array<int, kFrameSide> last{};   // the last drawn cell that covers the pixel
  std::array<int, kFrameSide> first{};  // the cell before it; -1: none
  std::vector<int> shared;              // pixels that two cells cover

  template <class TileExtent>
  Axis(int world, const Theme& theme, const TileExtent& extent) {
    last.fill(-1);
    first.fill(-1);
    for (int cell = 0; cell < world; ++cell) {
      wall.push_back(sample_with_alpha(extent(cell), theme.wall.side));
      cheese.push_back(sample_with_alpha(extent(cell), theme.cheese.side));
      const int begin = wall.back().first, end = wall.back().end();
      expect(begin == cheese.back().first && end == cheese.back().end(),
             "wall and cheese on the same pixels");
      for (int pixel = begin; pixel < end; ++pixel) {
        expect(first[pixel] < 0, "at most two tiles on a pixel");
        first[pixel] = last[pixel];
        last[pixel] = cell;
        if (first[pixel] >= 0) shared.push_back(pixel);
      }
    }
    for (const int cell : last) expect(cell >= 0, "a tile on every pixel");
  }
};

class WorldRenderer final : public FrameRenderer {
 public:
  WorldRenderer(const Theme& theme, const FrameOptions& options)
      : theme_(theme),
        world_(options.world_dim),
        geometry_(world_, static_cast<float>(world_) / 2, static_cast<float>(world_) / 2),
        columns_(world_, theme, [this](int x) { return geometry_.tile_column(x); }),
        rows_(world_, theme, [this](int y) { return geometry_.tile_row(y); }) {
    for (size_t i = 0; i < envs::kBackgrounds; ++i) {
      backgrounds_[i].resize(kFrameBytes);
      if (options.backgrounds) draw_background(theme.backgrounds[i], backgrounds_[i].data());
    }
    draw_walls(theme.wall);
    make_mice(theme.mouse);
  }

  void render(const envs::MazeState& state, uint8_t* out) const override {
    draw_backdrop(state, out);
    draw_mouse(state, out);
  }

  void prepare(const envs::MazeState& state, Backdrop& backdrop) const override {
    backdrop.cheese = state.cheese;
    backdrop.pixels.resize(kFrameBytes);
    draw_backdrop(state, backdrop.pixels.data());
  }

  void render(const envs::MazeState& state, const Backdrop& backdrop, uint8_t* out) const override {
    if (state.cheese != backdrop.cheese) return render(state, out);
    std::memcpy(out, backdrop.pixels.data(), kFrameBytes);
    draw_mouse(state, out);
  }

 private:
  using Row = std::array<uint8_t, kFrameRowBytes>;

  static size_t pixel_at(int column, int row) {
    return static_cast<size_t>(row) * kFrameRowBytes + static_cast<size_t>(column) * kFrameChannels;
  }

  void draw_background(const Texture& texture, uint8_t* out) const {
    const Span columns = sample_opaque(geometry_.background_column(world_), texture.side);
    const Span rows = sample_opaque(geometry_.background_row(world_), texture.side);
    for (int y = 0; y < rows.count(); ++y)
      for (int x = 0; x < columns.count(); ++x)
        std::memcpy(out + pixel_at(columns.first + x, rows.first + y),
                    texture.texel(columns.source[x], rows.source[y]), kFrameChannels);
  }

  // Draws a grid full of walls. Each pixel shows the tile that is drawn last.
  void draw_walls(const Texture& texture) {
    walls_.resize(kFrameBytes);
    for (int y = 0; y < kFrameSide; ++y) {
      for (int x = 0; x < kFrameSide; ++x) {
        const Span &columns = columns_.wall[columns_.last[x]], &rows = rows_.wall[rows_.last[y]];
        std::memcpy(&walls_[pixel_at(x, y)],
                    texture.texel(columns.source[x - columns.first], rows.source[y - rows.first]),
                    kFrameChannels);
      }
    }
  }

  void make_mice(const Texture& texture) {
    mice_.resize(static_cast<size_t>(world_) * world_ * 2);
    for (int y = 0; y < world_; ++y) {
      for (int x = 0; x < world_; ++x) {
        Span columns = sample_with_alpha(geometry_.mouse_column(x), texture.side);
        const Span rows = sample_with_alpha(geometry_.mouse_row(y), texture.side);
        mice_[mouse_index(x, y, false)] = sheet_.add(texture, columns, rows);
        for (int& source : columns.source) source = texture.side - 1 - source;
        mice_[mouse_index(x, y, true)] = sheet_.add(texture, columns, rows);
      }
    }
  }
  size_t mouse_index(int x, int y, bool facing_right) const {
    return (static_cast<size_t>(y) * world_ + x) * 2 + (facing_right ? 1 : 0);
  }

  void draw_mouse(const envs::MazeState& state, uint8_t* out) const {
    const envs::Cell origin = state.level->origin;
    const Sprite& mouse =
        mice_[mouse_index(origin.x + state.mouse.x, origin.y + state.mouse.y, state.facing_right)];
    sheet_.blend(mouse, out + pixel_at(mouse.column, mouse.row), kFrameRowBytes);
  }

  void draw_backdrop(const envs::MazeState& state, uint8_t* out) const {
    const envs::MazeLevel& level = *state.level;
    expect(level.world_dim == world_, "a level of the grid that the tables are made for");
    const auto& background = backgrounds_[level.background];
    Row wall{};  // 255 where a pixel of this row is wall
    for (int y = 0; y < kFrameSide; ++y) {
      if (y == 0 || rows_.last[y] != rows_.last[y - 1]) mark_walls(level, rows_.last[y], wall);
      const size_t at = pixel_at(0, y);
      for (size_t i = 0; i < kFrameRowBytes; ++i)
        out[at + i] = static_cast<uint8_t>((walls_[at + i] & wall[i]) | (background[at + i] & ~wall[i]));
    }
    // Draws the pixels that need more than one tile.
    for (const int x : columns_.shared)
      for (int y = 0; y < kFrameSide; ++y) draw_pixel(state, x, y, out);
    for (const int y : rows_.shared)
      for (int x = 0; x < kFrameSide; ++x) draw_pixel(state, x, y, out);
    if (state.cheese == envs::kNoCell) return;
    const Span& columns = columns_.cheese[level.origin.x + state.cheese.x];
    const Span& rows = rows_.cheese[level.origin.y + state.cheese.y];
    for (int y = rows.first; y < rows.end(); ++y)
      for (int x = columns.first; x < columns.end(); ++x) draw_pixel(state, x, y, out);
  }

  void mark_walls(const envs::MazeLevel& level, int row, Row& wall) const {
    for (int x = 0; x < kFrameSide; ++x) {
      const bool open = level.is_open(columns_.last[x] - level.origin.x, row - level.origin.y);
      std::memset(&wall[static_cast<size_t>(x) * kFrameChannels], open ? 0 : 255, kFrameChannels);
    }
  }

  // Draws one pixel of the backdrop with all that covers it, in procgen's order: columns from the left, in
  // each from the bottom up.
  void draw_pixel(const envs::MazeState& state, int x, int y, uint8_t* out) const {
    const envs::MazeLevel& level = *state.level;
    uint8_t* const pixel = out + pixel_at(x, y);
    std::memcpy(pixel, &backgrounds_[level.background][pixel_at(x, y)], kFrameChannels);
    for (const int i : {columns_.first[x], columns_.last[x]}) {
      for (const int j : {rows_.first[y], rows_.last[y]}) {
        if (i < 0 || j < 0) continue;
        const int maze_x = i - level.origin.x, maze_y = j - level.origin.y;
        if (!level.is_open(maze_x, maze_y)) {
          draw_texel(theme_.wall, columns_.wall[i], rows_.wall[j], x, y, pixel);
        } else if (maze_x == state.cheese.x && maze_y == state.cheese.y) {
          draw_texel(theme_.cheese, columns_.cheese[i], rows_.cheese[j], x, y, pixel);
        }
      }
    }
  }

  static void draw_texel(const Texture& texture, const Span& columns, const Span& rows, int x, int y,
                         uint8_t* pixel) {
    if (!columns.contains(x) || !rows.contains(y)) return;
    const uint8_t* const texel =
        texture.texel(columns.source[x - columns.first], rows.source[y - rows.first]);
    for (int channel = 0; channel < kFrameChannels; ++channel)
      pixel[channel] = blended(pixel[channel], texel[channel], static_cast<uint8_t>(255 - texel[3]));
  }

  const Theme theme_;
  const int world_;
  const Geometry geometry_;
  const Axis columns_, rows_;
  std::array<std::vector<uint8_t>, envs::kBackgrounds> backgrounds_;  // frames; black without backgrounds
  std::vector<uint8_t> walls_;                                        // a frame
  SpriteSheet sheet_;
  std::vector<Sprite> mice_;  // [world_dim, world_dim, 2]: y, x, facing_right
};

}  // namespace

std::unique_ptr<FrameRenderer> make_world_renderer(const Theme& theme, const FrameOptions& options) {
  return std::make_unique<WorldRenderer>(theme, options);
}

}  // namespace mazescan::frame
