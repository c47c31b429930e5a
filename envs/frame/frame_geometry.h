#pragma once
#include <vector>

// Where procgen draws things: which pixels of a frame an object covers, and which pixel of its picture gives
// the colour of each. Columns and rows are independent of each other.
namespace mazescan::frame {

constexpr int kFrameSide = 64;  // pixels

// Consecutive pixel columns (or rows) of a frame and the column (or row) of a picture that each shows.
struct Span {
  int first = 0;            // 0..63
  std::vector<int> source;  // one for each pixel; may be empty
  int count() const { return static_cast<int>(source.size()); }
  int end() const { return first + count(); }
  bool contains(int pixel) const { return pixel >= first && pixel < end(); }
};

// The range of an object along one axis of the frame, in pixels.
struct Extent {
  double begin = 0, size = 0;
};

// The part of the grid that a frame shows: `view_cells` cells around a centre, computed in binary32 as in
// procgen. Products and sums must not be fused to multiply-adds: that would move the pixels of easy mode.
class Geometry {
 public:
  // centre_x, centre_y: in cells, y up.
  Geometry(int view_cells, float centre_x, float centre_y);

  Extent tile_column(int x) const { return column(static_cast<float>(x), 1, kTileMargin); }
  Extent tile_row(int y) const { return row(static_cast<float>(y) + 1, 1, kTileMargin); }
  Extent mouse_column(int x) const { return column(static_cast<float>(x), 1, 0); }
  Extent mouse_row(int y) const { return row(static_cast<float>(y) + 1, 1, 0); }
  // The extent of the background, which covers the whole grid.
  Extent background_column(int world_dim) const { return column(0, static_cast<float>(world_dim), 0); }
  Extent background_row(int world_dim) const {
    return row(static_cast<float>(world_dim), static_cast<float>(world_dim), 0);
  }

 private:
  static constexpr float kTileMargin = 0.02F;  // tiles are larger than their cell
  Extent column(float x, float size, float margin) const;
  Extent row(float top, float size, float margin) const;

  float unit_ = 0, view_ = 0, x_offset_ = 0, y_offset_ = 0;
};

// Returns the pixels of `extent` that a picture of `side` pixels covers when it is drawn there. procgen (Qt)
// has different formulas for pictures with and without an alpha channel.
Span sample_with_alpha(const Extent& extent, int side);
Span sample_opaque(const Extent& extent, int side);

}  // namespace mazescan::frame
