#pragma once
#include <cairo.h>

#include <cstdint>
#include <string>
#include <vector>

// The shapes of which pictures of mazes consist, drawn by cairo. Lengths are pixels; points are measured to
// the right and down from the top-left corner.
namespace mazescan::pictures {

struct Colour {
  uint8_t r = 0, g = 0, b = 0;
};
// 0xRRGGBB.
constexpr Colour rgb(uint32_t hex) {
  return {static_cast<uint8_t>(hex >> 16), static_cast<uint8_t>(hex >> 8), static_cast<uint8_t>(hex)};
}

// The palette of Okabe and Ito ("Color universal design", 2008): readers with any colour vision can tell its
// colours apart.
namespace palette {
constexpr Colour kOrange = rgb(0xE69F00), kSkyBlue = rgb(0x56B4E9), kGreen = rgb(0x009E73),
                 kYellow = rgb(0xF0E442), kBlue = rgb(0x0072B2), kVermillion = rgb(0xD55E00),
                 kPurple = rgb(0xCC79A7);
}  // namespace palette
constexpr Colour kPaper = rgb(0xFFFFFF), kInk = rgb(0x1F2328), kFaint = rgb(0x626970);

struct Point {
  double x = 0, y = 0;
};
struct Box {
  Point corner;  // top left
  double width = 0, height = 0;
};

// Fills the union of the boxes, without seams between those that touch.
void fill_boxes(cairo_t* cairo, const std::vector<Box>& boxes, Colour colour);
void fill_rounded_box(cairo_t* cairo, const Box& box, double radius, Colour colour);
void fill_disc(cairo_t* cairo, Point centre, double radius, Colour colour);
void stroke_circle(cairo_t* cairo, Point centre, double radius, double thickness, Colour colour);
// Strokes all segments as one shape with round ends.
struct Segment {
  Point from, to;
};
void stroke_segments(cairo_t* cairo, const std::vector<Segment>& segments, double thickness, Colour colour);
// Fills a shaft with a head at its end, not longer than from `from` to `to`.
void fill_arrow(cairo_t* cairo, Point from, Point to, double thickness, Colour colour);

// Paints pixels [height, width, 3], row 0 at the top, each as a square of `side` pixels.
void paint_pixels(cairo_t* cairo, Point corner, const uint8_t* pixels, int width, int height, int side);

// A line of text in UTF-8. Bytes that are not UTF-8 appear as '?'.
struct Text {
  std::string line;
  double size = 0;  // of the font: the height of a line
  Colour colour = kInk;
  bool bold = false;
};
enum class Align { kLeft, kCentre, kRight };
// `at` is on the baseline.
void draw_text(cairo_t* cairo, Point at, const Text& text, Align align = Align::kLeft);
double text_width(const Text& text);

// Draw symbols around a point, as wide as `size`.
// A mouse from the side; it faces left unless mirrored.
void draw_mouse(cairo_t* cairo, Point at, double size, bool mirrored);
// A wedge of cheese with holes.
void draw_cheese(cairo_t* cairo, Point at, double size);
// A diamond: a second mark that gives no reward.
void draw_decoy(cairo_t* cairo, Point at, double size);
// A ring around a cell to which an edit is meant to send the mouse.
void draw_target(cairo_t* cairo, Point at, double size);

}  // namespace mazescan::pictures
