#include "evaluator/questions/worst_case.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "core/error.h"
#include "core/progress.h"
#include "evaluator/findings/answer.h"
#include "evaluator/findings/chart.h"
#include "evaluator/questions/certified_size.h"
#include "statistics/binomial_bound.h"

namespace mazescan::questions {

namespace {

using nlohmann::json;

constexpr char kUniform[] = "uniform";

json share(const CertifiedSize::Estimate& estimate, const CertifiedSize& size) {
  return size.exhaustive()
             ? findings::chart_percent(estimate.value, size.layouts)
             : findings::chart_share(estimate.value, {estimate.low, estimate.high}, size.layouts);
}

// Returns the whole steps within T. The tolerance keeps a T of 4 from rounding down to 3.
int whole_steps(double clock) {
  return static_cast<int>(clock + 1e-9);
}

std::string steps_text(double steps) {
  return std::isinf(steps)   ? "∞"
         : std::isnan(steps) ? "–"
         : steps < 1000      ? fmt::format("{:.1f}", steps)
                             : fmt::format("{:.2g}", steps);
}

// Counts the levels of the scan's uniform placement, and those that fail.
struct Failures {
  int64_t levels = 0, greedy = 0, sampled = 0;
};

std::map<int, Failures> uniform_failures(const std::vector<datasets::ScanShard>& scan) {
  std::map<int, Failures> failures;
  for (const datasets::ScanShard& shard : scan) {
    if (shard.placement != kUniform) continue;
    Failures& of_size = failures[shard.size];
    of_size.levels += shard.episodes();
    of_size.greedy += std::count(shard.greedy.success.begin(), shard.greedy.success.end(), 0);
    of_size.sampled += std::count(shard.sampled.success.begin(), shard.sampled.success.end(), 0);
  }
  return failures;
}

json scanned_share(int64_t events, int64_t trials) {
  if (trials == 0) return "–";
  const auto n = static_cast<double>(trials), count = static_cast<double>(events);
  return findings::chart_share(count / n, statistics::wilson_interval(count, n), trials);
}

json greedy_table(const std::vector<CertifiedSize>& sizes, const std::map<int, Failures>& scanned) {
  json rows = json::array();
  for (const CertifiedSize& size : sizes) {
    const auto found = scanned.find(size.size);
    const Failures scan = found == scanned.end() ? Failures{} : found->second;
    rows.push_back({size.size, fmt::format("{} of {}", size.layouts, size.all_layouts),
                    size.pairs(certify::Pairs::everywhere),
                    share(size.never(certify::Pairs::everywhere, certify::Weighting::layouts), size),
                    share(size.never(certify::Pairs::everywhere, certify::Weighting::generator), size),
                    share(size.never(certify::Pairs::start, certify::Weighting::layouts), size),
                    share(size.never(certify::Pairs::start, certify::Weighting::generator), size),
                    scanned_share(scan.greedy, scan.levels),
                    share(size.never(certify::Pairs::top_right, certify::Weighting::generator), size),
                    share(size.never(certify::Pairs::off_path, certify::Weighting::generator), size),
                    size.longest_delay() < 0 ? json("–") : json(size.longest_delay())});
  }
  return {
      {"type", "table"},
      {"title", "Greedy: how often the mouse never arrives"},
      {"note",
       "From every start with the cheese on every other free cell; own start: where episodes start, bottom "
       "left. Without an interval: exact, nothing is estimated. Layouts alike, or each as often as the "
       "generator makes it, as in the scan."},
      {"columns",
       {"size", "layouts", "pairs of start and cheese", "all pairs, layouts alike", "all pairs, as generated",
        "own start, layouts alike", "own start, as generated", "scan, uniform", "own start, cheese top-right",
        "own start, cheese off the path to the corner", "longest detour of those that arrive, steps"}},
      {"rows", rows}};
}

json sampled_table(const std::vector<CertifiedSize>& sizes, const std::map<int, Failures>& scanned) {
  json rows = json::array();
  for (const CertifiedSize& size : sizes) {
    const double clock = size.clock();
    const auto within_clock = [&](auto value_at) {
      return std::isnan(clock) ? json("–") : findings::chart_percent(value_at(whole_steps(clock)));
    };
    const auto found = scanned.find(size.size);
    const Failures scan = found == scanned.end() ? Failures{} : found->second;
    rows.push_back({size.size, steps_text(clock), within_clock([&](int t) {
                      return size.arrived(certify::Pairs::start, certify::Weighting::layouts, t);
                    }),
                    within_clock([&](int t) {
                      return size.arrived(certify::Pairs::start, certify::Weighting::generator, t);
                    }),
                    within_clock([&](int t) { return size.lowest(t); }), size.limit,
                    share(size.within_limit(certify::Pairs::everywhere, certify::Weighting::layouts), size),
                    share(size.within_limit(certify::Pairs::everywhere, certify::Weighting::generator), size),
                    share(size.within_limit(certify::Pairs::start, certify::Weighting::layouts), size),
                    share(size.within_limit(certify::Pairs::start, certify::Weighting::generator), size),
                    scanned_share(scan.levels - scan.sampled, scan.levels),
                    share(size.within_limit(certify::Pairs::off_path, certify::Weighting::generator), size),
                    findings::chart_percent(size.lowest(size.limit)),
                    steps_text(size.steps_until_limit(certify::Pairs::start, certify::Weighting::generator)),
                    steps_text(size.expected_steps(0.5)), steps_text(size.expected_steps(1))});
  }
  return {{"type", "table"},
          {"title", "Sampled: the chance to arrive"},
          {"note",
           "The Markov chain of every layout and cheese, propagated; T: mean steps of the top_right episodes "
           "that arrive, from the same chains. Lowest: over all layouts, cheeses and starts. Expected steps: "
           "of walks without a limit, the mean over the pairs of a layout."},
          {"columns",
           {"size", "T", "within T, own start, layouts alike", "within T, own start, as generated",
            "within T, lowest", "limit", "within limit, all pairs, layouts alike",
            "within limit, all pairs, as generated", "within limit, own start, layouts alike",
            "within limit, own start, as generated", "scan, uniform", "within limit, cheese off the path",
            "within limit, lowest", "steps, at most the limit", "expected steps, median layout",
            "expected steps, worst layout"}},
          {"rows", rows}};
}

json bounds_table(const std::map<int, Failures>& scanned, int above) {
  json rows = json::array();
  for (const auto& [size, of_size] : scanned) {
    if (size <= above || of_size.levels == 0) continue;
    const auto row = [levels = of_size.levels](int64_t events) {
      return findings::chart_percent(statistics::binomial_upper_bound(events, levels));
    };
    rows.push_back(
        {size, of_size.levels, of_size.greedy, row(of_size.greedy), of_size.sampled, row(of_size.sampled)});
  }
  if (rows.empty()) return nullptr;
  return {{"type", "table"},
          {"title", "Larger mazes: at most so many levels fail"},
          {"note",
           "Levels as generated, cheese on any free cell, from the scan; the bound of each holds with 95 % "
           "confidence (Clopper and Pearson, one-sided)."},
          {"columns",
           {"size", "levels", "greedy: failed", "greedy: at most", "sampled: failed", "sampled: at most"}},
          {"rows", rows}};
}

json arrival_curve(const CertifiedSize& size) {
  const auto series = [&](const char* name, auto value_at) {
    json points = json::array();
    for (int t = 0; t <= size.limit; ++t) points.push_back(findings::chart_point(t, value_at(t)));
    return json{{"name", name}, {"style", "line"}, {"points", points}};
  };
  const auto of = [&](certify::Pairs pairs) {
    return [&size, pairs](int t) { return size.arrived(pairs, certify::Weighting::generator, t); };
  };
  json figure = {{"type", "curve"},
                 {"title", fmt::format("Sampled, size {}: arrived after so many steps", size.size)},
                 {"x", {{"label", "steps"}}},
                 {"y", {{"label", "chance"}, {"percent", true}, {"from", 0}, {"to", 1}}},
                 {"series",
                  {series("own start, cheese top-right", of(certify::Pairs::top_right)),
                   series("own start, cheese anywhere", of(certify::Pairs::start)),
                   series("own start, cheese off the path to the corner", of(certify::Pairs::off_path)),
                   series("every start and cheese", of(certify::Pairs::everywhere)),
                   series("the worst start and cheese of all", [&](int t) { return size.lowest(t); })}}};
  if (std::isfinite(size.clock())) figure["marks"] = {{{"x", size.clock()}, {"label", "T"}}};
  return figure;
}

std::string caption_of(const certify::WorstRow& worst, int size, int limit) {
  switch (worst.kind) {
    case certify::Worst::never:
      return fmt::format("size {}, greedy: never arrives from {} starts (shaded)", size, worst.value);
    case certify::Worst::delay:
      return fmt::format("size {}, greedy: arrives {} steps later than it could", size, worst.value);
    case certify::Worst::chance:
      return fmt::format("size {}, sampled: arrives within {} steps with a chance of {:.2g}", size, limit,
                         worst.value);
  }
  return "";
}

json drawn(const certify::WorstRow& worst, int size, int limit) {
  const auto cell = [&](int32_t at) { return json{at % size, at / size}; };
  std::vector<uint8_t> open;
  json moves = json::array(), shade = json::array(), path = json::array();
  for (size_t c = 0; c < worst.fails.size(); ++c) {
    open.push_back(std::isnan(worst.fails[c]) ? 0 : 1);
    if (open.back() == 0) continue;
    shade.push_back(std::round(1000 * worst.fails[c]) / 1000);
    for (size_t m = 0; m < envs::kMoves; ++m)
      moves.push_back(static_cast<int>(std::lround(1000 * worst.moves[c * envs::kMoves + m])));
  }
  for (size_t i = 0; i < worst.walk.size() && worst.walk[i] >= 0; ++i) path.push_back(worst.walk[i]);
  json maze = {{"caption", caption_of(worst, size, limit)},
               {"size", size},
               {"open", findings::chart_walls(open)},
               {"cheese", cell(worst.cheese)},
               {"mouse", cell(worst.start)},
               {"moves", moves},
               {"shade", shade}};
  if (!path.empty()) maze["path"] = path;
  return maze;
}

using CertifyResults = std::map<int, std::vector<certify::CertifyResult>>;  // by size

json worst_mazes(const CertifyResults& results) {
  json mazes = json::array();
  for (auto of_size = results.rbegin(); of_size != results.rend(); ++of_size) {
    const auto& [size, shards] = *of_size;
    std::array<const certify::WorstRow*, certify::kWorst> worst{};
    for (const certify::CertifyResult& result : shards)
      for (const certify::WorstRow& row : result.worst) {
        const certify::WorstRow*& of_kind = worst[static_cast<size_t>(row.kind)];
        const bool lower = row.kind == certify::Worst::chance;
        if (of_kind == nullptr || (lower ? row.value < of_kind->value : row.value > of_kind->value))
          of_kind = &row;
      }
    for (const certify::WorstRow* row : worst)
      if (row != nullptr) mazes.push_back(drawn(*row, size, shards.front().limit));
  }
  return {{"type", "mazes"}, {"title", "The worst mazes"}, {"mazes", mazes}};
}

CertifyResults by_size(const datasets::Results& certificate) {
  CertifyResults results;
  for (const datasets::ResultShard& shard : certificate.shards)
    results[shard.unit.size].push_back(datasets::read_columns<certify::CertifyResult>(shard));
  return results;
}

// Judges greedy walks from these pairs of start and cheese.
findings::Judgement judge_worst_case(const std::vector<CertifiedSize>& sizes, certify::Pairs pairs) {
  const bool all = pairs == certify::Pairs::everywhere;
  findings::Judgement judgement;
  judgement.scope = all ? "every start and every place of the cheese"
                        : "as in training: start bottom-left, cheese in the region";
  const bool exhaustive =
      std::all_of(sizes.begin(), sizes.end(), [](const CertifiedSize& size) { return size.exhaustive(); });
  int64_t never = 0;
  std::vector<std::string> seen;
  for (const CertifiedSize& size : sizes) {
    never += size.never_arriving(pairs);
    seen.push_back(size.exhaustive() ? fmt::format("all {} layouts of size {}", size.all_layouts, size.size)
                                     : fmt::format("{} of the {} layouts of size {}", size.layouts,
                                                   size.all_layouts, size.size));
  }
  // One counterexample disproves the statement; only all mazes together prove it.
  judgement.finding = never > 0    ? findings::Finding::fails
                      : exhaustive ? findings::Finding::holds
                                   : findings::Finding::undecided;
  if (judgement.finding != findings::Finding::undecided) judgement.p = 0;  // counted, not estimated
  const CertifiedSize& largest = sizes.back();
  const auto share_never = largest.never(pairs, certify::Weighting::layouts);
  findings::set_value(
      judgement,
      fmt::format("share of pairs of start and cheese from which the greedy mouse never arrives, size {}",
                  largest.size),
      share_never.value, {share_never.low, share_never.high},
      largest.exhaustive() ? largest.pairs(pairs) : largest.layouts);
  judgement.exact = largest.exhaustive();
  judgement.because = fmt::format(
      "evaluated: {}; at size {} the greedy mouse never arrives from {} of the pairs, the mean over layouts",
      fmt::join(seen, ", "), largest.size, findings::in_percent(share_never.value));
  if (!all) return judgement;
  const auto own = largest.never(certify::Pairs::start, certify::Weighting::generator);
  const int delay = largest.longest_delay();
  judgement.because += fmt::format(
      ", and in {} of episodes as they begin{}; sampled, the lowest chance to arrive within {} steps is {:.2g}",
      findings::in_percent(own.value),
      delay < 0    ? ""
      : delay == 0 ? "; where it arrives, it takes the shortest path"
                   : fmt::format("; where it arrives, it takes at most {} steps more than needed", delay),
      largest.limit, largest.lowest(largest.limit));
  return judgement;
}

}  // namespace

findings::Answer answer_worst_case(const datasets::Results& certificate,
                                   const std::vector<datasets::ScanShard>& scan) {
  findings::Answer answer = findings::unanswered("Q9");
  const CertifyResults results = by_size(certificate);
  std::vector<CertifiedSize> sizes;
  for (const auto& [size, of_size] : results) sizes.emplace_back(size, of_size);
  const auto scanned = uniform_failures(scan);
  const json bounds = bounds_table(scanned, sizes.empty() ? 0 : sizes.back().size);
  if (sizes.empty()) {
    answer.because = "there is no certificate; run mazescan-evaluator certify";
    if (!bounds.is_null()) answer.figures.push_back(bounds);
    return answer;
  }

  findings::Judgement training = judge_worst_case(sizes, certify::Pairs::top_right);
  training.key = "training";
  static_cast<findings::Judgement&>(answer) = judge_worst_case(sizes, certify::Pairs::everywhere);
  answer.others = {training};
  answer.figures.push_back(greedy_table(sizes, scanned));
  answer.figures.push_back(sampled_table(sizes, scanned));
  if (!bounds.is_null()) answer.figures.push_back(bounds);
  answer.figures.push_back(arrival_curve(sizes.back()));
  answer.figures.push_back(worst_mazes(results));
  return answer;
}

}  // namespace mazescan::questions
