#include "evaluator/analyses/edit/bracket.h"

#include <algorithm>
#include <cmath>

namespace mazescan::edit {

namespace {

constexpr double kNarrow = 1.25;

}  // namespace

bool Bracket::is_narrow() const {
  return high - low <= 1 || static_cast<double>(high) <= kNarrow * static_cast<double>(low);
}

int64_t Bracket::middle() const {
  const double from = static_cast<double>(std::max<int64_t>(low, 1)), to = static_cast<double>(high);
  return std::clamp<int64_t>(std::llround(std::sqrt(from * to)), low + 1, high - 1);
}

int Bracket::halvings() const {
  if (is_narrow()) return 0;
  const double ratio = static_cast<double>(high) / static_cast<double>(std::max<int64_t>(low, 1));
  // One more, because the middle is rounded.
  return 1 + std::max(0, static_cast<int>(std::ceil(std::log2(std::log(ratio) / std::log(kNarrow)))));
}

int most_halvings(const std::vector<int64_t>& allowed) {
  int most = 0;
  int64_t before = 0;
  for (const int64_t allowance : allowed) {
    most = std::max(most, Bracket{before, allowance}.halvings());
    before = allowance;
  }
  return most;
}

}  // namespace mazescan::edit
