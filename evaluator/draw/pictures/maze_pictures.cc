#include "evaluator/draw/pictures/maze_pictures.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <utility>

#include "core/error.h"
#include "envs/paths.h"

namespace mazescan::pictures {

namespace {

LegendEntry mouse_entry(bool mirrored, const char* label) {
  return {[mirrored](cairo_t* cairo, Point at, double size) { draw_mouse(cairo, at, size, mirrored); },
          label};
}

// Adds the entries of cheese, decoy and target, as far as they exist.
void add_goals(const envs::MazeState& state, envs::Cell target, std::vector<LegendEntry>& legend) {
  const envs::Cell cheese = state.cheese;
  if (state.level->decoy != envs::kNoCell) legend.push_back({draw_decoy, "decoy"});
  if (cheese != envs::kNoCell) legend.push_back({draw_cheese, "cheese"});
  if (target != envs::kNoCell) legend.push_back({draw_target, "target"});
}

void draw_goals(Sheet& sheet, const envs::MazeState& state, envs::Cell target) {
  const envs::Cell cheese = state.cheese, decoy = state.level->decoy;
  if (decoy != envs::kNoCell) draw_decoy(sheet.cairo(), sheet.layout().centre(decoy), sheet.symbol_size());
  if (cheese != envs::kNoCell) draw_cheese(sheet.cairo(), sheet.layout().centre(cheese), sheet.symbol_size());
  if (target != envs::kNoCell) draw_target(sheet.cairo(), sheet.layout().centre(target), sheet.symbol_size());
}

void draw_mouse_in(Sheet& sheet, const envs::MazeState& state) {
  draw_mouse(sheet.cairo(), sheet.layout().centre(state.mouse), sheet.symbol_size(), state.facing_right);
}

// How dark a line is.
struct Shade {
  int at_least;  // walks between its two cells
  Colour colour;
  const char* label;
};
constexpr Shade kShades[] = {
    {1, palette::kSkyBlue, "walked once"}, {2, palette::kBlue, "2 or 3 times"}, {4, kInk, "more often"}};

size_t shade_of(int walks) {
  return walks >= kShades[2].at_least ? 2 : walks >= kShades[1].at_least ? 1 : 0;
}

// The pairs of neighbours that a path walks between, by shade.
std::array<std::vector<std::pair<envs::Cell, envs::Cell>>, 3> shaded_ways(
    const envs::MazeLevel& level, const std::vector<envs::Cell>& path) {
  std::map<std::pair<size_t, size_t>, int> walks;
  for (size_t i = 1; i < path.size(); ++i)
    if (path[i] != path[i - 1]) ++walks[std::minmax(level.index(path[i - 1]), level.index(path[i]))];
  std::array<std::vector<std::pair<envs::Cell, envs::Cell>>, 3> ways;
  for (const auto& [ends, count] : walks)
    ways[shade_of(count)].emplace_back(level.cell(ends.first), level.cell(ends.second));
  return ways;
}

}  // namespace

std::string draw_maze(const envs::MazeState& state, const PageOptions& page) {
  page.validate();
  std::vector<LegendEntry> legend = {mouse_entry(state.facing_right, "mouse")};
  add_goals(state, envs::kNoCell, legend);
  Sheet sheet(*state.level, page, legend);
  draw_goals(sheet, state, envs::kNoCell);
  draw_mouse_in(sheet, state);
  return sheet.finish();
}

std::string draw_frame(const envs::MazeState& state, const frame::FrameRenderer& renderer,
                       const PageOptions& page) {
  page.validate();
  std::vector<uint8_t> frame(frame::kFrameBytes);
  renderer.render(state, frame.data());
  const Margins margins(page);
  const int border = static_cast<int>(2 * margins.unit);
  const int side = (page.width - 2 * border) / frame::kFrameSide;  // of a pixel of the frame
  const int left = (page.width - side * frame::kFrameSide) / 2, top = static_cast<int>(margins.top);
  Picture picture(page.format, page.width, top + side * frame::kFrameSide + left);
  draw_titles(picture.cairo(), page, left);
  paint_pixels(picture.cairo(), {static_cast<double>(left), static_cast<double>(top)}, frame.data(),
               frame::kFrameSide, frame::kFrameSide, side);
  return picture.finish();
}

std::string draw_path(const envs::MazeState& start, const std::vector<envs::Cell>& path, envs::Cell target,
                      const PageOptions& page) {
  page.validate();
  expect(!path.empty(), "a path with a first cell");
  const auto ways = shaded_ways(*start.level, path);
  const bool ends_elsewhere = path.back() != start.cheese;
  const auto draw_end = [](cairo_t* cairo, Point at, double size) {
    fill_disc(cairo, at, 0.3 * size, kPaper);
    fill_disc(cairo, at, 0.24 * size, palette::kVermillion);
  };
  std::vector<LegendEntry> legend = {mouse_entry(start.facing_right, "start")};
  if (ends_elsewhere) legend.push_back({draw_end, "end"});
  add_goals(start, target, legend);
  for (size_t shade = 0; shade < ways.size(); ++shade)
    if (!ways[shade].empty())
      legend.push_back({[shade](cairo_t* cairo, Point at, double size) {
                          stroke_segments(cairo, {{{at.x - 0.35 * size, at.y}, {at.x + 0.35 * size, at.y}}},
                                          0.3 * size, kShades[shade].colour);
                        },
                        kShades[shade].label});

  Sheet sheet(*start.level, page, legend);
  const MazeLayout& layout = sheet.layout();
  for (size_t shade = 0; shade < ways.size(); ++shade) {  // the darker ones on top
    std::vector<Segment> segments;
    for (const auto& [a, b] : ways[shade]) segments.push_back({layout.centre(a), layout.centre(b)});
    stroke_segments(sheet.cairo(), segments, std::max(0.26 * layout.cell, 2.0), kShades[shade].colour);
  }
  draw_goals(sheet, start, target);
  draw_mouse_in(sheet, start);
  if (ends_elsewhere) draw_end(sheet.cairo(), layout.centre(path.back()), sheet.symbol_size());
  return sheet.finish();
}

std::string draw_field(const envs::MazeState& state, const std::vector<MoveProbabilities>& field,
                       envs::Cell target, const PageOptions& page) {
  page.validate();
  const envs::MazeLevel& level = *state.level;
  expect(field.size() == level.open.size(), "probabilities for every cell");
  const envs::Cell goal = target != envs::kNoCell ? target : state.cheese;
  constexpr Colour kNearer = palette::kBlue, kOther = palette::kVermillion;
  const auto arrow_entry = [](Colour colour, const char* label) -> LegendEntry {
    return {[colour](cairo_t* cairo, Point at, double size) {
              fill_arrow(cairo, {at.x - size / 2, at.y}, {at.x + size / 2, at.y}, 0.18 * size, colour);
            },
            label};
  };
  std::vector<LegendEntry> legend;
  add_goals(state, target, legend);
  if (goal != envs::kNoCell)
    legend.push_back(arrow_entry(kNearer, target != envs::kNoCell ? "to the target" : "to the cheese"));
  legend.push_back(arrow_entry(kOther, goal == envs::kNoCell ? "move" : "other moves"));
  legend.push_back({nullptr, "length: probability"});

  struct Arrow {
    Point from, to;
    double probability;
    bool nearer;
  };
  std::vector<Arrow> arrows;
  std::vector<Point> dots;
  Sheet sheet(level, page, legend);
  const MazeLayout& layout = sheet.layout();
  const std::vector<int32_t> to_goal = envs::distances(level, goal);
  for (size_t i = 0; i < field.size(); ++i) {
    const envs::Cell cell = level.cell(i);
    if (!level.is_open(cell) || cell == state.cheese) continue;
    const auto optimal = envs::optimal_moves(level, to_goal, cell);
    const Point from = layout.centre(cell);
    dots.push_back(from);
    for (const envs::Move move : {envs::Move::left, envs::Move::down, envs::Move::up, envs::Move::right}) {
      const double probability = field[i][static_cast<size_t>(move)];
      const Point next = layout.centre(envs::neighbour(cell, move));
      const Point to{from.x + probability * (next.x - from.x), from.y + probability * (next.y - from.y)};
      arrows.push_back({from, to, probability, optimal[static_cast<size_t>(move)]});
    }
  }
  // The shorter ones on top, where two cells' arrows overlap.
  std::stable_sort(arrows.begin(), arrows.end(),
                   [](const Arrow& a, const Arrow& b) { return a.probability > b.probability; });
  const double thickness = std::clamp(0.1 * layout.cell, 1.2, std::max(1.2, 0.7 * Margins(page).unit));
  draw_goals(sheet, state, target);
  for (const Arrow& arrow : arrows)
    fill_arrow(sheet.cairo(), arrow.from, arrow.to, thickness, arrow.nearer ? kNearer : kOther);
  for (const Point dot : dots) fill_disc(sheet.cairo(), dot, 0.6 * thickness, kInk);
  return sheet.finish();
}

}  // namespace mazescan::pictures
