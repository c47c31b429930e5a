#include "evaluator/report/scaling.h"

#include <fmt/format.h>

#include <cmath>

#include "core/config.h"
#include "core/log.h"
#include "evaluator/findings/chart.h"
#include "evaluator/report/comparison.h"
#include "evaluator/report/scaling_corner.h"
#include "evaluator/report/scaling_figures.h"
#include "storage/atomic_file.h"
#include "storage/atomic_path.h"

namespace mazescan::report {
namespace {

using nlohmann::json;
using statistics::ScalingFit;

ScalingFit fit_of(const std::vector<ScaledSize>& sizes) {
  std::vector<statistics::SizeCurves> curves;
  for (const ScaledSize& size : sizes) curves.push_back(size.curves);
  return fit_scaling_law(curves, RandomStream(0, "scaling law"));
}

std::string headline_of(const ScalingFit& fit) {
  if (fit.is_bounded())
    return fmt::format("The optimal size of a network grows as compute to the power {:.2f}.",
                       fit.law.size_exponent());
  const char* const open = !is_open(fit.alpha_parameters)     ? "the exponent of interactions"
                           : !is_open(fit.alpha_interactions) ? "the exponent of size"
                                                              : "the two exponents";
  return fmt::format("These learning curves do not bound {}.", open);
}

std::string sentence_of_fit(const ScalingFit& fit, size_t trainings, size_t sizes) {
  const auto number = [](double value, statistics::Interval interval) {
    if (is_open(interval)) return interval_text(interval);
    const bool known = !std::isnan(interval.low);
    return fmt::format("{:.2f}{}", value,
                       known ? fmt::format(" (95 % interval {})", interval_text(interval)) : "");
  };
  return fmt::format(
      "{} trainings of {} sizes: exponent of size {}, of interactions {}. The law misses log I by {:.2f}{}.",
      trainings, sizes, number(fit.law.alpha_parameters, fit.alpha_parameters),
      number(fit.law.alpha_interactions, fit.alpha_interactions), fit.error,
      std::isnan(fit.left_out_error)
          ? ""
          : fmt::format(", and by {:.2f} for a size that the fit did not see", fit.left_out_error));
}

std::string limits_of_fit(const std::vector<ScaledSize>& sizes, CountedParameters counted) {
  return fmt::format(
      "What this fit cannot say: anything about networks outside of {:.0f} to {:.0f} parameters ({}), about other worlds, or "
      "about longer trainings. The exponents depend on how parameters are counted and on how well the learning rate fits "
      "each width; the intervals are over seeds only. An exponent is bounded only if some trainings are limited by the "
      "size of their network and others by their interactions.",
      sizes.front().curves.parameters, sizes.back().curves.parameters,
      counted == CountedParameters::all ? "all of them" : "those of the convolutions");
}

json summary_of(const std::vector<ScaledSize>& sizes, const ScalingFit& fit, CountedParameters counted,
                const std::optional<CornerShares>& corner) {
  json law = json::array(), points = json::array();
  for (const LawNumber& number : law_numbers(fit)) {
    law.push_back(findings::chart_value(number.value, number.interval));
    law.back()["id"] = number.id;
    law.back()["interval"] = interval_text(number.interval);
  }
  for (const statistics::ScalingPoint& point : fit.points)
    points.push_back({{"parameters", sizes[point.size].curves.parameters},
                      {"interactions", point.interactions},
                      {"success", point.success},
                      {"log_by_law", point.log_by_law},
                      {"log_by_success", point.log_by_success}});
  json summary = {{"counted", config_name(counted)}, {"law", law}, {"points", points}};
  if (corner && corner->for_twice_the_size)
    summary["corner_share_for_twice_the_size"] =
        findings::chart_value(corner->for_twice_the_size->value, corner->for_twice_the_size->interval);
  return summary;
}

}  // namespace

ScalingReport scaling_report(const std::vector<ScaledRun>& runs, CountedParameters counted) {
  const std::vector<ScaledSize> sizes = scaled_sizes(runs, counted);
  const ScalingFit fit = fit_of(sizes);
  const std::optional<CornerShares> corner = corner_shares(sizes, fit);
  json figures = {law_table(fit), failure_curves(sizes, fit), fit_points(sizes, fit),
                  optimal_sizes(sizes, fit)};
  if (corner) figures.push_back(corner->figure);
  figures.push_back(size_table(sizes, fit));
  json about = json::object();
  for (const ScaledRun& run : runs) about[run.name] = {{"policy", run.policy}};
  std::string sentence = sentence_of_fit(fit, runs.size(), sizes.size());
  if (corner) sentence += " " + corner->sentence;
  json document = {{"format", "mazescan-scaling"},
                   {"format_version", 1},
                   {"title", fmt::format("Scaling of {} sizes", sizes.size())},
                   {"headline", headline_of(fit)},
                   {"sentence", sentence},
                   {"intro", limits_of_fit(sizes, counted)},
                   {"figures", figures},
                   {"policies", about}};
  return {document, summary_of(sizes, fit, counted, corner)};
}

void write_scaling(const std::vector<ScaledRun>& runs, CountedParameters counted,
                   const std::filesystem::path& folder) {
  const ScalingReport report = scaling_report(runs, counted);
  log_info("{} {}", report.document.at("headline").get<std::string>(),
           report.document.at("sentence").get<std::string>());
  storage::make_directories(folder);
  storage::remove_stale_temporaries(folder);
  storage::write_atomically(folder / "summary.json",
                            report.summary.dump(1, ' ', false, json::error_handler_t::replace) + "\n");
  storage::write_atomically(folder / "index.html", policies_page(report.document));
}

}  // namespace mazescan::report
