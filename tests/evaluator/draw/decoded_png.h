#pragma once
#include <gtest/gtest.h>
#include <png.h>

#include <cstring>
#include <string>
#include <vector>

#include "evaluator/draw/pictures/shapes.h"

namespace mazescan::pictures {

inline bool operator==(Colour a, Colour b) {
  return a.r == b.r && a.g == b.g && a.b == b.b;
}
inline std::ostream& operator<<(std::ostream& out, Colour c) {
  return out << "rgb(" << int{c.r} << ", " << int{c.g} << ", " << int{c.b} << ")";
}

// Holds the pixels of a PNG file, read by libpng.
struct DecodedPng {
  int width = 0, height = 0;
  std::vector<Colour> pixels;  // [height, width]

  explicit DecodedPng(const std::string& bytes) {
    png_image image;
    std::memset(&image, 0, sizeof image);
    image.version = PNG_IMAGE_VERSION;
    if (png_image_begin_read_from_memory(&image, bytes.data(), bytes.size()) == 0) {
      ADD_FAILURE() << "no PNG: " << image.message;
      return;
    }
    image.format = PNG_FORMAT_RGB;
    width = static_cast<int>(image.width);
    height = static_cast<int>(image.height);
    pixels.resize(static_cast<size_t>(width) * height);
    if (png_image_finish_read(&image, nullptr, pixels.data(), 0, nullptr) == 0)
      ADD_FAILURE() << "a damaged PNG: " << image.message;
  }
  // Returns the pixel that contains the point.
  Colour at(Point point) const {
    return pixels.at(static_cast<size_t>(point.y) * width + static_cast<size_t>(point.x));
  }
  int count(Colour colour) const {
    int found = 0;
    for (const Colour pixel : pixels) found += pixel == colour ? 1 : 0;
    return found;
  }
};

}  // namespace mazescan::pictures
