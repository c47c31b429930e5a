#include "evaluator/findings/scope.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace mazescan::findings {
namespace {

constexpr int kVerySmall = 7;   // at most
constexpr int kVeryLarge = 21;  // at least
constexpr size_t kOwnSizes = 2;

template <class Condition>
Scope sizes_where(const char* name, const std::vector<int>& trained, Condition condition) {
  Scope scope{name, {}};
  std::copy_if(trained.begin(), trained.end(), std::back_inserter(scope.sizes), condition);
  return scope;
}

Scope own_sizes(const char* which, std::vector<int> sizes) {
  return {fmt::format("this policy's {} mazes, {}", which, fmt::join(sizes, " and ")), std::move(sizes)};
}

}  // namespace

bool Scope::contains(int size) const {
  return std::find(sizes.begin(), sizes.end(), size) != sizes.end();
}

Scopes very_small(const std::vector<int>& trained) {
  const auto count = static_cast<std::ptrdiff_t>(std::min(kOwnSizes, trained.size()));
  return {sizes_where("very small mazes, 3 to 7", trained, [](int size) { return size <= kVerySmall; }),
          own_sizes("smallest", {trained.begin(), trained.begin() + count})};
}

Scopes very_large(const std::vector<int>& trained) {
  const auto count = static_cast<std::ptrdiff_t>(std::min(kOwnSizes, trained.size()));
  return {sizes_where("very large mazes, 21 to 25", trained, [](int size) { return size >= kVeryLarge; }),
          own_sizes("largest", {trained.end() - count, trained.end()})};
}

}  // namespace mazescan::findings
