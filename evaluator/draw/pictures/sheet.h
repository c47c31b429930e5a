#pragma once
#include <cairo.h>

#include <functional>
#include <string>
#include <vector>

#include "envs/maze_level.h"
#include "evaluator/draw/pictures/picture.h"
#include "evaluator/draw/pictures/shapes.h"

namespace mazescan::pictures {

constexpr int kMinWidth = 512, kMaxWidth = 8192;  // pixels

// What a picture is called, and into what kind of file it is drawn.
struct PageOptions {
  std::string title;     // bold, above the maze
  std::string subtitle;  // below the title
  Format format = Format::kPng;
  int width = 1024;  // pixels; the height follows

  // Throws UserError if the width is out of range.
  void validate() const;
};

// Where titles and what stands below them lie on a page. Everything but mazes and frames is measured in
// units of a 64th of the page's width.
struct Margins {
  explicit Margins(const PageOptions& page);
  double unit, top;  // of what stands below the titles
};

// Draws title and subtitle from `left` on, shrunk where they are wider than the page.
void draw_titles(cairo_t* cairo, const PageOptions& page, double left);

// Where the cells of a maze lie on a page. Borders of cells are borders of pixels.
struct MazeLayout {
  MazeLayout(const MazeLevel& level, const PageOptions& page);

  // The middle of a cell.
  Point centre(Cell cell) const;
  double border() const;  // width of the wall around the maze

  int size;          // cells a side
  double cell;       // side of a cell
  double left, top;  // of the cells
};

// An entry of the line below a maze.
struct LegendEntry {
  std::function<void(cairo_t* cairo, Point at, double size)>
      draw;  // a symbol around a point; none: text only
  std::string label;
};

// A page with titles, a maze's walls, the numbers of its columns and rows, and a legend.
class Sheet {
 public:
  Sheet(const MazeLevel& level, const PageOptions& page, const std::vector<LegendEntry>& legend);

  const MazeLayout& layout() const { return layout_; }
  // Of mouse and cheese: wider than a cell where cells are small.
  double symbol_size() const;
  cairo_t* cairo() { return picture_.cairo(); }

  std::string finish() { return picture_.finish(); }

 private:
  void draw_walls(const MazeLevel& level);
  void draw_axes();

  const Margins margins_;
  const MazeLayout layout_;
  Picture picture_;
};

}  // namespace mazescan::pictures
