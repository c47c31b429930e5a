// Simulates Q9: the mean over a size's layouts, estimated from a sample, and the bound above the certified
// sizes.
#include <algorithm>
#include <cmath>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

#include "evaluator/analyses/certify/schema.h"
#include "evaluator/questions/worst_case.h"
#include "tests/evaluator/coverage/coverage.h"

namespace mazescan {
namespace {

constexpr int kLayouts = 100'000, kPairsOfLayout = 1980, kSteps = 1;  // kSteps: the limit, not used here

struct Population {
  std::vector<double> probability;
  std::vector<int32_t> never;       // pairs from which the mouse never arrives
  double alike = 0, generated = 0;  // mean shares
};
// Draws layouts. A share `some` of them has pairs that never arrive; among these, `ease` is the mean of the
// log odds that a pair never arrives.
Population population(double some, double ease) {
  RandomStream random(12, "coverage/layouts");
  Population all;
  double total = 0;
  for (int l = 0; l < kLayouts; ++l) {
    // Make layouts that the generator draws more often a little easier.
    const double often = normal(random);
    const double share = random.uniform() < some ? logistic(ease + 0.6 * normal(random) - 0.3 * often) : 0;
    all.probability.push_back(std::exp(0.5 * often));
    all.never.push_back(static_cast<int32_t>(std::lround(share * kPairsOfLayout)));
    const double exact = static_cast<double>(all.never.back()) / kPairsOfLayout;
    all.alike += exact / kLayouts;
    all.generated += all.probability.back() * exact;
    total += all.probability.back();
  }
  all.generated /= total;
  return all;
}

datasets::Results certificate(RandomStream& random, const Population& all, int sampled) {
  std::set<int32_t> chosen;
  while (static_cast<int>(chosen.size()) < sampled)
    chosen.insert(static_cast<int32_t>(random.below(kLayouts)));
  certify::CertifyResult result;
  result.limit = kSteps;
  result.region = 1;
  result.layouts = kLayouts;
  result.chosen = sampled;
  for (const int32_t l : chosen) {
    certify::LayoutRow row;
    row.index = l;
    row.probability = all.probability[static_cast<size_t>(l)];
    row.pairs = {kPairsOfLayout, 0, 0, 0};
    row.never = {all.never[static_cast<size_t>(l)], 0, 0, 0};
    row.worst_delay = 0;
    result.rows.push_back(row);
  }
  result.weight.resize(certify::kWeightings * certify::kPairs);
  result.arrived.resize(result.weight.size() * (kSteps + 1));
  result.lowest.resize(kSteps + 1);
  datasets::Results results;
  results.shards.push_back(
      datasets::result_shard(datasets::kCertify, {7, certify::kSampledLayouts, 0}, "key", result));
  return results;
}

const nlohmann::json& first_row(const findings::Answer& answer, const std::string& title) {
  for (const nlohmann::json& figure : answer.figures)
    if (figure.at("title") == title) return figure.at("rows").at(0);
  throw std::out_of_range(title);
}

void add_sample(std::vector<CoverageRow>& rows, const std::string& setting, int sampled, double some,
                double ease) {
  const Population all = population(some, ease);
  rows.push_back({"never arrives, layouts alike (Q9)", setting,
                  [=](RandomStream& random) -> Draw {
                    const findings::Answer answer =
                        questions::answer_worst_case(certificate(random, all, sampled), {});
                    return {{answer.low, answer.high}, all.alike};
                  },
                  6});
  rows.push_back({"never arrives, as generated (Q9)", setting,
                  [=](RandomStream& random) -> Draw {
                    const findings::Answer answer =
                        questions::answer_worst_case(certificate(random, all, sampled), {});
                    const auto& share = first_row(answer, "Greedy: how often the mouse never arrives").at(4);
                    return {{share.at("low"), share.at("high")}, all.generated};
                  },
                  6});
}

Draw bound_draw(RandomStream& random, double rate, int levels) {
  datasets::ScanShard shard;
  shard.size = 9;
  shard.placement = "uniform";
  for (int32_t seed = 0; seed < levels; ++seed) {
    shard.level_seed.push_back(seed);
    shard.sampled.success.push_back(random.uniform() < rate ? 0 : 1);
  }
  shard.greedy = shard.sampled;
  const findings::Answer answer = questions::answer_worst_case({}, {shard});
  return {{0, first_row(answer, "Larger mazes: at most so many levels fail").at(3).at("value")}, rate};
}

}  // namespace

std::vector<CoverageRow> certificate_coverage() {
  std::vector<CoverageRow> rows;
  add_sample(rows, "300 layouts, a third of their pairs", 300, 1, -0.8);
  add_sample(rows, "300 layouts, a few pairs of one in ten", 300, 0.1, -3);
  add_sample(rows, "50 layouts, a third of their pairs", 50, 1, -0.8);
  rows.push_back({"at most so many fail, one-sided (Q9)", "any of 0.005 ... 0.1, of 1000",
                  [](RandomStream& r) { return bound_draw(r, 0.005 + 0.095 * r.uniform(), 1000); }, 10});
  return rows;
}

}  // namespace mazescan
