#pragma once
#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace mazescan {

struct Colour {
  uint8_t r = 0, g = 0, b = 0;
};
// "#RRGGBB".
constexpr Colour rgb(uint32_t hex) {
  return {static_cast<uint8_t>(hex >> 16), static_cast<uint8_t>(hex >> 8), static_cast<uint8_t>(hex)};
}

// The palette of Okabe and Ito ("Color universal design", 2008), which colour-blind readers can tell apart.
namespace palette {
constexpr Colour kBlack = rgb(0x000000), kOrange = rgb(0xE69F00), kSkyBlue = rgb(0x56B4E9),
                 kGreen = rgb(0x009E73), kYellow = rgb(0xF0E442), kBlue = rgb(0x0072B2),
                 kVermillion = rgb(0xD55E00), kPurple = rgb(0xCC79A7);
}  // namespace palette

struct Point {
  double x = 0, y = 0;  // pixels from the top left corner
};

enum class Align { left, centre, right };

// A picture in RGB with anti-aliased shapes: a pixel takes as much of a colour as the shape covers of it.
class Canvas {
 public:
  Canvas(int width, int height, Colour background);

  int width() const { return width_; }
  int height() const { return height_; }
  Colour pixel(int x, int y) const { return pixels_[static_cast<size_t>(y) * width_ + x]; }

  void rectangle(Point corner, double width, double height, Colour colour);
  void disc(Point centre, double radius, Colour colour);
  // Points joined by lines with round joins and ends, painted once where they overlap.
  void polyline(const std::vector<Point>& points, double thickness, Colour colour, double opacity = 1);
  void convex_polygon(const std::vector<Point>& corners, Colour colour);
  // A shaft with a head at its end; no longer than from `from` to `to`.
  void arrow(Point from, Point to, double thickness, Colour colour);

  // One line of printable ASCII in strokes; `size` is the height of a capital in pixels, `at` lies on the
  // baseline.
  void text(Point at, std::string_view line, double size, Colour colour, Align align = Align::left);
  static double text_width(std::string_view line, double size);

  // The bytes of a PNG file.
  std::string png() const;

 private:
  // distance(point): of the shape's border, negative inside, in pixels.
  template <class Distance>
  void fill(Point low, Point high, const Distance& distance, Colour colour, double opacity);

  int width_, height_;
  std::vector<Colour> pixels_;  // [height, width]
};

}  // namespace mazescan
