#include <fmt/format.h>

#include <algorithm>

#include "evaluator/findings/scope.h"
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
void set_phase_value(findings::Judgement& judgement, const PhaseCurve& curve) {
  if (curve.ends() == PhaseCurve::Ends::kFall) {
    findings::set_value(
        judgement,
        fmt::format("10-90 % width of the fall as a share of the range of sizes, {} to {}, cheese {}",
                    curve.sizes.front().size, curve.sizes.back().size, curve.words),
        curve.decline.width, curve.width, curve.levels);
    return;
  }
  const bool above = curve.sizes.front().interval.low >= findings::kHalf;
  const PhaseCurve::Size& shown = above ? curve.sizes.back() : curve.sizes.front();
  findings::set_value(judgement,
                      fmt::format("first move from the decision square toward the cheese, size {}, cheese {}",
                                  shown.size, curve.words),
                      shown.share, shown.interval, static_cast<int64_t>(shown.levels));
}

// Returns the p-value of the finding about all curves. All must hold; one that fails is enough.
double p_value_of(Finding finding, const std::vector<PhaseCurve>& judged) {
  double largest = 0, smallest = 1;
  for (const PhaseCurve& curve : judged) {
    if (curve.finding == Finding::holds) largest = std::max(largest, curve.p_finding);
    if (curve.finding == Finding::fails) smallest = std::min(smallest, curve.p_finding);
  }
  if (finding == Finding::holds) return largest;
  return finding == Finding::fails ? std::min(1.0, static_cast<double>(judged.size()) * smallest)
                                   : statistics::kNaN;
}

// Judges the curves over all scanned sizes.
findings::Judgement judge_phase(const std::vector<PhaseCurve>& curves) {
  findings::Judgement judgement;
  std::vector<PhaseCurve> judged;
  for (const PhaseCurve& curve : curves) {
    if (curve.judged()) judged.push_back(curve);
    judgement.because += (judgement.because.empty() ? "" : "; ") + in_words(curve);
  }
  if (judged.empty()) return judgement;
  judgement.finding = finding_of(judged);
  judgement.p = p_value_of(judgement.finding, judged);
  // Show the curve that is least in favour of the finding "holds", or the first one with the same finding.
  const auto shown =
      judgement.finding == Finding::holds
          ? std::max_element(
                judged.begin(), judged.end(),
                [](const PhaseCurve& a, const PhaseCurve& b) { return a.width.high < b.width.high; })
          : std::find_if(judged.begin(), judged.end(),
                         [&](const PhaseCurve& curve) { return curve.finding == judgement.finding; });
  set_phase_value(judgement, shown == judged.end() ? judged.front() : *shown);
  return judgement;
}

}  // namespace

findings::Answer answer_phase(const std::vector<datasets::ScanShard>& scan,
                              const std::vector<SummaryRow>& rows, const std::vector<int>& trained) {
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
  findings::Judgement own = judge_phase(curves);
  const findings::Scope small = findings::very_small(trained).literal,
                        large = findings::very_large(trained).literal;
  if (!small.sizes.empty() && !large.sizes.empty()) {
    static_cast<findings::Judgement&>(answer) = std::move(own);
    return answer;
  }
  findings::Judgement literal;
  literal.scope = small.name + ", to " + large.name;
  literal.because = "the policy was not trained on such mazes";
  own.scope = fmt::format("this policy's mazes, {} to {}", trained.front(), trained.back());
  findings::set_judgements(answer, std::move(literal), std::move(own));
  return answer;
}

}  // namespace mazescan::questions
