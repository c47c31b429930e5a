#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace mazescan::frame {

// A picture: RGBA, 8 bits per channel, row 0 at the top, colours not multiplied by alpha.
struct Image {
  int width = 0, height = 0;
  std::vector<uint8_t> rgba;  // [height, width, 4]
};

// Decodes a PNG file of at most 4096 x 4096 pixels. The samples are those of the file, without colour
// management. name: the file, for messages. Throws UserError on anything that is not a whole PNG file.
Image decode_png(std::string_view bytes, const std::string& name);

}  // namespace mazescan::frame
