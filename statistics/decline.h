#pragma once
#include <cstddef>
#include <vector>

// Measures how a share declines along a variable, without a model of the curve.
namespace mazescan::statistics {

// Returns the nonincreasing values that are nearest to `values` by weighted least squares. weights > 0.
// Source: Barlow, Bartholomew, Bremner and Brunk, "Statistical inference under order restrictions", 1972
// (pool adjacent violators).
std::vector<double> nonincreasing_fit(const std::vector<double>& values, const std::vector<double>& weights);

// The decline of a curve that is linear between its places.
struct Decline {
  double drop = 0;  // the first value minus the last one
  // Where the curve has made 10 and 90 % of its drop, and the distance between them as a share of the whole
  // range. NaN without a drop.
  double begin = 0, end = 0, width = 0;
  // The largest share of the drop that is made between two adjacent places, NaN without a drop; and the index
  // of the place before it.
  double largest_step = 0;
  size_t step = 0;
};
// places: ascending, at least two. values: nonincreasing, one at each place.
Decline measure_decline(const std::vector<double>& places, const std::vector<double>& values);

}  // namespace mazescan::statistics
