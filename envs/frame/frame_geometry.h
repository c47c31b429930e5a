#pragma once
#include <vector>

// Where procgen draws things: which pixels of a frame an object covers, and from where in its picture each of
// them takes its colour. All of it is separable: the same for columns and rows, each on its own.
namespace mazescan {

constexpr int kFrameSide = 64;  // pixels

// Consecutive pixel columns (or rows) of a frame and the column (or row) of a picture that each shows.
struct Span {
  int first = 0;            // 0..63
  std::vector<int> source;  // one a pixel; may be empty
  int count() const { return static_cast<int>(source.size()); }
  int end() const { return first + count(); }
  bool contains(int pixel) const { return pixel >= first && pixel < end(); }
};

// How far an object reaches along one axis of the frame, in pixels.
struct Extent {
  double begin = 0, size = 0;
};

// What a frame shows of the world: `view_cells` cells around a centre, as procgen computes it in binary32.
// That must not be fused to multiply-adds: it would move the pixels of easy mode.
class Geometry {
 public:
  // centre_x, centre_y: in cells, y up.
  Geometry(int view_cells, float centre_x, float centre_y);

  Extent tile_column(int x) const { return column(static_cast<float>(x), 1, kTileMargin); }
  Extent tile_row(int y) const { return row(static_cast<float>(y) + 1, 1, kTileMargin); }
  Extent mouse_column(int x) const { return column(static_cast<float>(x), 1, 0); }
  Extent mouse_row(int y) const { return row(static_cast<float>(y) + 1, 1, 0); }
  // The background, which covers the whole world.
  Extent background_column(int world) const { return column(0, static_cast<float>(world), 0); }
  Extent background_row(int world) const {
    return row(static_cast<float>(world), static_cast<float>(world), 0);
  }

 private:
  static constexpr float kTileMargin = 0.02F;  // tiles reach over their cell
  Extent column(float x, float size, float margin) const;
  Extent row(float top, float size, float margin) const;

  float unit_ = 0, view_ = 0, x_offset_ = 0, y_offset_ = 0;
};

// The pixels of `extent` that a picture of `side` pixels covers when it is drawn there. procgen (Qt) steps
// through pictures with an alpha channel and through those without by different formulas.
Span sample_with_alpha(const Extent& extent, int side);
Span sample_opaque(const Extent& extent, int side);

}  // namespace mazescan
