#pragma once
#include <utility>

namespace mazescan::questions {

// Success of the published policies, trained in worlds of 25 x 25: {training region k, share of levels in
// which the cheese is reached}. Counted are levels with a decision square and the cheese outside the training
// region; sampled actions, within kPublishedLimit steps.
inline constexpr std::pair<int, double> kPublishedShares[] = {{1, .02}, {2, .00},  {3, .16}, {4, .28},
                                                              {5, .72}, {6, .65},  {7, .85}, {8, .84},
                                                              {9, .91}, {10, .92}, {15, .97}};
inline constexpr int kPublishedLimit = 256;
inline constexpr int kPublishedWorld = 25;

}  // namespace mazescan::questions
