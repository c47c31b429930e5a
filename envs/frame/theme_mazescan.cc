// Our own pictures. They use only +, -, *, / and square roots of doubles and integer hashes, so that every
// machine draws the same pixels. Light sand walls, dark muted floors, a pale mouse and an amber cheese differ
// in lightness, so that they stay visible with every kind of colour blindness.
#include <algorithm>
#include <cmath>
#include <cstdint>

#include "envs/frame/theme.h"

namespace mazescan::frame {

namespace {

struct Colour {
  double red, green, blue;  // 0..255
};
Colour mixed(Colour a, Colour b, double share_of_b) {
  const double t = std::clamp(share_of_b, 0.0, 1.0);
  return {a.red + (b.red - a.red) * t, a.green + (b.green - a.green) * t, a.blue + (b.blue - a.blue) * t};
}
Colour scaled(Colour c, double factor) {
  return {c.red * factor, c.green * factor, c.blue * factor};
}

uint8_t byte_of(double value) {
  return static_cast<uint8_t>(std::clamp(value, 0.0, 255.0) + 0.5);
}

struct Point {
  double x, y;
};
Point operator+(Point a, Point b) {
  return {a.x + b.x, a.y + b.y};
}
Point operator-(Point a, Point b) {
  return {a.x - b.x, a.y - b.y};
}
Point operator*(Point a, double factor) {
  return {a.x * factor, a.y * factor};
}
double dot(Point a, Point b) {
  return a.x * b.x + a.y * b.y;
}
double length(Point a) {
  return std::sqrt(dot(a, a));
}

// Shapes are distances to their outline in pixels, negative inside.
double ellipse(Point p, Point centre, double radius_x, double radius_y) {
  const Point q = p - centre;
  const double x = q.x / radius_x, y = q.y / radius_y, r = std::sqrt(x * x + y * y);
  if (r < 1e-6) return -std::min(radius_x, radius_y);
  const double slope = std::sqrt(x * x / (radius_x * radius_x) + y * y / (radius_y * radius_y)) / r;
  return (r - 1) / slope;
}
double segment(Point p, Point a, Point b, double radius) {
  const Point along = b - a, q = p - a;
  const double t = std::clamp(dot(q, along) / dot(along, along), 0.0, 1.0);
  return length(q - along * t) - radius;
}
// Returns the distance to a convex polygon, corners clockwise as seen in the picture, rounded by `radius`.
template <size_t N>
double polygon(Point p, const Point (&corners)[N], double radius) {
  double nearest = 1e9;
  bool inside = true;
  for (size_t i = 0; i < N; ++i) {
    const Point a = corners[i], b = corners[(i + 1) % N], along = b - a, q = p - a;
    inside = inside && along.x * q.y - along.y * q.x >= 0;
    nearest = std::min(nearest, segment(p, a, b, 0));
  }
  return (inside ? -nearest : nearest) - radius;
}
double coverage(double distance) {
  return std::clamp(0.5 - distance, 0.0, 1.0);
}

uint32_t scrambled(uint32_t x) {
  x = (x ^ x >> 16) * 0x7feb352dU;
  x = (x ^ x >> 15) * 0x846ca68bU;
  return x ^ x >> 16;
}
// Returns a number from 0 to 1, the same for the same arguments.
double chance(int x, int y, uint32_t seed) {
  const uint32_t h = scrambled(static_cast<uint32_t>(x) * 0x9e3779b9U ^
                               scrambled(static_cast<uint32_t>(y) * 0x85ebca6bU ^ scrambled(seed)));
  return static_cast<double>(h >> 8) / 16777216.0;
}

// Smooth noise, -1..1, with `cells` hills on a side of 1. Wraps around.
class Noise {
 public:
  Noise(int cells, uint32_t seed) : cells_(cells) {
    for (int j = 0; j <= cells; ++j)
      for (int i = 0; i <= cells; ++i) heights_.push_back(2 * chance(i % cells, j % cells, seed) - 1);
  }
  // x, y: from 0 to less than 1.
  double operator()(double x, double y) const {
    x *= cells_, y *= cells_;
    const int left = static_cast<int>(x), top = static_cast<int>(y);
    const double tx = smooth(x - left), ty = smooth(y - top);
    const double* const at = &heights_[static_cast<size_t>(top) * (cells_ + 1) + left];
    const double upper = at[0] + (at[1] - at[0]) * tx;
    const double lower = at[cells_ + 1] + (at[cells_ + 2] - at[cells_ + 1]) * tx;
    return upper + (lower - upper) * ty;
  }

 private:
  static double smooth(double t) { return t * t * (3 - 2 * t); }
  int cells_;
  std::vector<double> heights_;  // [cells + 1, cells + 1]
};

// A picture that is being painted. Its colours are not yet multiplied by alpha.
class Canvas {
 public:
  explicit Canvas(int side) : side_(side), pixels_(static_cast<size_t>(side) * static_cast<size_t>(side)) {}

  // shape(p): distance; colour(p). p: pixels from the top left, centres of pixels at .5.
  template <class Shape, class Paint>
  void paint(const Shape& shape, const Paint& colour) {
    for (int row = 0; row < side_; ++row) {
      for (int column = 0; column < side_; ++column) {
        const Point p = {column + 0.5, row + 0.5};
        const double share = coverage(shape(p));
        if (share <= 0) continue;
        Pixel& below = pixels_[static_cast<size_t>(row) * static_cast<size_t>(side_) + column];
        const double alpha = share + below.alpha * (1 - share);
        below.colour = mixed(below.colour, colour(p), share / alpha);
        below.alpha = alpha;
      }
    }
  }
  template <class Shape>
  void paint(const Shape& shape, Colour colour) {
    paint(shape, [colour](Point) { return colour; });
  }
  Texture texture() const {
    Texture texture{side_, {}};
    for (const Pixel& pixel : pixels_)
      for (const double value : {pixel.colour.red, pixel.colour.green, pixel.colour.blue, 255 * pixel.alpha})
        texture.rgba.push_back(byte_of(value));
    premultiply(texture.rgba);
    return texture;
  }

 private:
  struct Pixel {
    Colour colour{0, 0, 0};
    double alpha = 0;
  };
  int side_;
  std::vector<Pixel> pixels_;
};

// Paints an opaque picture. colour(x, y), both 0..1.
template <class Paint>
Texture filled(int side, const Paint& colour) {
  Texture texture{side, std::vector<uint8_t>(size_t{4} * side * side, 255)};
  uint8_t* out = texture.rgba.data();
  for (int row = 0; row < side; ++row) {
    for (int column = 0; column < side; ++column, out += 4) {
      const Colour c = colour((column + 0.5) / side, (row + 0.5) / side);
      out[0] = byte_of(c.red), out[1] = byte_of(c.green), out[2] = byte_of(c.blue);
    }
  }
  return texture;
}

constexpr int kTileSide = 128, kBackgroundSide = 500;

Texture draw_wall() {
  const Noise broad(4, 11), fine(11, 12), finest(40, 13);
  return filled(kTileSide, [&](double x, double y) {
    const double grain = 0.5 * broad(x, y) + 0.3 * fine(x, y) + 0.2 * finest(x, y);
    // A hewn block with a little light from the top left.
    const auto edge = [](double t) { return std::max(0.0, 1 - t / 0.11); };
    const double light = std::max(edge(x), edge(y)), shade = std::max(edge(1 - x), edge(1 - y));
    return scaled({174, 154, 118}, 1 + 0.05 * grain + 0.05 * light - 0.07 * shade);
  });
}

Texture draw_cheese() {
  constexpr Point kTop[] = {{10, 66}, {84, 18}, {118, 46}};
  constexpr Point kFront[] = {{10, 66}, {118, 46}, {118, 92}, {10, 110}};
  constexpr Colour kRind = {120, 66, 6}, kTopColour = {255, 216, 92}, kFrontColour = {250, 176, 24};
  Canvas canvas(kTileSide);
  canvas.paint([&](Point p) { return std::min(polygon(p, kTop, 8), polygon(p, kFront, 8)); }, kRind);
  canvas.paint([&](Point p) { return polygon(p, kFront, 3); },
               [&](Point p) {
                 return mixed(kFrontColour, {226, 138, 6}, (p.y - 60) / 90);
               });
  canvas.paint([&](Point p) { return polygon(p, kTop, 3); }, kTopColour);
  const struct {
    Point centre;
    double x, y;
  } holes[] = {{{36, 86}, 10, 9}, {{66, 74}, 7, 6}, {{94, 78}, 11, 10}, {{64, 96}, 6, 5}};
  for (const auto& hole : holes) {
    const auto outside = [&](Point p) {
      return std::max(ellipse(p, hole.centre, hole.x, hole.y), polygon(p, kFront, 3));
    };
    canvas.paint(outside, {178, 98, 4});
    canvas.paint(
        [&](Point p) {
          return std::max(ellipse(p, hole.centre + Point{1, 3}, hole.x, hole.y), outside(p));
        },
        {214, 128, 8});
  }
  canvas.paint([](Point p) { return ellipse(p, {78, 40}, 11, 5); }, {240, 186, 52});
  return canvas.texture();
}

// Paints the mouse from above, the nose to the left.
Texture draw_mouse() {
  constexpr Colour kLine = {58, 70, 92}, kFur = {226, 234, 246}, kShade = {198, 210, 230},
                   kPink = {244, 150, 158};
  Canvas canvas(kTileSide);
  // The tail is a curve of short pieces that get thinner.
  constexpr Point kTail[] = {{110, 64}, {128, 70}, {126, 112}, {104, 120}};
  const auto tail_at = [&](double t) {
    const double s = 1 - t;
    return kTail[0] * (s * s * s) + kTail[1] * (3 * s * s * t) + kTail[2] * (3 * s * t * t) +
           kTail[3] * (t * t * t);
  };
  for (const bool line : {true, false}) {
    canvas.paint(
        [&](Point p) {
          double distance = 1e9;
          constexpr int kPieces = 16;
          for (int i = 0; i < kPieces; ++i) {
            const double t = static_cast<double>(i) / kPieces;
            distance = std::min(
                distance, segment(p, tail_at(t), tail_at(t + 1.0 / kPieces), 5 - 2.5 * t + (line ? 3 : 0)));
          }
          return distance;
        },
        line ? kLine : kPink);
  }
  for (const double side : {-1.0, 1.0}) {  // feet
    for (const double x : {56.0, 96.0}) {
      canvas.paint([&](Point p) { return ellipse(p, {x, 64 + side * 47}, 11, 8); }, kLine);
      canvas.paint([&](Point p) { return ellipse(p, {x, 64 + side * 47}, 8, 5); }, kPink);
    }
  }
  const auto body = [](Point p) {
    return std::min(ellipse(p, {72, 64}, 44, 46), ellipse(p, {36, 64}, 30, 30));
  };
  canvas.paint([&](Point p) { return body(p) - 3; }, kLine);
  canvas.paint(body, [&](Point p) { return mixed(kFur, kShade, (length(p - Point{56, 52}) - 22) / 44); });
  for (const double side : {-1.0, 1.0}) {  // ears, eyes, whiskers
    const Point ear = {46, 64 + side * 32};
    canvas.paint([&](Point p) { return ellipse(p, ear, 17, 15); }, kLine);
    canvas.paint([&](Point p) { return ellipse(p, ear, 14, 12); }, kFur);
    canvas.paint([&](Point p) { return ellipse(p, ear + Point{-2, 0}, 9, 7.5); }, kPink);
    const Point eye = {25, 64 + side * 12};
    canvas.paint([&](Point p) { return ellipse(p, eye, 5, 5); }, {28, 32, 44});
    canvas.paint([&](Point p) { return ellipse(p, eye + Point{-1.5, -1.5}, 1.8, 1.8); }, {255, 255, 255});
    for (const double lean : {8.0, 18.0}) {
      canvas.paint(
          [&](Point p) {
            return segment(p, {12, 64 + side * 6}, {9 + lean / 2, 64 + side * (14 + lean)}, 0.9);
          },
          kLine);
    }
  }
  canvas.paint([](Point p) { return ellipse(p, {8, 64}, 7, 7); }, kLine);
  canvas.paint([](Point p) { return ellipse(p, {8, 64}, 4.5, 4.5); }, kPink);
  return canvas.texture();
}

// Floors. x, y: 0..1 over the whole grid. A result > 0 lightens the colour of the floor, one < 0 darkens it.
using Pattern = double (*)(double x, double y);

double part(double t) {  // the fractional part
  return t - static_cast<double>(static_cast<int>(t));
}
// Returns 1 in the joints, which have a given width, between bricks of 1 by 1; 0 inside.
double joint(double x, double y, double width) {
  const auto near = [width](double t) { return t < width || t > 1 - width; };
  return near(part(x)) || near(part(y)) ? 1 : 0;
}

double tiles(double x, double y) {
  static const Noise broad(24, 22);
  const int column = static_cast<int>(x * 8), row = static_cast<int>(y * 8);
  return 0.5 * (chance(column, row, 21) - 0.5) - 0.5 * joint(x * 8, y * 8, 0.05) + 0.25 * broad(x, y);
}
double grass(double x, double y) {
  static const Noise broad(7, 23), fine(40, 24), finer(80, 25);
  return 0.5 * broad(x, y) + 0.45 * fine(x, y) + 0.3 * finer(x, y);
}
double planks(double x, double y) {
  static const Noise broad(60, 29), fine(12, 30);
  const int row = static_cast<int>(y * 10);
  const double along = x * 2 + chance(row, 0, 26) * 2;
  const int plank = static_cast<int>(along);
  return 0.7 * (chance(plank, row, 27) - 0.5) - 0.6 * joint(along, y * 10, 0.03) +
         0.35 * broad(x, part(y * 10) / 10 + chance(plank, row, 28) * 0.9) * 0.6 + 0.2 * fine(x, y);
}
double diamonds(double x, double y) {
  static const Noise broad(20, 31);
  const double u = (x + y) * 6, v = (x - y + 1) * 6;
  const bool dark = (static_cast<int>(u) + static_cast<int>(v)) % 2 == 0;
  return (dark ? -0.22 : 0.22) - 0.35 * joint(u, v, 0.04) + 0.25 * broad(x, y);
}
double checks(double x, double y) {
  static const Noise broad(30, 32);
  const bool dark = (static_cast<int>(x * 10) + static_cast<int>(y * 10)) % 2 == 0;
  return (dark ? -0.25 : 0.25) + 0.3 * broad(x, y);
}
double bricks(double x, double y) {
  static const Noise broad(36, 34);
  const int row = static_cast<int>(y * 14);
  const double along = x * 7 + (row % 2) * 0.5;
  return 0.5 * (chance(static_cast<int>(along), row, 33) - 0.5) - 0.6 * joint(along, y * 14, 0.07) +
         0.3 * broad(x, y);
}
// Draws rounded stones: finds the nearest of scattered points, and how much nearer it is than the second.
double cobbles(double x, double y) {
  static const Noise broad(50, 38);
  constexpr int kStones = 11;
  const Point p = {x * kStones, y * kStones};
  const int column = static_cast<int>(p.x), row = static_cast<int>(p.y);
  double nearest = 9, second = 9, tone = 0;
  for (int j = row - 1; j <= row + 1; ++j) {
    for (int i = column - 1; i <= column + 1; ++i) {
      const Point stone = {i + 0.15 + 0.7 * chance(i, j, 35), j + 0.15 + 0.7 * chance(i, j, 36)};
      const double distance = length(p - stone);
      if (distance < nearest) {
        second = nearest, nearest = distance, tone = chance(i, j, 37);
      } else {
        second = std::min(second, distance);
      }
    }
  }
  return std::min(0.4, (second - nearest) * 2) - 0.4 + 0.5 * tone + 0.15 * broad(x, y);
}
double ripples(double x, double y) {
  static const Noise broad(4, 39), fine(30, 40);
  const double wave = part(y * 9 + 0.5 * broad(x, y) + 1);
  const double crest = wave < 0.5 ? wave * 2 : 2 - wave * 2;  // 0..1..0
  return 0.7 * (crest * crest * (3 - 2 * crest) - 0.5) + 0.2 * fine(x, y);
}
double marble(double x, double y) {
  static const Noise broad(4, 41), fine(9, 42), finer(21, 43), finest(60, 44);
  const double cloud = broad(x, y) + 0.5 * fine(x, y) + 0.25 * finer(x, y);
  const double vein = std::max(0.0, 1 - 9 * std::abs(cloud));
  return 0.35 * cloud + 0.5 * vein + 0.12 * finest(x, y);
}

Texture draw_background(Colour colour, Pattern pattern) {
  return filled(kBackgroundSide, [&](double x, double y) { return scaled(colour, 1 + 0.4 * pattern(x, y)); });
}

}  // namespace

Theme mazescan_theme() {
  Theme theme;
  theme.wall = draw_wall();
  theme.cheese = draw_cheese();
  theme.mouse = draw_mouse();
  const struct {
    Colour colour;
    Pattern pattern;
  } floors[envs::kBackgrounds] = {{{62, 74, 92}, tiles},    {{52, 82, 50}, grass},    {{88, 62, 44}, planks},
                                  {{34, 84, 88}, diamonds}, {{62, 58, 108}, checks},  {{96, 52, 56}, bricks},
                                  {{66, 66, 66}, cobbles},  {{36, 66, 112}, ripples}, {{86, 58, 92}, marble}};
  for (size_t i = 0; i < envs::kBackgrounds; ++i)
    theme.backgrounds[i] = draw_background(floors[i].colour, floors[i].pattern);
  return theme;
}

}  // namespace mazescan::frame
