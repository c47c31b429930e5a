#include "evaluator/draw/pictures/maze_pictures.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>

#include "core/error.h"
#include "envs/paths.h"

namespace mazescan {

namespace {

constexpr Colour kPaper = rgb(0xFFFFFF), kInk = rgb(0x1A1A1A), kFaint = rgb(0x6B6B6B), kWall = rgb(0x4A4A4A),
                 kFree = rgb(0xFBFBF8), kGrid = rgb(0xE4E4DF);

void require_size(int pixels) {
  require(pixels >= kSmallestPicture && pixels <= kLargestPicture,
          fmt::format("a picture of {} pixels", pixels), "it must be readable and fit into memory",
          fmt::format("{} to {}", kSmallestPicture, kLargestPicture));
}

// The unit of measure of a picture's margins and letters.
double letter_of(int pixels) {
  return pixels / 64.0;
}

// A centred line, shrunk to the picture's width where it is long.
void heading(Canvas& canvas, const std::string& line, double baseline, double size, Colour colour) {
  const double letter = letter_of(canvas.width());
  const double fits = (canvas.width() - 4 * letter) / std::max(1.0, Canvas::text_width(line, 1));
  canvas.text({canvas.width() / 2.0, baseline * letter}, line, std::min(size * letter, fits), colour,
              Align::centre);
}

void headings(Canvas& canvas, const PictureText& text) {
  heading(canvas, text.title, 2.3, 1.55, kInk);
  heading(canvas, text.subtitle, 4.5, 1.15, kFaint);
}

// Where everything stands on a picture.
class Sheet {
 public:
  Sheet(const MazeLevel& level, const PictureText& text, int pixels)
      : level_(level), canvas_(pixels, pixels, kPaper), letter_(letter_of(pixels)) {
    require_size(pixels);
    const double above = 6.2 * letter_, below = 7.0 * letter_, side = 4.2 * letter_;
    const double room = std::min(pixels - above - below, pixels - 2 * side);
    // Whole pixels, so that walls end where pixels do; the frame of outer walls is half a cell wide.
    cell_ = std::floor(room / (level.size + 1));
    const double whole = cell_ * (level.size + 1);
    left_ = std::floor((pixels - whole) / 2 + cell_ / 2);
    top_ = std::floor(above + (pixels - above - below - whole) / 2 + cell_ / 2);
    headings(canvas_, text);
    walls();
    axes();
  }

  Point centre(Cell cell) const {
    return {left_ + (cell.x + 0.5) * cell_, top_ + (level_.size - 1 - cell.y + 0.5) * cell_};
  }
  double cell() const { return cell_; }
  // Of mouse and cheese: they can be seen in the largest maze, too.
  double figure() const { return std::max(0.9 * cell_, 1.7 * letter_); }
  Canvas& canvas() { return canvas_; }

  // An entry of the line below the maze: `sign` paints around a point, as large as it is told; none: text
  // only.
  using Sign = std::function<void(Point at, double size)>;
  void legend(const Sign& sign, const std::string& what) { legend_.push_back({sign, what}); }

  Canvas take() {
    write_legend();
    return std::move(canvas_);
  }

 private:
  void walls() {
    const double frame = std::floor(cell_ / 2), inside = level_.size * cell_;
    canvas_.rectangle({left_ - frame, top_ - frame}, inside + 2 * frame, inside + 2 * frame, kWall);
    for (size_t i = 0; i < level_.open.size(); ++i) {
      if (level_.open[i] == 0) continue;
      const Point c = centre(level_.cell(i));
      canvas_.rectangle({c.x - cell_ / 2, c.y - cell_ / 2}, cell_, cell_, kFree);
    }
    // Faint lines between free neighbours: cells can be counted.
    if (cell_ < 9) return;
    for (size_t i = 0; i < level_.open.size(); ++i) {
      const Cell at = level_.cell(i);
      if (level_.open[i] == 0) continue;
      const Point c = centre(at);
      if (level_.is_open(neighbour(at, Move::right)))
        canvas_.rectangle({c.x + cell_ / 2 - 0.5, c.y - cell_ / 2}, 1, cell_, kGrid);
      if (level_.is_open(neighbour(at, Move::down)))
        canvas_.rectangle({c.x - cell_ / 2, c.y + cell_ / 2 - 0.5}, cell_, 1, kGrid);
    }
  }
  void axes() {
    const double size = 0.95 * letter_, frame = std::floor(cell_ / 2);
    const int step = level_.size <= 15 ? 2 : level_.size <= 31 ? 4 : level_.size <= 61 ? 10 : 20;
    for (int i = 0; i < level_.size; i += step) {
      const auto at = static_cast<int16_t>(i);
      const std::string number = std::to_string(i);
      canvas_.text({centre({at, 0}).x, top_ + level_.size * cell_ + frame + 1.6 * letter_}, number, size,
                   kFaint, Align::centre);
      canvas_.text({left_ - frame - 0.7 * letter_, centre({0, at}).y + size / 2}, number, size, kFaint,
                   Align::right);
    }
  }

  // Centred below the maze, shrunk to the picture's width where it is long.
  void write_legend() {
    constexpr double kSign = 2.2, kGap = 0.7, kBetween = 2.4;  // in heights of a capital
    double width = -kBetween;
    for (const Entry& entry : legend_)
      width += kBetween + Canvas::text_width(entry.what, 1) + (entry.sign ? kSign + kGap : 0);
    const double size = std::min(1.1 * letter_, (canvas_.width() - 3 * letter_) / std::max(width, 1.0));
    const double y = top_ + level_.size * cell_ + cell_ / 2 + 5.2 * letter_;
    double x = (canvas_.width() - width * size) / 2;
    for (const Entry& entry : legend_) {
      if (entry.sign) {
        entry.sign({x + kSign / 2 * size, y - size / 2}, kSign * size);
        x += (kSign + kGap) * size;
      }
      canvas_.text({x, y}, entry.what, size, kInk);
      x += Canvas::text_width(entry.what, size) + kBetween * size;
    }
  }

  struct Entry {
    Sign sign;
    std::string what;
  };
  const MazeLevel& level_;
  Canvas canvas_;
  const double letter_;
  std::vector<Entry> legend_;
  double cell_ = 0, left_ = 0, top_ = 0;
};

// From the side, facing left unless mirrored: tail, body, nose, ear, eye.
void paint_mouse(Canvas& canvas, Point at, double size, bool mirrored) {
  const double s = size / 2, face = mirrored ? 1 : -1;
  const auto place = [&](double forward, double up) {
    return Point{at.x + face * forward * s, at.y - up * s};
  };
  const Colour body = palette::kBlue;
  canvas.polyline(
      {place(-0.3, -0.45), place(-0.62, -0.5), place(-0.84, -0.34), place(-0.9, -0.05), place(-0.82, 0.16)},
      0.11 * s, body);
  canvas.disc(place(-0.2, -0.08), 0.48 * s, body);
  canvas.convex_polygon({place(-0.2, 0.4), place(0.22, 0.18), place(0.92, -0.34), place(0.88, -0.48),
                         place(0.6, -0.56), place(-0.2, -0.56)},
                        body);
  canvas.disc(place(0.88, -0.4), 0.09 * s, kInk);
  canvas.disc(place(0.02, 0.36), 0.28 * s, body);
  canvas.disc(place(0.02, 0.36), 0.16 * s, palette::kSkyBlue);
  canvas.disc(place(0.42, -0.14), 0.09 * s, kPaper);
}

// A wedge with holes.
void paint_cheese(Canvas& canvas, Point at, double size) {
  const double s = size / 2;
  const auto place = [&](double right, double up) { return Point{at.x + right * s, at.y - up * s}; };
  canvas.convex_polygon({place(-0.78, -0.02), place(0.3, 0.62), place(0.8, -0.02)}, palette::kYellow);
  canvas.convex_polygon({place(-0.78, -0.02), place(0.8, -0.02), place(0.8, -0.58), place(-0.78, -0.58)},
                        palette::kOrange);
  canvas.polyline({place(-0.78, -0.02), place(0.3, 0.62), place(0.8, -0.02), place(0.8, -0.58),
                   place(-0.78, -0.58), place(-0.78, -0.02), place(0.8, -0.02)},
                  0.07 * s, kInk);
  for (const auto& [right, up, radius] :
       {std::array<double, 3>{-0.4, -0.3, 0.13}, {0.15, -0.36, 0.1}, {0.5, -0.22, 0.11}})
    canvas.disc(place(right, up), radius * s, kInk);
}

void paint_cheese_in(Sheet& sheet, const MazeState& state) {
  if (state.cheese != kNoCell)
    paint_cheese(sheet.canvas(), sheet.centre(state.cheese), 0.95 * sheet.figure());
}

void paint_mouse_in(Sheet& sheet, const MazeState& state) {
  paint_mouse(sheet.canvas(), sheet.centre(state.mouse), sheet.figure(), state.facing_right);
}

void legend_of_state(Sheet& sheet, const MazeState& state, const char* mouse) {
  sheet.legend([&](Point at, double size) { paint_mouse(sheet.canvas(), at, size, state.facing_right); },
               mouse);
  if (state.cheese != kNoCell)
    sheet.legend([&](Point at, double size) { paint_cheese(sheet.canvas(), at, size); }, "cheese");
}

}  // namespace

Canvas draw_maze(const MazeState& state, const PictureText& text, int pixels) {
  Sheet sheet(*state.level, text, pixels);
  paint_cheese_in(sheet, state);
  paint_mouse_in(sheet, state);
  legend_of_state(sheet, state, "mouse");
  return sheet.take();
}

Canvas draw_frame(const MazeState& state, const FrameRenderer& renderer, const PictureText& text,
                  int pixels) {
  require_size(pixels);
  std::vector<uint8_t> frame(kFrameBytes);
  renderer.render(state, frame.data());
  Canvas canvas(pixels, pixels, kPaper);
  headings(canvas, text);
  const double letter = letter_of(pixels), above = 6.2 * letter, margin = 1.5 * letter;
  const double side = std::floor((pixels - above - margin) / kFrameSide);  // of a pixel of the frame
  const double left = std::floor((pixels - side * kFrameSide) / 2);
  const uint8_t* colour = frame.data();
  for (int row = 0; row < kFrameSide; ++row)
    for (int column = 0; column < kFrameSide; ++column, colour += kFrameChannels)
      canvas.rectangle({left + column * side, std::floor(above) + row * side}, side, side,
                       {colour[0], colour[1], colour[2]});
  return canvas;
}

Canvas draw_path(const MazeState& start, const std::vector<Cell>& path, const PictureText& text, int pixels) {
  expect(!path.empty(), "a path with a first cell");
  const MazeLevel& level = *start.level;
  Sheet sheet(level, text, pixels);
  Canvas& canvas = sheet.canvas();
  // As odd or even as the cells, so that its borders are pixels' borders.
  const int cell = static_cast<int>(sheet.cell()), fifth = std::max(cell / 5, 2);
  const double thick = fifth + (fifth + cell) % 2;
  // Each way between neighbours once, the darker the more often it was walked.
  std::vector<std::pair<size_t, size_t>> ways;
  for (size_t i = 1; i < path.size(); ++i) {
    const size_t a = level.index(path[i - 1]), b = level.index(path[i]);
    if (a != b) ways.emplace_back(std::min(a, b), std::max(a, b));
  }
  std::sort(ways.begin(), ways.end());
  const auto shade = [](size_t times) {
    return times == 1 ? palette::kSkyBlue : times <= 3 ? palette::kBlue : palette::kBlack;
  };
  const auto paint_way = [&](Point a, Point b, Colour colour) {
    const Point corner{std::min(a.x, b.x) - thick / 2, std::min(a.y, b.y) - thick / 2};
    canvas.rectangle(corner, std::abs(a.x - b.x) + thick, std::abs(a.y - b.y) + thick, colour);
  };
  for (const size_t level_of_shade : {1, 2, 4})  // the darker over the lighter
    for (size_t i = 0; i < ways.size();) {
      size_t end = i;
      while (end < ways.size() && ways[end] == ways[i]) ++end;
      const size_t times = end - i, step = times == 1 ? 1 : times <= 3 ? 2 : 4;
      if (step == level_of_shade)
        paint_way(sheet.centre(level.cell(ways[i].first)), sheet.centre(level.cell(ways[i].second)),
                  shade(times));
      i = end;
    }
  paint_cheese_in(sheet, start);
  paint_mouse_in(sheet, start);
  const Point last = sheet.centre(path.back());
  if (path.back() != start.cheese) {
    canvas.disc(last, 0.3 * sheet.cell(), kPaper);
    canvas.disc(last, 0.24 * sheet.cell(), palette::kVermillion);
  }
  legend_of_state(sheet, start, "start");
  const auto line = [&](Colour colour) {
    return [&canvas, colour](Point at, double size) {
      canvas.rectangle({at.x - size / 2, at.y - 0.13 * size}, size, 0.26 * size, colour);
    };
  };
  sheet.legend(line(shade(1)), "walked once");
  sheet.legend(line(shade(2)), "2 to 3 times");
  sheet.legend(line(shade(4)), "more often");
  if (path.back() != start.cheese)
    sheet.legend([&](Point at, double size) { canvas.disc(at, 0.3 * size, palette::kVermillion); }, "end");
  return sheet.take();
}

Canvas draw_field(const MazeState& state, const std::vector<MoveProbabilities>& field,
                  const PictureText& text, int pixels) {
  const MazeLevel& level = *state.level;
  expect(field.size() == level.open.size(), "probabilities for every cell");
  Sheet sheet(level, text, pixels);
  Canvas& canvas = sheet.canvas();
  const auto to_cheese = distances(level, state.cheese);
  const double thick = std::max(0.09 * sheet.cell(), 1.2);
  const Colour nearer = palette::kBlue, farther = palette::kVermillion;
  paint_cheese_in(sheet, state);
  for (size_t i = 0; i < field.size(); ++i) {
    const Cell cell = level.cell(i);
    if (!level.is_open(cell) || cell == state.cheese) continue;
    const auto optimal = optimal_moves(level, to_cheese, cell);
    const Point from = sheet.centre(cell);
    for (const Move move : {Move::left, Move::down, Move::up, Move::right}) {
      const float probability = field[i][static_cast<size_t>(move)];
      const Point next = sheet.centre(neighbour(cell, move));
      const Point to{from.x + probability * (next.x - from.x), from.y + probability * (next.y - from.y)};
      canvas.arrow(from, to, thick, optimal[static_cast<size_t>(move)] ? nearer : farther);
    }
    canvas.disc(from, 0.6 * thick, kInk);
  }
  if (state.cheese != kNoCell)
    sheet.legend([&](Point at, double size) { paint_cheese(canvas, at, size); }, "cheese");
  const auto arrow = [&](Colour colour) {
    return [&canvas, colour](Point at, double size) {
      canvas.arrow({at.x - size / 2, at.y}, {at.x + size / 2, at.y}, 0.16 * size, colour);
    };
  };
  if (state.cheese != kNoCell) sheet.legend(arrow(nearer), "towards the cheese");
  sheet.legend(arrow(farther), state.cheese == kNoCell ? "move" : "other moves");
  sheet.legend(nullptr, "length: probability, 1 = a cell");
  return sheet.take();
}

}  // namespace mazescan
