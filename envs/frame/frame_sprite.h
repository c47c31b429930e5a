#pragma once
#include <cstdint>
#include <vector>

#include "envs/frame/frame_geometry.h"
#include "envs/frame/theme.h"

namespace mazescan::frame {

// Blends one channel of one pixel over `below`, rounded as in procgen. keep: 255 - alpha; colour: multiplied
// by alpha.
inline uint8_t blended(uint8_t below, uint8_t colour, uint8_t keep) {
  const unsigned t = unsigned{below} * keep;
  return static_cast<uint8_t>(colour + ((t + (t >> 8) + 128) >> 8));
}

// A picture scaled to the pixels of a frame that it covers. The sheet holds the colours.
struct Sprite {
  uint8_t column = 0, row = 0, width = 0, height = 0;  // the pixels of the frame that it covers
  uint32_t at = 0;                                     // in the sheet
};

// Sprites that are ready to be blended.
class SpriteSheet {
 public:
  Sprite add(const Texture& texture, const Span& columns, const Span& rows) {
    const Sprite sprite = {static_cast<uint8_t>(columns.first), static_cast<uint8_t>(rows.first),
                           static_cast<uint8_t>(columns.count()), static_cast<uint8_t>(rows.count()),
                           static_cast<uint32_t>(bytes_.size())};
    for (const int row : rows.source) {
      for (const int column : columns.source) {
        const uint8_t* const texel = texture.texel(column, row);
        bytes_.insert(bytes_.end(), texel, texel + 3);
      }
      for (const int column : columns.source)
        bytes_.insert(bytes_.end(), 3, static_cast<uint8_t>(255 - texture.texel(column, row)[3]));
    }
    return sprite;
  }

  // Blends a sprite onto a picture. out: its top left pixel in the picture; stride: bytes of a row.
  void blend(const Sprite& sprite, uint8_t* out, size_t stride) const {
    const size_t width = 3 * size_t{sprite.width};
    const uint8_t* colour = &bytes_[sprite.at];
    for (int row = 0; row < sprite.height; ++row, out += stride, colour += 2 * width)
      for (size_t i = 0; i < width; ++i) out[i] = blended(out[i], colour[i], colour[width + i]);
  }

 private:
  std::vector<uint8_t> bytes_;  // for each sprite and row: the colours, then 255 - alpha
};

}  // namespace mazescan::frame
