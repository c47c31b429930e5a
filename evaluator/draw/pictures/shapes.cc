#include "evaluator/draw/pictures/shapes.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <memory>

#include "core/error.h"

namespace mazescan::pictures {

namespace {

void set_colour(cairo_t* cairo, Colour colour) {
  cairo_set_source_rgb(cairo, colour.r / 255.0, colour.g / 255.0, colour.b / 255.0);
}

void fill(cairo_t* cairo, Colour colour) {
  set_colour(cairo, colour);
  cairo_fill(cairo);
}

void stroke(cairo_t* cairo, double thickness, Colour colour) {
  set_colour(cairo, colour);
  cairo_set_line_width(cairo, thickness);
  cairo_set_line_cap(cairo, CAIRO_LINE_CAP_ROUND);
  cairo_set_line_join(cairo, CAIRO_LINE_JOIN_ROUND);
  cairo_stroke(cairo);
}

void add_circle(cairo_t* cairo, Point centre, double radius) {
  cairo_new_sub_path(cairo);
  cairo_arc(cairo, centre.x, centre.y, radius, 0, 2 * M_PI);
}

// Letters of the same shape and width in all formats.
void choose_font(cairo_t* cairo, const Text& text) {
  cairo_font_options_t* options = cairo_font_options_create();
  cairo_font_options_set_antialias(options, CAIRO_ANTIALIAS_GRAY);
  cairo_font_options_set_hint_style(options, CAIRO_HINT_STYLE_NONE);
  cairo_font_options_set_hint_metrics(options, CAIRO_HINT_METRICS_OFF);
  cairo_set_font_options(cairo, options);
  cairo_font_options_destroy(options);
  cairo_select_font_face(cairo, "DejaVu Sans", CAIRO_FONT_SLANT_NORMAL,
                         text.bold ? CAIRO_FONT_WEIGHT_BOLD : CAIRO_FONT_WEIGHT_NORMAL);
  cairo_set_font_size(cairo, text.size);
}

// The line with '?' for each control character and, where it is not UTF-8, for each byte that is not ASCII.
std::string valid_text(cairo_t* cairo, const std::string& line) {
  std::string text = printable(line);
  std::replace(text.begin(), text.end(), '\n', '?');
  cairo_glyph_t* glyphs = nullptr;
  int count = 0;
  const cairo_status_t status = cairo_scaled_font_text_to_glyphs(cairo_get_scaled_font(cairo), 0, 0,
                                                                 text.data(), static_cast<int>(text.size()),
                                                                 &glyphs, &count, nullptr, nullptr, nullptr);
  cairo_glyph_free(glyphs);
  if (status == CAIRO_STATUS_INVALID_STRING)
    std::replace_if(
        text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) >= 0x80; }, '?');
  return text;
}

double advance(cairo_t* cairo, const std::string& line) {
  cairo_text_extents_t extents;
  cairo_text_extents(cairo, line.c_str(), &extents);
  return extents.x_advance;
}

// Places points of a symbol: -1 to 1, y up, around its middle.
class Symbol {
 public:
  Symbol(cairo_t* cairo, Point at, double size, bool mirrored = false)
      : cairo_(cairo), at_(at), half_(size / 2), across_(mirrored ? -1 : 1) {}

  Point point(double x, double y) const { return {at_.x + across_ * x * half_, at_.y - y * half_}; }
  double length(double units) const { return units * half_; }
  Symbol& move(double x, double y) {
    const Point p = point(x, y);
    cairo_move_to(cairo_, p.x, p.y);
    return *this;
  }
  Symbol& line(double x, double y) {
    const Point p = point(x, y);
    cairo_line_to(cairo_, p.x, p.y);
    return *this;
  }
  Symbol& curve(double x1, double y1, double x2, double y2, double x, double y) {
    const Point a = point(x1, y1), b = point(x2, y2), p = point(x, y);
    cairo_curve_to(cairo_, a.x, a.y, b.x, b.y, p.x, p.y);
    return *this;
  }
  void close() { cairo_close_path(cairo_); }
  void circle(double x, double y, double radius) { add_circle(cairo_, point(x, y), length(radius)); }
  // Fills the path, with an outline around it.
  void paint(Colour colour, double outline, Colour outline_colour) {
    set_colour(cairo_, colour);
    cairo_fill_preserve(cairo_);
    stroke(cairo_, length(outline), outline_colour);
  }

 private:
  cairo_t* cairo_;
  Point at_;
  double half_, across_;
};

}  // namespace

void fill_boxes(cairo_t* cairo, const std::vector<Box>& boxes, Colour colour) {
  for (const Box& box : boxes) cairo_rectangle(cairo, box.corner.x, box.corner.y, box.width, box.height);
  fill(cairo, colour);
}

void fill_rounded_box(cairo_t* cairo, const Box& box, double radius, Colour colour) {
  const double left = box.corner.x + radius, right = box.corner.x + box.width - radius;
  const double top = box.corner.y + radius, bottom = box.corner.y + box.height - radius;
  cairo_new_sub_path(cairo);
  cairo_arc(cairo, right, top, radius, -M_PI / 2, 0);
  cairo_arc(cairo, right, bottom, radius, 0, M_PI / 2);
  cairo_arc(cairo, left, bottom, radius, M_PI / 2, M_PI);
  cairo_arc(cairo, left, top, radius, M_PI, 3 * M_PI / 2);
  cairo_close_path(cairo);
  fill(cairo, colour);
}

void fill_disc(cairo_t* cairo, Point centre, double radius, Colour colour) {
  add_circle(cairo, centre, radius);
  fill(cairo, colour);
}

void stroke_circle(cairo_t* cairo, Point centre, double radius, double thickness, Colour colour) {
  add_circle(cairo, centre, radius);
  stroke(cairo, thickness, colour);
}

void stroke_segments(cairo_t* cairo, const std::vector<Segment>& segments, double thickness, Colour colour) {
  for (const Segment& segment : segments) {
    cairo_move_to(cairo, segment.from.x, segment.from.y);
    cairo_line_to(cairo, segment.to.x, segment.to.y);
  }
  stroke(cairo, thickness, colour);
}

void fill_arrow(cairo_t* cairo, Point from, Point to, double thickness, Colour colour) {
  const double length = std::hypot(to.x - from.x, to.y - from.y);
  if (length <= 0) return;
  const Point along{(to.x - from.x) / length, (to.y - from.y) / length};
  const double head = std::min(length, 3 * thickness), wing = 0.55 * head;
  const double shaft = std::min(thickness, head / 2) / 2;
  const auto to_point = [&](double forward, double aside) {
    cairo_line_to(cairo, from.x + forward * along.x - aside * along.y,
                  from.y + forward * along.y + aside * along.x);
  };
  to_point(0, -shaft);
  to_point(length - head, -shaft);
  to_point(length - head, -wing);
  to_point(length, 0);
  to_point(length - head, wing);
  to_point(length - head, shaft);
  to_point(0, shaft);
  cairo_close_path(cairo);
  fill(cairo, colour);
}

void paint_pixels(cairo_t* cairo, Point corner, const uint8_t* pixels, int width, int height, int side) {
  // Enlarged here, because viewers of SVG and PDF smooth pictures that they enlarge.
  const std::unique_ptr<cairo_surface_t, void (*)(cairo_surface_t*)> image(
      cairo_image_surface_create(CAIRO_FORMAT_RGB24, width * side, height * side), cairo_surface_destroy);
  const int stride = cairo_image_surface_get_stride(image.get());
  unsigned char* rows = cairo_image_surface_get_data(image.get());
  for (int y = 0; rows != nullptr && y < height * side; ++y)
    for (int x = 0; x < width * side; ++x) {
      const uint8_t* from = pixels + 3 * (static_cast<size_t>(y / side) * width + x / side);
      const uint32_t word = uint32_t{from[0]} << 16 | uint32_t{from[1]} << 8 | from[2];
      std::memcpy(rows + static_cast<size_t>(y) * stride + 4 * static_cast<size_t>(x), &word, sizeof word);
    }
  cairo_surface_mark_dirty(image.get());
  cairo_set_source_surface(cairo, image.get(), corner.x, corner.y);
  cairo_pattern_set_filter(cairo_get_source(cairo), CAIRO_FILTER_NEAREST);
  cairo_paint(cairo);
}

void draw_text(cairo_t* cairo, Point at, const Text& text, Align align) {
  choose_font(cairo, text);
  const std::string line = valid_text(cairo, text.line);
  const double width = align == Align::kLeft ? 0 : advance(cairo, line);
  set_colour(cairo, text.colour);
  cairo_move_to(cairo, at.x - (align == Align::kCentre ? width / 2 : width), at.y);
  cairo_show_text(cairo, line.c_str());
  cairo_new_path(cairo);
}

double text_width(const Text& text) {
  const std::unique_ptr<cairo_surface_t, void (*)(cairo_surface_t*)> page(
      cairo_image_surface_create(CAIRO_FORMAT_A8, 1, 1), cairo_surface_destroy);
  const std::unique_ptr<cairo_t, void (*)(cairo_t*)> cairo(cairo_create(page.get()), cairo_destroy);
  choose_font(cairo.get(), text);
  return advance(cairo.get(), valid_text(cairo.get(), text.line));
}

void draw_mouse(cairo_t* cairo, Point at, double size, bool mirrored) {
  constexpr Colour kFur = rgb(0xA3A7AF), kSkin = rgb(0xE8A6B8);
  Symbol mouse(cairo, at, size, mirrored);
  const auto tail = [&] { mouse.move(0.62, -0.5).curve(1.12, -0.62, 1.06, -0.02, 0.82, 0.12); };
  const auto body = [&] {
    mouse.move(-0.94, -0.36)
        .curve(-0.66, -0.06, -0.4, 0.3, 0.06, 0.32)
        .curve(0.52, 0.34, 0.8, 0, 0.76, -0.36)
        .curve(0.74, -0.58, 0.56, -0.62, 0.36, -0.62)
        .line(-0.56, -0.62)
        .curve(-0.8, -0.62, -1, -0.52, -0.94, -0.36)
        .close();
  };
  // A white border, which separates it from walls.
  tail();
  stroke(cairo, mouse.length(0.26), kPaper);
  body();
  mouse.circle(-0.14, 0.36, 0.28);
  mouse.paint(kPaper, 0.22, kPaper);

  tail();
  stroke(cairo, mouse.length(0.1), kInk);
  body();
  mouse.paint(kFur, 0.08, kInk);
  mouse.circle(-0.14, 0.36, 0.28);
  mouse.paint(kFur, 0.08, kInk);
  mouse.circle(-0.14, 0.36, 0.15);
  fill(cairo, kSkin);
  mouse.circle(-0.5, -0.14, 0.075);
  fill(cairo, kInk);
  mouse.circle(-0.93, -0.4, 0.085);
  fill(cairo, kSkin);
}

void draw_cheese(cairo_t* cairo, Point at, double size) {
  Symbol cheese(cairo, at, size);
  const auto outline = [&] {
    cheese.move(-0.86, 0.02).line(0.34, 0.66).line(0.86, 0.02).line(0.86, -0.6).line(-0.86, -0.6).close();
  };
  outline();
  cheese.paint(kPaper, 0.24, kPaper);
  outline();
  fill(cairo, palette::kOrange);
  cheese.move(-0.86, 0.02).line(0.34, 0.66).line(0.86, 0.02).close();
  cheese.paint(palette::kYellow, 0.08, kInk);
  outline();
  stroke(cairo, cheese.length(0.08), kInk);
  for (const auto& [x, y, radius] :
       {std::array{-0.46, -0.3, 0.13}, std::array{0.12, -0.34, 0.1}, std::array{0.54, -0.22, 0.12}})
    cheese.circle(x, y, radius);
  fill(cairo, rgb(0x8A5A00));
}

void draw_decoy(cairo_t* cairo, Point at, double size) {
  Symbol decoy(cairo, at, size);
  decoy.move(0, -0.92).line(0.92, 0).line(0, 0.92).line(-0.92, 0).close();
  decoy.paint(palette::kSkyBlue, 0.08, kInk);
}

void draw_target(cairo_t* cairo, Point at, double size) {
  stroke_circle(cairo, at, 0.36 * size, 0.2 * size, kPaper);
  stroke_circle(cairo, at, 0.36 * size, 0.12 * size, palette::kPurple);
}

}  // namespace mazescan::pictures
