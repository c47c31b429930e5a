#include "evaluator/questions/phase_curve.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>

#include "datasets/scan_episode.h"

namespace mazescan::questions {
namespace {

using findings::Finding;

// The levels of one size: the chance to reach the decision square, and then to leave it toward the cheese.
struct LevelChances {
  std::vector<int> level;  // index into all seeds
  std::vector<double> reached, toward;

  // Returns the mean of `toward`, weighted by `reached`, in a resample. NaN without levels.
  double share(const std::vector<int>& weights) const {
    double sum = 0, all = 0;
    for (size_t i = 0; i < level.size(); ++i) {
      const double weight = weights[static_cast<size_t>(level[i])] * reached[i];
      sum += weight * toward[i];
      all += weight;
    }
    return all > 0 ? sum / all : statistics::kNaN;
  }
  PhaseCurve::Size measured(int size) const {
    double sum = 0, squares = 0, part = 0;
    std::vector<double> parts;
    for (size_t i = 0; i < level.size(); ++i) {
      parts.push_back(reached[i] * toward[i]);
      part += parts.back();
      sum += reached[i];
      squares += reached[i] * reached[i];
    }
    PhaseCurve::Size at;
    at.size = size;
    if (sum == 0) return at;
    at.share = part / sum;
    at.levels = sum * sum / squares;
    at.trials = statistics::effective_trials(at.share, statistics::ratio_variance(parts, reached), at.levels);
    at.interval = statistics::wilson_interval(at.share * at.trials, at.trials);
    return at;
  }
};

// The placements of the cheese. Of each line, the first that was scanned has a curve.
struct CurvePlacement {
  const char *placement, *words;
};
constexpr CurvePlacement kCurvePlacements[][2] = {
    {{"off_region", "outside the region"}, {}},
    {{"top_left_corner", "top-left corner"}, {"top_left", "top-left region"}},
    {{"bottom_right_corner", "bottom-right corner"}, {"bottom_right", "bottom-right region"}}};

// A curve with the levels that it is computed from, size by size.
struct MeasuredCurve {
  PhaseCurve curve;
  std::vector<LevelChances> levels;
};

MeasuredCurve measure_curve(const std::vector<datasets::ScanShard>& scan, const CurvePlacement& placement,
                            std::map<int32_t, int>& seeds) {
  MeasuredCurve measured;
  if (placement.placement == nullptr) return measured;
  measured.curve.placement = placement.placement;
  measured.curve.words = placement.words;
  std::map<int, LevelChances> sizes;
  std::map<int32_t, bool> own;
  for (const datasets::ScanShard& shard : scan) {
    if (shard.placement != measured.curve.placement) continue;
    LevelChances& at = sizes[shard.size];
    for (size_t e = 0; e < shard.level_seed.size(); ++e) {
      if (datasets::decision_of(shard, e) == envs::kNoCell || shard.exact.decision_reached[e] <= 0) {
        ++measured.curve.left_out;
        continue;
      }
      own[shard.level_seed[e]] = true;
      at.level.push_back(seeds.emplace(shard.level_seed[e], static_cast<int>(seeds.size())).first->second);
      at.reached.push_back(shard.exact.decision_reached[e]);
      at.toward.push_back(shard.exact.decision_to_goal[e]);
    }
  }
  measured.curve.levels = static_cast<int64_t>(own.size());
  for (auto& [size, at] : sizes) {
    const PhaseCurve::Size point = at.measured(size);
    if (point.levels < static_cast<double>(findings::kFewEpisodes)) continue;
    measured.curve.sizes.push_back(point);
    measured.levels.push_back(std::move(at));
  }
  return measured;
}

// Returns the decline of the nonincreasing curve that is nearest to these shares.
statistics::Decline decline_of(const PhaseCurve& curve, const std::vector<double>& shares) {
  std::vector<double> places, counts;
  for (const PhaseCurve::Size& at : curve.sizes) {
    places.push_back(at.size);
    counts.push_back(at.levels);
  }
  return statistics::measure_decline(places, statistics::nonincreasing_fit(shares, counts));
}

// Returns the interval of the width: the hull of the percentile interval and of its reflection at the
// measured width. Percentiles alone miss narrow falls, because sampling errors widen the fall of the nearest
// nonincreasing curve, and those of resamples widen it again. Reflections alone miss wide falls, whose
// resamples are skewed. A fall between two adjacent sizes may be a jump: its interval begins at 0.
statistics::Interval width_interval(const PhaseCurve& curve, const std::vector<double>& resamples) {
  const statistics::Decline& decline = curve.decline;
  if (std::isnan(decline.width)) return {statistics::kNaN, statistics::kNaN};
  const statistics::Interval percentiles = statistics::percentile_interval(resamples);
  const statistics::Interval both = statistics::hull(
      percentiles, {2 * decline.width - percentiles.high, 2 * decline.width - percentiles.low});
  const bool may_jump =
      decline.begin >= curve.sizes[decline.step].size && decline.end <= curve.sizes[decline.step + 1].size;
  return {may_jump ? 0 : std::clamp(both.low, 0.0, 1.0), std::clamp(both.high, 0.0, 1.0)};
}

// Sets the p-values of the width: width_interval() at the level p just excludes kSharpWidth.
void set_width_p_values(PhaseCurve& curve, const std::vector<double>& resamples) {
  if (std::isnan(curve.decline.width)) return;
  const double reflected = 2 * curve.decline.width - kSharpWidth;
  const auto two_sided = [&](auto contradicts_first, auto contradicts_second) {
    const auto share = [&](auto contradicts) {
      return static_cast<double>(std::count_if(resamples.begin(), resamples.end(), contradicts) + 1) /
             static_cast<double>(resamples.size() + 1);
    };
    return std::min(1.0, 2 * std::max(share(contradicts_first), share(contradicts_second)));
  };
  curve.p_narrow = two_sided([](double width) { return width >= kSharpWidth; },
                             [&](double width) { return width <= reflected; });
  if (curve.width.low > 0)  // otherwise it may be a jump
    curve.p_wide = two_sided([](double width) { return width <= kSharpWidth; },
                             [&](double width) { return width >= reflected; });
}

// Returns the two-sided p-value of the score test that a share differs from one half.
double p_of_end(const PhaseCurve::Size& at) {
  const double z =
      std::abs(at.share - findings::kHalf) / std::sqrt(findings::kHalf * findings::kHalf / at.trials);
  return 2 * statistics::normal_cdf(-z);
}

// Returns the p-value of a finding. "Holds" and a gradual fall need all of their conditions, so the largest
// p-value counts; one end on the wrong side of one half is enough for "fails".
double p_value_of(const PhaseCurve& curve) {
  const PhaseCurve::Size &first = curve.sizes.front(), &last = curve.sizes.back();
  const double falls = std::max(p_of_end(first), p_of_end(last));
  if (curve.finding == Finding::holds) return std::max({falls, curve.p_narrow, curve.p_value});
  if (curve.finding != Finding::fails) return statistics::kNaN;
  if (curve.ends() == PhaseCurve::Ends::kFall) return std::max(falls, curve.p_wide);
  double smallest = 1;
  if (first.share < findings::kHalf) smallest = p_of_end(first);
  if (last.share > findings::kHalf) smallest = std::min(smallest, p_of_end(last));
  return std::min(1.0, 2 * smallest);  // of two ends
}

void fit_models(PhaseCurve& curve) {
  const std::vector<statistics::SharePoint> points = curve.points();
  const auto& models = statistics::share_models();
  double nearest = std::numeric_limits<double>::infinity();
  for (size_t m = 0; m < models.size(); ++m) {
    curve.fits.push_back(models[m].fit(points));
    const double away = statistics::distance(curve.fits.back(), points);
    if (models[m].kind != statistics::ShareModel::Kind::kGradual || away >= nearest) continue;
    nearest = away;
    curve.rival = m;
  }
  curve.p_value = statistics::largest_step_p_value(points, curve.fits[curve.rival],
                                                   RandomStream(0, "questions/phase/" + curve.placement));
}

bool is_inside(const PhaseCurve& curve) {
  return curve.decline.step >= 1 && curve.decline.step + 3 <= curve.sizes.size();
}

Finding judge_curve(const PhaseCurve& curve) {
  using Ends = PhaseCurve::Ends;
  const Ends ends = curve.ends();
  if (ends == Ends::kUnclear) {
    const bool fails = curve.sizes.front().interval.high < findings::kHalf ||
                       curve.sizes.back().interval.low >= findings::kHalf;
    return fails ? Finding::fails : Finding::undecided;
  }
  if (ends != Ends::kFall) return Finding::fails;
  const Finding width = findings::below(kSharpWidth, curve.width.low, curve.width.high);
  const bool step = curve.p_value < kPhaseLevel && is_inside(curve);
  return width == Finding::holds && !step ? Finding::undecided : width;
}

void judge_curves(std::vector<MeasuredCurve>& measured, size_t seeds) {
  std::vector<PhaseCurve*> family;
  std::vector<const MeasuredCurve*> sources;
  for (MeasuredCurve& each : measured) {
    if (!each.curve.judged()) continue;
    family.push_back(&each.curve);
    sources.push_back(&each);
  }
  if (family.empty()) return;
  const auto resamples = statistics::bootstrap_samples(
      static_cast<int64_t>(seeds), static_cast<int>(family.size()),
      [&](const std::vector<int>& weights, std::vector<double>& widths) {
        for (size_t c = 0; c < sources.size(); ++c) {
          std::vector<double> shares;
          for (const LevelChances& at : sources[c]->levels) shares.push_back(at.share(weights));
          const bool defined =
              std::none_of(shares.begin(), shares.end(), [](double s) { return std::isnan(s); });
          widths[c] = defined ? decline_of(*family[c], shares).width : statistics::kNaN;
        }
      },
      RandomStream(0, "questions/phase"));
  std::vector<double> p_values;
  for (size_t c = 0; c < family.size(); ++c) {
    PhaseCurve& curve = *family[c];
    std::vector<double> shares;
    for (const PhaseCurve::Size& at : curve.sizes) shares.push_back(at.share);
    curve.decline = decline_of(curve, shares);
    curve.width = width_interval(curve, resamples[c]);
    set_width_p_values(curve, resamples[c]);
    fit_models(curve);
    p_values.push_back(curve.p_value);
  }
  p_values = statistics::holm(p_values);
  for (size_t c = 0; c < family.size(); ++c) {
    family[c]->p_value = p_values[c];
    family[c]->finding = judge_curve(*family[c]);
    family[c]->p_finding = p_value_of(*family[c]);
  }
}

std::string share_at(const PhaseCurve::Size& at) {
  return fmt::format("{} at size {}", findings::in_percent(at.share, at.interval), at.size);
}

}  // namespace

PhaseCurve::Ends PhaseCurve::ends() const {
  const statistics::Interval &first = sizes.front().interval, &last = sizes.back().interval;
  const Finding small = findings::above(findings::kHalf, first.low, first.high),
                large = findings::above(findings::kHalf, last.low, last.high);
  if (small == Finding::undecided || large == Finding::undecided) return Ends::kUnclear;
  if (small == large) return small == Finding::holds ? Ends::kAboveHalf : Ends::kBelowHalf;
  return small == Finding::holds ? Ends::kFall : Ends::kRise;
}

std::vector<statistics::SharePoint> PhaseCurve::points() const {
  std::vector<statistics::SharePoint> points;
  for (const Size& at : sizes) points.push_back({static_cast<double>(at.size), at.share, at.levels});
  return points;
}

std::vector<PhaseCurve> phase_curves(const std::vector<datasets::ScanShard>& scan) {
  std::map<int32_t, int> seeds;
  std::vector<MeasuredCurve> measured;
  for (const auto& preferred : kCurvePlacements)
    for (const CurvePlacement& placement : preferred) {
      MeasuredCurve curve = measure_curve(scan, placement, seeds);
      if (curve.curve.levels == 0) continue;
      measured.push_back(std::move(curve));
      break;
    }
  judge_curves(measured, seeds.size());
  std::vector<PhaseCurve> curves;
  for (MeasuredCurve& each : measured) curves.push_back(std::move(each.curve));
  return curves;
}

std::string in_words(const PhaseCurve& curve) {
  if (!curve.judged())
    return fmt::format("cheese {}: {} sizes with a decision square in {} levels, of {} needed", curve.words,
                       curve.sizes.size(), findings::kFewEpisodes, kMinPhaseSizes);
  const PhaseCurve::Size &first = curve.sizes.front(), &last = curve.sizes.back();
  const std::string from_to = fmt::format("from {} to {}", share_at(first), share_at(last));
  const std::string both = fmt::format("{}, {}", share_at(first), share_at(last));
  switch (curve.ends()) {
    case PhaseCurve::Ends::kRise:
      return fmt::format("cheese {}: rises {}", curve.words, from_to);
    case PhaseCurve::Ends::kAboveHalf:
      return fmt::format("cheese {}: above one half at both ends ({})", curve.words, both);
    case PhaseCurve::Ends::kBelowHalf:
      return fmt::format("cheese {}: below one half at both ends ({})", curve.words, both);
    case PhaseCurve::Ends::kUnclear:
      return fmt::format("cheese {}: no clear fall through one half ({})", curve.words, both);
    case PhaseCurve::Ends::kFall:
      break;
  }
  const std::string fall = fmt::format("cheese {}: falls {}", curve.words, from_to);
  const std::string width = findings::in_percent(curve.decline.width, curve.width);
  if (curve.finding == Finding::fails)
    return fmt::format("{}, gradually: the 10-90 % width of the fall is {} of the range of sizes", fall,
                       width);
  const std::string rival = statistics::share_models()[curve.rival].name;
  if (curve.finding == Finding::holds)
    return fmt::format(
        "{}, sharply: the 10-90 % width of the fall is {} of the range of sizes, and {} of it is between "
        "sizes {} and {} (p = {:.3f} against the best gradual curve, '{}')",
        fall, width, findings::in_percent(curve.decline.largest_step), curve.sizes[curve.decline.step].size,
        curve.sizes[curve.decline.step + 1].size, curve.p_value, rival);
  if (!(curve.width.high < kSharpWidth))
    return fmt::format("{}; the interval of the width, {} of the range of sizes, contains a quarter", fall,
                       width);
  if (!is_inside(curve))
    return fmt::format(
        "{}; its largest step is next to the {} size, where a break looks like a fast gradual change", fall,
        curve.decline.step == 0 ? "smallest" : "largest");
  return fmt::format("{}; its largest step does not exceed that of the best gradual curve, '{}' (p = {:.3f})",
                     fall, rival, curve.p_value);
}

}  // namespace mazescan::questions
