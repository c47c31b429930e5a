#include <fmt/format.h>

#include <algorithm>

#include "evaluator/questions/phase_curve.h"
#include "evaluator/questions/phase_figures.h"
#include "evaluator/questions/questions.h"

namespace mazescan::questions {
namespace {

using findings::Finding;

// Holds if every judged curve holds, fails if one fails and none holds.
Finding finding_of(const std::vector<PhaseCurve>& judged) {
  const auto count = [&](Finding finding) {
    return std::count_if(judged.begin(), judged.end(),
                         [&](const PhaseCurve& curve) { return curve.finding == finding; });
  };
  if (count(Finding::holds) == static_cast<std::ptrdiff_t>(judged.size())) return Finding::holds;
  return count(Finding::fails) > 0 && count(Finding::holds) == 0 ? Finding::fails : Finding::undecided;
}

// Sets the answer's value: the width of the curve if it falls through one half, otherwise the share at the
// end that does not lie on its side of one half.
void set_phase_value(findings::Answer& answer, const PhaseCurve& curve) {
  if (curve.ends() == PhaseCurve::Ends::kFall) {
    findings::set_value(
        answer,
        fmt::format("10-90 % width of the fall as a share of the range of sizes, {} to {}, cheese {}",
                    curve.sizes.front().size, curve.sizes.back().size, curve.words),
        curve.decline.width, curve.width, curve.levels);
    return;
  }
  const bool above = curve.sizes.front().interval.low >= findings::kHalf;
  const PhaseCurve::Size& shown = above ? curve.sizes.back() : curve.sizes.front();
  findings::set_value(answer,
                      fmt::format("first move from the decision square toward the cheese, size {}, cheese {}",
                                  shown.size, curve.words),
                      shown.share, shown.interval, static_cast<int64_t>(shown.levels));
}

}  // namespace

findings::Answer answer_phase(const std::vector<datasets::ScanShard>& scan,
                              const std::vector<SummaryRow>& rows) {
  findings::Answer answer = findings::unanswered("Q3");
  const std::vector<PhaseCurve> curves = phase_curves(scan);
  for (std::vector<nlohmann::json> figures : {phase_figures(curves), off_region_figures(scan, rows)})
    for (nlohmann::json& figure : figures) answer.figures.push_back(std::move(figure));
  if (curves.empty()) {
    answer.because =
        "no level with a decision square was scanned with the cheese outside the region or in another corner "
        "(placements off_region, top_left_corner, bottom_right_corner)";
    return answer;
  }
  std::vector<PhaseCurve> judged;
  for (const PhaseCurve& curve : curves) {
    if (curve.judged()) judged.push_back(curve);
    answer.because += (answer.because.empty() ? "" : "; ") + in_words(curve);
  }
  if (judged.empty()) return answer;
  answer.finding = finding_of(judged);
  // Show the curve that is least in favour of the finding "holds", or the first one with the same finding.
  const auto shown =
      answer.finding == Finding::holds
          ? std::max_element(
                judged.begin(), judged.end(),
                [](const PhaseCurve& a, const PhaseCurve& b) { return a.width.high < b.width.high; })
          : std::find_if(judged.begin(), judged.end(),
                         [&](const PhaseCurve& curve) { return curve.finding == answer.finding; });
  set_phase_value(answer, shown == judged.end() ? judged.front() : *shown);
  return answer;
}

}  // namespace mazescan::questions
