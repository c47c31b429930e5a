#include "evaluator/draw/pictures/sheet.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "core/error.h"
#include "envs/maze_state.h"

namespace mazescan::pictures {

namespace {

constexpr Colour kWall = rgb(0x454C57), kFree = rgb(0xFBFBF8), kGrid = rgb(0xE3E4DF);

// In units of Margins.
constexpr double kSide = 4.4;  // left of a maze, with room for its rows' numbers, and right of it
constexpr double kAxisBaseline = 2.1, kAxisSize = 1.35;  // below the wall
constexpr double kLegendTop = 3.4, kLegendRow = 2.7, kLegendSize = 1.5, kBottom = 1.2;
constexpr double kSymbol = 2.1, kGap = 0.6, kBetween = 1.9;  // of an entry; between two

double entry_width(const LegendEntry& entry) {
  return (entry.draw ? kSymbol + kGap : 0) + text_width({entry.label, kLegendSize});
}

// Entries in lines that are no wider than `room` units.
std::vector<std::vector<LegendEntry>> legend_rows(const std::vector<LegendEntry>& legend, double room) {
  std::vector<std::vector<LegendEntry>> rows;
  double width = 0;
  for (const LegendEntry& entry : legend) {
    const double more = entry_width(entry);
    if (rows.empty() || width + kBetween + more > room) {
      rows.emplace_back();
      width = more;
    } else {
      width += kBetween + more;
    }
    rows.back().push_back(entry);
  }
  return rows;
}

void draw_legend(cairo_t* cairo, const std::vector<std::vector<LegendEntry>>& rows, Point corner,
                 double unit) {
  for (size_t row = 0; row < rows.size(); ++row) {
    const double middle = corner.y + (static_cast<double>(row) + 0.5) * kLegendRow * unit;
    double x = corner.x;
    for (const LegendEntry& entry : rows[row]) {
      if (entry.draw) entry.draw(cairo, {x + kSymbol / 2 * unit, middle}, kSymbol * unit);
      draw_text(cairo, {x + (entry.draw ? kSymbol + kGap : 0) * unit, middle + 0.37 * kLegendSize * unit},
                {entry.label, kLegendSize * unit});
      x += (entry_width(entry) + kBetween) * unit;
    }
  }
}

// The whole page's height, in pixels.
int height_of(const MazeLayout& layout, double unit, size_t legend_rows) {
  const double maze = layout.top + layout.size * layout.cell + layout.border();
  const double legend =
      legend_rows == 0 ? kAxisBaseline : kLegendTop + kLegendRow * static_cast<double>(legend_rows);
  return static_cast<int>(std::ceil(maze + (legend + kBottom) * unit));
}

}  // namespace

void PageOptions::validate() const {
  require(width >= kMinWidth && width <= kMaxWidth, lazy("a picture of {} pixels", width),
          "it must be readable and fit into memory", lazy("{} to {}", kMinWidth, kMaxWidth));
}

Margins::Margins(const PageOptions& page)
    : unit(page.width / 64.0),
      top(std::floor(unit * (page.title.empty()      ? 2
                             : page.subtitle.empty() ? 4.2
                                                     : 6.6))) {}

void draw_titles(cairo_t* cairo, const PageOptions& page, double left) {
  const double unit = Margins(page).unit, room = page.width - 2 * left;
  const auto draw = [&](const std::string& line, double baseline, double size, Colour colour, bool bold) {
    const double fits = room / std::max(1.0, text_width({line, 1, colour, bold}));
    draw_text(cairo, {left, baseline * unit}, {line, std::min(size * unit, fits), colour, bold});
  };
  draw(page.title, 2.9, 2, kInk, true);
  draw(page.subtitle, 5.2, 1.5, kFaint, false);
}

MazeLayout::MazeLayout(const envs::MazeLevel& level, const PageOptions& page) : size(level.size) {
  const Margins margins(page);
  cell = std::floor((page.width - 2 * kSide * margins.unit) / (level.size + 1));
  left = std::floor((page.width - cell * level.size) / 2);
  top = margins.top + border();
}

Point MazeLayout::centre(envs::Cell at) const {
  return {left + (at.x + 0.5) * cell, top + (size - 1 - at.y + 0.5) * cell};
}

double MazeLayout::border() const {
  return std::floor(cell / 2);
}

Sheet::Sheet(const envs::MazeLevel& level, const PageOptions& page, const std::vector<LegendEntry>& legend)
    : margins_(page),
      layout_(level, page),
      legend_(legend_rows(legend, (page.width - layout_.left) / margins_.unit - 1)),
      picture_(page.format, page.width, height_of(layout_, margins_.unit, legend_.size())) {
  const double wall = layout_.left - layout_.border();
  draw_titles(cairo(), page, wall);
  draw_walls(level);
  draw_axes();
  const double below = layout_.top + layout_.size * layout_.cell + layout_.border();
  draw_legend(cairo(), legend_, {wall, below + kLegendTop * margins_.unit}, margins_.unit);
}

double Sheet::symbol_size() const {
  return std::max(0.86 * layout_.cell, 1.7 * margins_.unit);
}

void Sheet::draw_walls(const envs::MazeLevel& level) {
  const double cell = layout_.cell, border = layout_.border(), side = level.size * cell + 2 * border;
  fill_rounded_box(cairo(), {{layout_.left - border, layout_.top - border}, side, side}, 0.5 * margins_.unit,
                   kWall);
  std::vector<Box> free, lines;
  const auto corner = [&](envs::Cell at) {
    const Point middle = layout_.centre(at);
    return Point{middle.x - cell / 2, middle.y - cell / 2};
  };
  for (int16_t y = 0; y < level.size; ++y)
    for (int16_t x = 0; x < level.size; ++x) {
      if (!level.is_open(x, y)) continue;
      const envs::Cell at{x, y};
      int run = 1;  // cells from here to the next wall
      while (level.is_open(x + run, y)) ++run;
      if (!level.is_open(x - 1, y)) free.push_back({corner(at), run * cell, cell});
      // Faint lines between free neighbours, by which cells can be counted.
      if (cell < 9) continue;
      const Point c = corner(at);
      if (run > 1) lines.push_back({{c.x + cell - 0.5, c.y}, 1, cell});
      if (level.is_open(x, y - 1)) lines.push_back({{c.x, c.y + cell - 0.5}, cell, 1});
    }
  fill_boxes(cairo(), free, kFree);
  fill_boxes(cairo(), lines, kGrid);
}

void Sheet::draw_axes() {
  const int step = layout_.size <= 15 ? 2 : layout_.size <= 31 ? 4 : layout_.size <= 61 ? 10 : 20;
  const double unit = margins_.unit, bottom = layout_.top + layout_.size * layout_.cell + layout_.border();
  for (int i = 0; i < layout_.size; i += step) {
    const auto at = static_cast<int16_t>(i);
    const Text number{std::to_string(i), kAxisSize * unit, kFaint};
    draw_text(cairo(), {layout_.centre({at, 0}).x, bottom + kAxisBaseline * unit}, number, Align::kCentre);
    draw_text(cairo(),
              {layout_.left - layout_.border() - 0.7 * unit, layout_.centre({0, at}).y + 0.37 * number.size},
              number, Align::kRight);
  }
}

}  // namespace mazescan::pictures
