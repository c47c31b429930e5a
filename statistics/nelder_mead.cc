#include "statistics/nelder_mead.h"

#include <algorithm>
#include <cmath>
#include <cstddef>

#include "core/error.h"

namespace mazescan::statistics {
namespace {

constexpr double kReflect = 1, kExpand = 2, kContract = 0.5, kShrink = 0.5;

using Point = std::vector<double>;

// Returns from + part * (to - from).
Point on_line(const Point& from, const Point& to, double part) {
  Point point(from.size());
  for (size_t i = 0; i < from.size(); ++i) point[i] = from[i] + part * (to[i] - from[i]);
  return point;
}

// Returns the mean of all corners but the last.
Point centre_of_best(const std::vector<Minimum>& simplex) {
  Point centre(simplex.front().at.size());
  for (size_t corner = 0; corner + 1 < simplex.size(); ++corner)
    for (size_t i = 0; i < centre.size(); ++i)
      centre[i] += simplex[corner].at[i] / static_cast<double>(centre.size());
  return centre;
}

}  // namespace

Minimum nelder_mead(const std::function<double(const std::vector<double>&)>& function,
                    const std::vector<double>& start, double step, double tolerance, int max_evaluations) {
  expect(!start.empty() && step > 0, "a start and a step");
  int evaluations = 0;
  const auto evaluate = [&](Point at) {
    ++evaluations;
    const double value = function(at);
    return Minimum{std::move(at), value};
  };
  std::vector<Minimum> simplex = {evaluate(start)};
  for (size_t i = 0; i < start.size(); ++i) {
    Point corner = start;
    corner[i] += step;
    simplex.push_back(evaluate(std::move(corner)));
  }
  const auto is_lower = [](const Minimum& a, const Minimum& b) { return a.value < b.value; };
  for (;;) {
    std::stable_sort(simplex.begin(), simplex.end(), is_lower);
    Minimum& worst = simplex.back();
    const double second_worst = simplex[simplex.size() - 2].value;
    if (worst.value - simplex.front().value <= tolerance * (std::abs(simplex.front().value) + tolerance) ||
        evaluations >= max_evaluations)
      return simplex.front();
    const Point centre = centre_of_best(simplex);
    Minimum next = evaluate(on_line(centre, worst.at, -kReflect));
    if (next.value < simplex.front().value) {
      Minimum further = evaluate(on_line(centre, worst.at, -kExpand));
      worst = further.value < next.value ? std::move(further) : std::move(next);
      continue;
    }
    if (next.value < second_worst) {
      worst = std::move(next);
      continue;
    }
    if (next.value < worst.value) worst = std::move(next);  // contract from the better side
    Minimum nearer = evaluate(on_line(centre, worst.at, kContract));
    if (nearer.value < worst.value) {
      worst = std::move(nearer);
      continue;
    }
    for (size_t corner = 1; corner < simplex.size(); ++corner)
      simplex[corner] = evaluate(on_line(simplex.front().at, simplex[corner].at, kShrink));
  }
}

}  // namespace mazescan::statistics
