#include "envs/frame/frame_geometry.h"

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "core/error.h"

namespace mazescan::frame {

namespace {

constexpr double kOne = 65536;  // 1 in 16.16 fixed point

double rounded(double z) {
  return std::floor(z + 0.5);
}

// first_step: source pixels from one pixel to the next, in fixed point, as used for the first pixel.
Span sample(const Extent& extent, int side, bool alpha) {
  const double scale = side / extent.size;
  const auto step = static_cast<int64_t>(kOne * scale);
  Span span;
  span.first = static_cast<int>(std::clamp(rounded(extent.begin), 0.0, double{kFrameSide}));
  const int end = static_cast<int>(std::clamp(rounded(extent.begin + extent.size), 0.0, double{kFrameSide}));
  const double from_begin = span.first + 0.5 - extent.begin;
  const double position = alpha ? from_begin * static_cast<double>(step) : from_begin * scale * kOne;
  auto source = static_cast<int64_t>(std::ceil(position)) - 1;
  for (int pixel = span.first; pixel < end; ++pixel, source += step)
    span.source.push_back(static_cast<int>(source >> 16));
  if (span.count() > 0 && span.source.back() >= side) span.source.pop_back();
  for (const int at : span.source) expect(at >= 0 && at < side, "pixels of the picture");
  return span;
}

}  // namespace

Geometry::Geometry(int view_cells, float centre_x, float centre_y) {
  unit_ = float{kFrameSide} / static_cast<float>(view_cells);
  view_ = static_cast<float>(double{kFrameSide} / double{unit_});
  x_offset_ = unit_ * (centre_x - view_ / 2);
  y_offset_ = unit_ * (centre_y - view_ / 2);
}

Extent Geometry::column(float x, float size, float margin) const {
  const float begin = (x - margin) * unit_ - x_offset_;
  const float length = (size + 2 * margin) * unit_;
  return {begin, length};
}

Extent Geometry::row(float top, float size, float margin) const {
  const float begin = (view_ - top - margin) * unit_ + y_offset_;
  const float length = (size + 2 * margin) * unit_;
  return {begin, length};
}

Span sample_with_alpha(const Extent& extent, int side) {
  return sample(extent, side, true);
}

Span sample_opaque(const Extent& extent, int side) {
  return sample(extent, side, false);
}

}  // namespace mazescan::frame
