#pragma once
#include <map>
#include <string>
#include <vector>

#include "datasets/results.h"

// The numbers by which policies are compared for how sparse and how legible they are.
namespace mazescan::questions {

struct LegibilityNumber {
  std::string name;  // a column of the comparison: "zeros"
  double value = 0;  // NaN: not defined for this policy
  bool percent = false;
};

// Names of the numbers that the comparison draws against success.
inline constexpr const char *kZerosNumber = "zeros", *kCheeseChannelsNumber = "cheese channels",
                            *kEditNumber = "edit, 33 %";

// Returns the numbers of the finished analyses, in the order of the columns: of the job sparsity, summed over
// the rectified layers; of the job probe, the accuracy for the cheese's cell at the worst size, of the layer
// that is best on validation, from all and from some of its channels; of the job edit, the smallest fraction
// of the network that sends the mouse to any cell at the largest size.
std::vector<LegibilityNumber> legibility(const std::map<std::string, datasets::Results>& results);

}  // namespace mazescan::questions
