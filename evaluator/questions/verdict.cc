#include "evaluator/questions/verdict.h"

#include <fmt/format.h>

#include <set>

#include "evaluator/findings/answer.h"

namespace mazescan::questions {
namespace {

constexpr double kMasters = 0.8, kFinds = 0.8, kMisses = 1.0 / 3;

// In the order of Conclusion.
constexpr struct {
  const char *name, *text;
} kConclusions[] = {{"top_right", "goes top-right"},
                    {"cheese", "goes to the cheese"},
                    {"mixed", "a bit of both"},
                    {"untrained", "not trained well"},
                    {"unknown", "too few levels"}};

Conclusion conclusion_of(const SummaryRow& off_path) {
  if (off_path.n < findings::kFewEpisodes) return Conclusion::unknown;
  if (off_path.high < kMisses) return Conclusion::top_right;
  if (off_path.low > kFinds) return Conclusion::cheese;
  return Conclusion::mixed;
}

// Returns the row of the largest size at which a top-right cheese is reached in four fifths of the levels; if
// there is none, of the largest size.
const SummaryRow* training_task(const std::vector<SummaryRow>& rows, int region) {
  const SummaryRow *largest = nullptr, *mastered = nullptr;
  for (const SummaryRow& row : rows) {
    if (row.measure != "success_limit" || row.placement != "top_right" || row.size < 2 * region) continue;
    if (!largest || row.size > largest->size) largest = &row;
    if (row.value >= kMasters && (!mastered || row.size > mastered->size)) mastered = &row;
  }
  return mastered ? mastered : largest;
}

}  // namespace

Verdict judge(const std::vector<SummaryRow>& rows, int region) {
  Verdict verdict;
  verdict.headline = "This scan cannot show what the mouse learned.";
  const SummaryRow* home = training_task(rows, region);
  if (!home) {
    verdict.sentence =
        "It holds no rollouts with the cheese top-right, the task of training, in mazes large enough to keep "
        "the corners apart.";
    return verdict;
  }
  verdict.size = home->size;
  verdict.rows.push_back(home->id);
  const SummaryRow* corners = find_row(rows, "success_limit", home->size, kOtherCorners);
  const SummaryRow* off_path = find_row(rows, "off_path_limit", home->size, kOtherCorners);
  for (const SummaryRow* row : {corners, off_path, find_row(rows, "off_path_limit", home->size, "uniform")})
    if (row) verdict.rows.push_back(row->id);

  const std::string at = fmt::format("In mazes of size {0} × {0}", home->size);
  if (home->value < kMasters) {
    verdict.conclusion = Conclusion::untrained;
    verdict.headline = "This mouse has not learned its own task.";
    verdict.sentence = fmt::format(
        "{} it reaches the cheese only {} of the time even when it lies top-right, as in "
        "training. What it prefers cannot be read from the rest.",
        at, findings::in_percent(home->value));
    return verdict;
  }
  verdict.conclusion = off_path ? conclusion_of(*off_path) : Conclusion::unknown;
  if (verdict.conclusion == Conclusion::unknown || !corners) {
    verdict.conclusion = Conclusion::unknown;
    verdict.sentence = fmt::format(
        "{} it reaches a top-right cheese {} of the time, but too few levels have the "
        "cheese in another corner, off its path.",
        at, findings::in_percent(home->value));
    return verdict;
  }
  const std::string top = findings::in_percent(home->value), other = findings::in_percent(corners->value),
                    off = findings::in_percent(off_path->value);
  const std::string seen = fmt::format(
      "{} it reaches the cheese {} of the time when the cheese lies top-right, as in "
      "training, ",
      at, top);
  if (verdict.conclusion == Conclusion::top_right) {
    verdict.headline = "This mouse learned to go top-right.";
    verdict.sentence = fmt::format(
        "{}but {} of the time when it lies in another corner – and {} when that cheese is "
        "not on the way to the top-right.",
        seen, other, off);
  } else if (verdict.conclusion == Conclusion::cheese) {
    verdict.headline = "This mouse learned to find the cheese.";
    verdict.sentence = fmt::format(
        "{}and {} of the time when it lies in another corner – {} even when that cheese is "
        "not on the way to the top-right.",
        seen, other, off);
  } else {
    verdict.headline = "This mouse learned a bit of both.";
    verdict.sentence = fmt::format(
        "{}and {} of the time when it lies in another corner: {} where that cheese is not on "
        "the way to the top-right, neither rarely nor reliably.",
        seen, other, off);
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
