#include "evaluator/questions/phase_figures.h"

#include <fmt/format.h>

#include <cmath>

#include "evaluator/findings/chart.h"

namespace mazescan::questions {
namespace {

using nlohmann::json;
using statistics::ShareModel;

// Returns whether a model's curve is drawn: the transitions and the nearest rival.
bool is_drawn(const PhaseCurve& curve, size_t model) {
  return model == curve.rival || statistics::share_models()[model].kind == ShareModel::Kind::kTransition;
}

json decision_chart(const PhaseCurve& curve) {
  json measured = json::array(), sizes = json::array(), marks = json::array();
  for (const PhaseCurve::Size& at : curve.sizes) {
    measured.push_back(
        findings::chart_point(at.size, at.share, at.interval, static_cast<int64_t>(std::llround(at.levels))));
    sizes.push_back(at.size);
  }
  json series = {{{"name", "measured"}, {"style", "points"}, {"points", measured}}};
  for (size_t m = 0; m < curve.fits.size(); ++m) {
    if (!is_drawn(curve, m)) continue;
    json points = json::array();
    for (double size = curve.sizes.front().size; size <= curve.sizes.back().size; size += 0.25)
      points.push_back(findings::chart_point(size, curve.fits[m].at(size)));
    series.push_back({{"name", statistics::share_models()[m].name}, {"style", "thin"}, {"points", points}});
  }
  if (curve.finding == findings::Finding::holds)
    marks = {{{"x", curve.decline.begin}, {"label", "10 % of the fall"}},
             {{"x", curve.decline.end}, {"label", "90 %"}}};
  return {
      {"type", "curve"},
      {"title", fmt::format("First move from the decision square, cheese {}", curve.words)},
      {"note",
       "Exact chances from the policy's Markov chain, for mice that reach the square; 95 % intervals over "
       "levels. Thin lines: the transitions, and the gradual curve that is nearest to the points."},
      {"x", {{"label", "maze size"}, {"ticks", sizes}}},
      {"y", {{"label", "toward the cheese"}, {"percent", true}, {"from", 0}, {"to", 1}}},
      {"series", series},
      {"marks", marks},
      {"levels", {{{"y", findings::kHalf}, {"label", "one half"}}}}};
}

json sharpness_table(const std::vector<PhaseCurve>& curves) {
  json rows = json::array();
  for (const PhaseCurve& curve : curves) {
    const bool has_ends = !curve.sizes.empty();
    const auto share = [&](const PhaseCurve::Size& at) {
      return findings::chart_share(at.share, at.interval);
    };
    const bool falls = curve.judged() && curve.ends() == PhaseCurve::Ends::kFall;
    const std::string step =
        falls ? fmt::format("{} of the fall, {} to {}", findings::in_percent(curve.decline.largest_step),
                            curve.sizes[curve.decline.step].size, curve.sizes[curve.decline.step + 1].size)
              : "";
    rows.push_back({curve.words,
                    has_ends ? fmt::format("{} to {} ({})", curve.sizes.front().size, curve.sizes.back().size,
                                           curve.sizes.size())
                             : "",
                    curve.left_out, has_ends ? share(curve.sizes.front()) : json(),
                    has_ends ? share(curve.sizes.back()) : json(),
                    falls ? findings::chart_share(curve.decline.width, curve.width) : json(),
                    falls ? json(step) : json(), falls ? json(fmt::format("{:.3f}", curve.p_value)) : json(),
                    findings::finding_name(curve.finding)});
  }
  return findings::chart_table(
      "How sharply the curve falls",
      {"cheese", "sizes", "levels left out", "at the smallest", "at the largest",
       "10-90 % width, share of the range", "largest step", "p", "finding"},
      rows,
      fmt::format(
          "Left out: levels without a decision square, or where the mouse never reaches it. Widths and steps "
          "belong to curves that fall through one half. A curve needs {} sizes.",
          kMinPhaseSizes));
}

json phase_model_table(const std::vector<PhaseCurve>& curves) {
  constexpr const char* kKinds[] = {"gradual", "reference", "transition"};
  json rows = json::array();
  for (const PhaseCurve& curve : curves)
    for (size_t m = 0; m < curve.fits.size(); ++m) {
      const ShareModel& model = statistics::share_models()[m];
      rows.push_back({curve.words, model.name, kKinds[static_cast<size_t>(model.kind)],
                      curve.fits[m].parameters,
                      findings::chart_percent(statistics::distance(curve.fits[m], curve.points()))});
    }
  return findings::chart_table(
      "Models of the curve", {"cheese", "model", "kind", "fitted", "distance from the points"}, rows,
      "x: maze size. Distance: root mean square. No nonincreasing curve is nearer than 'any decline'.");
}

}  // namespace

std::vector<json> phase_figures(const std::vector<PhaseCurve>& curves) {
  std::vector<json> figures;
  bool fitted = false;
  for (const PhaseCurve& curve : curves) {
    if (!curve.sizes.empty()) figures.push_back(decision_chart(curve));
    fitted = fitted || !curve.fits.empty();
  }
  if (!curves.empty()) figures.push_back(sharpness_table(curves));
  if (fitted) figures.push_back(phase_model_table(curves));
  return figures;
}

}  // namespace mazescan::questions
