#pragma once
#include <algorithm>
#include <cmath>
#include <vector>

#include "envs/frame/frame.h"

namespace mazescan {

// Draws procgen's frame as procgen does: one object after the other, each by the formulas. Slow and simple,
// for comparison with the renderers.
class NaiveFrame {
 public:
  NaiveFrame(const frame::Theme& theme, const frame::FrameOptions& options, const envs::MazeState& state)
      : world_(options.world_dim), pixels_(frame::kFrameBytes, 0) {
    const envs::MazeLevel& level = *state.level;
    const bool whole = options.view == frame::View::world;
    const int mouse_x = level.origin.x + state.mouse.x, mouse_y = level.origin.y + state.mouse.y;
    const float centre_x = whole ? static_cast<float>(world_) / 2 : static_cast<float>(mouse_x) + 0.5F;
    const float centre_y = whole ? static_cast<float>(world_) / 2 : static_cast<float>(mouse_y) + 0.5F;
    unit_ = 64.0F / static_cast<float>(whole ? world_ : 8);
    view_ = static_cast<float>(64.0 / static_cast<double>(unit_));
    x_offset_ = unit_ * (centre_x - view_ / 2);
    y_offset_ = unit_ * (centre_y - view_ / 2);

    if (options.backgrounds) {
      const auto side = static_cast<float>(world_);
      draw(theme.backgrounds[static_cast<size_t>(level.background)], 0, side, side, 0, true, false);
    }
    const int from_x = whole ? 0 : static_cast<int>(centre_x - 5),
              to_x = whole ? world_ - 1 : static_cast<int>(centre_x + 5);
    const int from_y = whole ? 0 : static_cast<int>(centre_y - 5),
              to_y = whole ? world_ - 1 : static_cast<int>(centre_y + 5);
    for (int i = from_x; i <= to_x; ++i) {
      for (int j = from_y; j <= to_y; ++j) {
        const envs::Cell cell{static_cast<int16_t>(i - level.origin.x),
                              static_cast<int16_t>(j - level.origin.y)};
        const auto x = static_cast<float>(i), y = static_cast<float>(j) + 1;
        if (!level.is_open(cell)) draw(theme.wall, x, y, 1, 0.02F, false, false);
        if (level.is_open(cell) && cell == state.cheese) draw(theme.cheese, x, y, 1, 0.02F, false, false);
      }
    }
    draw(theme.mouse, static_cast<float>(mouse_x), static_cast<float>(mouse_y) + 1, 1, 0, false,
         state.facing_right);
  }

  const std::vector<uint8_t>& pixels() const { return pixels_; }

 private:
  struct Samples {
    int first, count;
    std::vector<int> source;
  };

  static Samples samples(double begin, double size, int side, bool opaque) {
    const auto round = [](double z) { return static_cast<int>(std::floor(z + 0.5)); };
    const int first = std::max(round(begin), 0), end = std::min(round(begin + size), 64);
    const double scale = side / size;
    const int step = static_cast<int>(65536 * scale);
    const double at = first + 0.5 - begin;
    const double base = std::ceil(opaque ? at * scale * 65536 : at * step) - 1;
    Samples result{first, std::max(end - first, 0), {}};
    for (int k = 0; k < result.count; ++k)
      result.source.push_back(static_cast<int>((static_cast<int64_t>(base) + int64_t{k} * step) >> 16));
    if (result.count > 0 && result.source.back() >= side) --result.count;
    return result;
  }

  void draw(const frame::Texture& texture, float x, float y, float size, float margin, bool opaque,
            bool facing_right) {
    const float left = (x - margin) * unit_ - x_offset_;
    const float top = (view_ - y - margin) * unit_ + y_offset_;
    const float length = (size + 2 * margin) * unit_;
    const Samples columns = samples(left, length, texture.side, opaque);
    const Samples rows = samples(top, length, texture.side, opaque);
    for (int r = 0; r < rows.count; ++r) {
      for (int c = 0; c < columns.count; ++c) {
        const int source = columns.source[c];
        const uint8_t* const texel =
            texture.texel(facing_right ? texture.side - 1 - source : source, rows.source[r]);
        uint8_t* const pixel = &pixels_[static_cast<size_t>((rows.first + r) * 64 + columns.first + c) * 3];
        for (int channel = 0; channel < 3; ++channel) {
          const int t = pixel[channel] * (255 - texel[3]);
          pixel[channel] =
              static_cast<uint8_t>(opaque ? texel[channel] : texel[channel] + ((t + (t >> 8) + 128) >> 8));
        }
      }
    }
  }

  int world_;
  float unit_, view_, x_offset_, y_offset_;
  std::vector<uint8_t> pixels_;
};

}  // namespace mazescan
