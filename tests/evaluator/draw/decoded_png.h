#pragma once
#include <gtest/gtest.h>
#include <png.h>

#include <cstring>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "evaluator/draw/pictures/picture.h"

namespace mazescan {

// A PNG file as libpng reads it.
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
  Colour at(double x, double y) const {
    return pixels[static_cast<size_t>(y) * width + static_cast<size_t>(x)];
  }
  int count(Colour colour) const {
    int found = 0;
    for (const Colour c : pixels) found += c.r == colour.r && c.g == colour.g && c.b == colour.b ? 1 : 0;
    return found;
  }
  size_t colours() const {
    std::set<std::tuple<int, int, int>> seen;
    for (const Colour c : pixels) seen.insert({c.r, c.g, c.b});
    return seen.size();
  }
};

}  // namespace mazescan
