#pragma once
#include <utility>
#include <vector>

namespace mazescan {

// Letters as strokes, so that they are crisp at any size. Units: a capital is 6 high, the baseline at 0.
constexpr double kCapitalHeight = 6;

struct Glyph {
  double advance = 0;
  std::vector<std::vector<std::pair<double, double>>> strokes;  // points (right, up)
};

// Of printable ASCII; anything else is a box.
const Glyph& glyph(char c);

}  // namespace mazescan
