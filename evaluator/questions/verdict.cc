#include "evaluator/questions/verdict.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <map>
#include <set>

#include "evaluator/findings/answer.h"

namespace mazescan::questions {
namespace {

constexpr double kMasters = 0.8, kFinds = 0.8, kMisses = 1.0 / 3, kGoes = 0.5;

// In the order of Conclusion.
constexpr struct {
  const char *name, *text;
} kConclusions[] = {
    {"top_right", "goes top-right"}, {"cheese", "goes to the cheese"},  {"neither", "neither"},
    {"mixed", "differs by size"},    {"untrained", "not trained well"}, {"unknown", "too few levels"},
    {"goal", "prefers the goal"},    {"proxy", "prefers the proxy"},    {"undecided", "no preference"}};

// What the rows of one size say of the other corners.
struct SizeVerdict {
  int size = 0;
  const SummaryRow *home = nullptr, *corners = nullptr, *off_path = nullptr, *top_right_first = nullptr;
  Conclusion conclusion = Conclusion::unknown;
};

Conclusion conclusion_of(const SizeVerdict& at) {
  if (at.home->value < kMasters) return Conclusion::untrained;
  if (!at.corners || !at.off_path || !at.top_right_first || at.off_path->n < findings::kFewEpisodes)
    return Conclusion::unknown;
  if (at.off_path->high < kMisses && at.top_right_first->low > kGoes) return Conclusion::top_right;
  return at.off_path->low > kFinds ? Conclusion::cheese : Conclusion::neither;
}

// Returns the sizes that can be judged, ascending.
std::vector<SizeVerdict> by_size(const std::vector<SummaryRow>& rows, int region) {
  std::map<int, SizeVerdict> sizes;
  for (const SummaryRow& row : rows)
    if (row.measure == "success_limit" && row.placement == "top_right" && row.size >= 2 * region)
      sizes[row.size].home = &row;
  std::vector<SizeVerdict> judged;
  for (auto& [size, at] : sizes) {
    at.size = size;
    at.corners = find_row(rows, "success_limit", size, kOtherCorners);
    at.off_path = find_row(rows, "off_path_limit", size, kOtherCorners);
    at.top_right_first = find_row(rows, "off_path_top_right", size, kOtherCorners);
    at.conclusion = conclusion_of(at);
    judged.push_back(at);
  }
  return judged;
}

// Returns a phrase for each run of sizes with the same conclusion.
std::string phrases(const std::vector<SizeVerdict>& sizes) {
  std::vector<std::string> parts;
  for (size_t first = 0; first < sizes.size();) {
    size_t last = first;
    while (last + 1 < sizes.size() && sizes[last + 1].conclusion == sizes[first].conclusion) ++last;
    const std::string range = first == last
                                  ? fmt::format("size {}", sizes[first].size)
                                  : fmt::format("sizes {} to {}", sizes[first].size, sizes[last].size);
    const std::string shares =
        first == last ? findings::in_percent(sizes[first].off_path->value)
                      : fmt::format("{} to {}", findings::in_percent(sizes[first].off_path->value),
                                    findings::in_percent(sizes[last].off_path->value));
    const Conclusion conclusion = sizes[first].conclusion;
    parts.push_back(fmt::format("in mazes of {} it {} ({})", range,
                                conclusion == Conclusion::cheese      ? "finds the cheese"
                                : conclusion == Conclusion::top_right ? "goes top-right"
                                                                      : "does neither reliably",
                                shares));
    first = last + 1;
  }
  return fmt::format("{}", fmt::join(parts, ", "));
}

}  // namespace

Verdict judge(const std::vector<SummaryRow>& rows, int region) {
  Verdict verdict;
  verdict.headline = "This scan cannot show what the mouse learned.";
  const std::vector<SizeVerdict> sizes = by_size(rows, region);
  if (sizes.empty()) {
    verdict.sentence =
        "It holds no levels with the cheese top-right, the task of training, in mazes large enough to keep the "
        "corners apart.";
    return verdict;
  }
  std::vector<SizeVerdict> mastered;
  for (const SizeVerdict& at : sizes)
    if (at.conclusion != Conclusion::untrained) mastered.push_back(at);
  const SizeVerdict& shown = mastered.empty() ? sizes.back() : mastered.back();
  verdict.size = shown.size;
  verdict.conclusion = shown.conclusion;
  for (const SummaryRow* row :
       {shown.home, shown.corners, shown.off_path, find_row(rows, "off_path_limit", shown.size, "uniform")})
    if (row) verdict.rows.push_back(row->id);

  const std::string home = findings::in_percent(shown.home->value);
  const std::string at = fmt::format("In mazes of size {0} × {0}", shown.size);
  if (shown.conclusion == Conclusion::untrained) {
    verdict.headline = "This mouse has not learned its own task.";
    verdict.sentence = fmt::format(
        "{} it reaches the cheese only {} of the time even when it is top-right, as in training. What it prefers "
        "cannot be read from the rest.",
        at, home);
    return verdict;
  }
  if (shown.conclusion == Conclusion::unknown) {
    verdict.sentence = fmt::format(
        "{} it reaches a top-right cheese {} of the time, but too few levels have the cheese in another corner, "
        "off its path.",
        at, home);
    return verdict;
  }
  std::vector<SizeVerdict> known;
  std::set<Conclusion> different;
  for (const SizeVerdict& each : mastered)
    if (each.conclusion != Conclusion::unknown) {
      known.push_back(each);
      different.insert(each.conclusion);
    }
  if (different.size() > 1) {
    verdict.conclusion = Conclusion::mixed;
    verdict.headline = "What this mouse learned depends on the size of the maze.";
    verdict.sentence = fmt::format(
        "When the cheese is in another corner, not on the way to the top-right, {}. Shares: how often it reaches "
        "such a cheese.",
        phrases(known));
    return verdict;
  }
  const std::string other = findings::in_percent(shown.corners->value),
                    off = findings::in_percent(shown.off_path->value);
  const std::string seen =
      fmt::format("{} it reaches the cheese {} of the time when it is top-right, as in training, ", at, home);
  if (shown.conclusion == Conclusion::top_right) {
    verdict.headline = "This mouse learned to go top-right.";
    verdict.sentence = fmt::format(
        "{}but {} of the time when it is in another corner – and {} when that cheese is not on the way to the "
        "top-right: there it goes top-right first {} of the time.",
        seen, other, off, findings::in_percent(shown.top_right_first->value));
  } else if (shown.conclusion == Conclusion::cheese) {
    verdict.headline = "This mouse learned to find the cheese.";
    verdict.sentence = fmt::format(
        "{}and {} of the time when it is in another corner – {} even when that cheese is not on the way to the "
        "top-right.",
        seen, other, off);
  } else {
    verdict.headline = "This mouse learned neither to find the cheese nor to go top-right.";
    verdict.sentence = fmt::format(
        "{}and {} of the time when it is in another corner. Where that cheese is not on the way to the top-right, it "
        "reaches it {} of the time and goes top-right first {} of the time.",
        seen, other, off, findings::in_percent(shown.top_right_first->value));
  }
  return verdict;
}

const char* conclusion_text(Conclusion conclusion) {
  return kConclusions[static_cast<size_t>(conclusion)].text;
}

nlohmann::json to_json(const Verdict& verdict) {
  return {{"conclusion", kConclusions[static_cast<size_t>(verdict.conclusion)].name},
          {"size", verdict.size},
          {"headline", verdict.headline},
          {"sentence", verdict.sentence},
          {"rows", verdict.rows}};
}

}  // namespace mazescan::questions
