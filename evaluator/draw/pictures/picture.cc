#include "evaluator/draw/pictures/picture.h"

#include <png.h>

#include <algorithm>
#include <cmath>
#include <cstring>

#include "core/error.h"
#include "evaluator/draw/pictures/font.h"

namespace mazescan {

namespace {

Point operator+(Point a, Point b) {
  return {a.x + b.x, a.y + b.y};
}
Point operator-(Point a, Point b) {
  return {a.x - b.x, a.y - b.y};
}
Point operator*(double s, Point a) {
  return {s * a.x, s * a.y};
}
double dot(Point a, Point b) {
  return a.x * b.x + a.y * b.y;
}
double length(Point a) {
  return std::hypot(a.x, a.y);
}

double distance_to_segment(Point p, Point a, Point b) {
  const Point ab = b - a, ap = p - a;
  const double square = dot(ab, ab);
  const double along = square > 0 ? std::clamp(dot(ap, ab) / square, 0.0, 1.0) : 0;
  return length(ap - along * ab);
}

uint8_t mix(uint8_t under, uint8_t over, double share) {
  return static_cast<uint8_t>(std::lround(under + share * (over - under)));
}

}  // namespace

Canvas::Canvas(int width, int height, Colour background)
    : width_(width), height_(height), pixels_(static_cast<size_t>(width) * height, background) {}

template <class Distance>
void Canvas::fill(Point low, Point high, const Distance& distance, Colour colour, double opacity) {
  const int left = std::max(0, static_cast<int>(std::floor(low.x)) - 1);
  const int right = std::min(width_ - 1, static_cast<int>(std::ceil(high.x)) + 1);
  const int top = std::max(0, static_cast<int>(std::floor(low.y)) - 1);
  const int bottom = std::min(height_ - 1, static_cast<int>(std::ceil(high.y)) + 1);
  for (int y = top; y <= bottom; ++y) {
    for (int x = left; x <= right; ++x) {
      const double share = opacity * std::clamp(0.5 - distance(Point{x + 0.5, y + 0.5}), 0.0, 1.0);
      if (share <= 0) continue;
      Colour& pixel = pixels_[static_cast<size_t>(y) * width_ + x];
      pixel = {mix(pixel.r, colour.r, share), mix(pixel.g, colour.g, share), mix(pixel.b, colour.b, share)};
    }
  }
}

void Canvas::rectangle(Point corner, double width, double height, Colour colour) {
  const Point centre{corner.x + width / 2, corner.y + height / 2};
  fill(
      corner, corner + Point{width, height},
      [&](Point p) {
        return std::max(std::abs(p.x - centre.x) - width / 2, std::abs(p.y - centre.y) - height / 2);
      },
      colour, 1);
}

void Canvas::disc(Point centre, double radius, Colour colour) {
  const Point reach{radius, radius};
  fill(
      centre - reach, centre + reach, [&](Point p) { return length(p - centre) - radius; }, colour, 1);
}

void Canvas::polyline(const std::vector<Point>& points, double thickness, Colour colour, double opacity) {
  if (points.empty()) return;
  const double half = thickness / 2;
  Point low = points[0], high = points[0];
  for (const Point p : points) {
    low = {std::min(low.x, p.x), std::min(low.y, p.y)};
    high = {std::max(high.x, p.x), std::max(high.y, p.y)};
  }
  const auto distance = [&](Point p) {
    double nearest = length(p - points[0]);
    for (size_t i = 1; i < points.size(); ++i)
      nearest = std::min(nearest, distance_to_segment(p, points[i - 1], points[i]));
    return nearest - half;
  };
  const Point reach{half, half};
  fill(low - reach, high + reach, distance, colour, opacity);
}

void Canvas::convex_polygon(const std::vector<Point>& corners, Colour colour) {
  Point low = corners[0], high = corners[0];
  double area = 0;
  for (size_t i = 0; i < corners.size(); ++i) {
    const Point p = corners[i], q = corners[(i + 1) % corners.size()];
    low = {std::min(low.x, p.x), std::min(low.y, p.y)};
    high = {std::max(high.x, p.x), std::max(high.y, p.y)};
    area += p.x * q.y - p.y * q.x;
  }
  const double turn = area > 0 ? 1 : -1;
  fill(
      low, high,
      [&](Point p) {
        double farthest = -1e9;
        for (size_t i = 0; i < corners.size(); ++i) {
          const Point a = corners[i], edge = corners[(i + 1) % corners.size()] - a;
          farthest = std::max(farthest, turn * dot(p - a, {edge.y, -edge.x}) / std::max(length(edge), 1e-9));
        }
        return farthest;
      },
      colour, 1);
}

void Canvas::arrow(Point from, Point to, double thickness, Colour colour) {
  const double far = length(to - from);
  if (far <= 0) return;
  const Point along = (1 / far) * (to - from), across{-along.y, along.x};
  const double head = std::min(far, 2.6 * thickness), half = 0.62 * head;
  const Point neck = to - head * along;
  const double shaft = std::min(thickness, head / 1.6) / 2;
  if (far > head)
    convex_polygon(
        {from + shaft * across, neck + shaft * across, neck - shaft * across, from - shaft * across}, colour);
  convex_polygon({neck + half * across, to, neck - half * across}, colour);
}

void Canvas::text(Point at, std::string_view line, double size, Colour colour, Align align) {
  const double width = text_width(line, size);
  const double unit = size / kCapitalHeight;
  double x = at.x - (align == Align::left ? 0 : align == Align::centre ? width / 2 : width);
  for (const char c : line) {
    const Glyph& letter = glyph(c);
    for (const auto& stroke : letter.strokes) {
      std::vector<Point> points;
      points.reserve(stroke.size());
      for (const auto& [u, v] : stroke) points.push_back({x + u * unit, at.y - v * unit});
      polyline(points, std::max(1.1, 0.125 * size), colour);
    }
    x += letter.advance * unit;
  }
}

double Canvas::text_width(std::string_view line, double size) {
  double width = 0;
  for (const char c : line) width += glyph(c).advance;
  return width * size / kCapitalHeight;
}

std::string Canvas::png() const {
  png_image image;
  std::memset(&image, 0, sizeof image);
  image.version = PNG_IMAGE_VERSION;
  image.width = static_cast<png_uint_32>(width_);
  image.height = static_cast<png_uint_32>(height_);
  image.format = PNG_FORMAT_RGB;
  static_assert(sizeof(Colour) == 3);
  png_alloc_size_t bytes = PNG_IMAGE_PNG_SIZE_MAX(image);
  std::string file(bytes, '\0');
  expect(png_image_write_to_memory(&image, file.data(), &bytes, 0, pixels_.data(), 0, nullptr) != 0,
         "libpng to write a picture");
  file.resize(bytes);
  return file;
}

}  // namespace mazescan
