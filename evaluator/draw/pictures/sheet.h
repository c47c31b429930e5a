#pragma once
#include <cairo.h>

#include <functional>
#include <string>
#include <vector>

#include "envs/maze_state.h"
#include "evaluator/draw/pictures/picture.h"
#include "evaluator/draw/pictures/shapes.h"

namespace mazescan::pictures {

constexpr int kMinWidth = 512, kMaxWidth = 8192;  // pixels

// Names a picture and the kind of file that it is drawn into.
struct PageOptions {
  std::string title;     // bold, above the maze
  std::string subtitle;  // below the title
  Format format = Format::kPng;
  int width = 1024;  // pixels; the height follows

  // Throws UserError if the width is out of range.
  void validate() const;
};

// The unit of all lengths on a page except those of mazes and frames, and the place below its titles.
struct Margins {
  explicit Margins(const PageOptions& page);
  double unit;  // a 64th of the page's width, pixels
  double top;   // the space above a maze or a frame, pixels
};

// Draws title and subtitle from `left` on, shrunk where they are wider than the page.
void draw_titles(cairo_t* cairo, const PageOptions& page, double left);

// The places of a maze's cells on a page. Borders of cells are borders of pixels.
struct MazeLayout {
  MazeLayout(const envs::MazeLevel& level, const PageOptions& page);

  // Returns the middle of a cell.
  Point centre(envs::Cell cell) const;
  // Returns the width of the wall around the maze.
  double border() const;

  int size;          // cells a side
  double cell;       // side of a cell, pixels
  double left, top;  // the corner of the cells, pixels
};

// A symbol and its meaning, below a maze. draw: paints the symbol around a point; empty: there is none.
struct LegendEntry {
  std::function<void(cairo_t* cairo, Point at, double size)> draw;
  std::string label;
};

// A page with titles, a maze's walls, the numbers of its columns and rows, and a legend.
class Sheet {
 public:
  Sheet(const envs::MazeLevel& level, const PageOptions& page, const std::vector<LegendEntry>& legend);

  const MazeLayout& layout() const { return layout_; }
  // Returns the size of mouse and cheese, which are wider than a cell where cells are small.
  double symbol_size() const;
  cairo_t* cairo() { return picture_.cairo(); }

  std::string finish() { return picture_.finish(); }

 private:
  void draw_walls(const envs::MazeLevel& level);
  void draw_axes();

  const Margins margins_;
  const MazeLayout layout_;
  const std::vector<std::vector<LegendEntry>> legend_;  // in lines
  Picture picture_;
};

}  // namespace mazescan::pictures
