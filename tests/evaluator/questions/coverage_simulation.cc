// How often the intervals of the answers hold the truth, over simulated repeats with known truths:
//   coverage_simulation [REPEATS [WORD]]        WORD: only intervals that have it in their name
// Prints a table; exit status 1 if an interval holds the truth far too rarely.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <functional>
#include <string>
#include <vector>

#include "evaluator/logistic.h"
#include "evaluator/questions/judged_rate.h"
#include "evaluator/questions/questions.h"
#include "evaluator/questions/trigger_models.h"

namespace mazescan {
namespace {

double logistic(double score) {
  return 1 / (1 + std::exp(-score));
}

// A number of the standard normal distribution.
double normal(RandomStream& random) {
  const double u = 1 - random.uniform(), v = random.uniform();
  return std::sqrt(-2 * std::log(u)) * std::cos(2 * M_PI * v);
}

struct Draw {
  Interval interval;
  double truth;
};
struct Row {
  const char *interval, *setting;
  std::function<Draw(RandomStream&)> draw;
};

// A scan's shard of bare outcomes, to be filled in.
struct Episode {
  int32_t seed = 0;
  bool success = false, on_path = false;
  int steps = 0, optimal = 8;
  Outcome outcome = Outcome::kTimeout;
  int toward = -1;  // the first step at the decision square: 1 toward the cheese, 0 not; -1: never there
};
// A maze of size x size without inner walls; cheese at the top left, decision square in the middle of the
// left edge.
ScanShard shard_of(int size, const std::string& placement, const std::vector<Episode>& episodes) {
  ScanShard shard;
  shard.size = size;
  shard.placement = placement;
  shard.limit = 500;
  shard.region = 1;
  shard.sampled.path_offset = shard.greedy.path_offset = {0};
  for (const Episode& episode : episodes) {
    shard.level_seed.push_back(episode.seed);
    shard.open.insert(shard.open.end(), static_cast<size_t>(size) * size, 1);
    const auto middle = static_cast<int16_t>(size / 2);
    shard.cheese.insert(shard.cheese.end(), {0, static_cast<int16_t>(size - 1)});
    shard.decision.insert(shard.decision.end(), {0, middle});
    shard.optimal.push_back(episode.optimal);
    shard.on_path.push_back(episode.on_path ? 1 : 0);
    for (Rollouts* rollouts : {&shard.sampled, &shard.greedy}) {
      rollouts->success.push_back(episode.success ? 1 : 0);
      rollouts->outcome.push_back(static_cast<uint8_t>(episode.outcome));
      rollouts->steps.push_back(episode.success ? episode.steps : shard.limit);
      rollouts->decision_step.push_back(episode.toward < 0 ? -1 : 0);
      const int at = middle * size;
      rollouts->path.push_back(static_cast<uint16_t>(at));
      rollouts->path.push_back(static_cast<uint16_t>(episode.toward == 1 ? at + size : at + 1));
      rollouts->path_offset.push_back(static_cast<int64_t>(rollouts->path.size()));
    }
  }
  return shard;
}

Draw wilson(RandomStream& random, float rate, int n) {
  int successes = 0;
  for (int i = 0; i < n; ++i) successes += random.uniform() < rate;
  return {wilson_interval(successes, n), rate};
}

constexpr int kAnswerSize = 21;

// Steps as a mouse takes them: the level has its own difficulty, shared by both placements.
struct Corners {
  std::vector<Episode> home, corner;
};
Corners corners(RandomStream& random, int levels) {
  Corners drawn;
  for (int32_t seed = 0; seed < levels; ++seed) {
    const double difficulty = std::exp(0.4 * normal(random));
    Episode home, corner;
    home.seed = corner.seed = seed;
    home.success = random.uniform() < 0.95F;
    home.steps = static_cast<int>(60 * difficulty * std::exp(0.2 * normal(random)));
    corner.success = random.uniform() < 0.6F;
    corner.steps = static_cast<int>(70 * difficulty * std::exp(0.3 * normal(random)));
    corner.outcome = corner.success ? Outcome::kCheese : Outcome::kTopRight;
    drawn.home.push_back(home);
    drawn.corner.push_back(corner);
  }
  return drawn;
}
const SummaryRow& row_of(const std::vector<SummaryRow>& rows, const char* measure, const char* placement) {
  return *find_row(rows, measure, kAnswerSize, placement);
}
std::vector<SummaryRow> corner_rows(const Corners& drawn) {
  return summarise(
      {shard_of(kAnswerSize, "top_right", drawn.home), shard_of(kAnswerSize, "top_left", drawn.corner)});
}
// Of so many levels that the rest does not matter.
const std::vector<SummaryRow>& corner_truth() {
  static const std::vector<SummaryRow> rows = [] {
    RandomStream random(7, "coverage/truth");
    const Corners drawn = corners(random, 200000);
    double steps = 0, found = 0, within = 0, ratio = 0, gap = 0;
    for (const Episode& e : drawn.home) {
      if (!e.success) continue;
      steps += e.steps;
      ++found;
    }
    for (size_t i = 0; i < drawn.corner.size(); ++i) {
      const Episode& e = drawn.corner[i];
      within += e.success && e.steps <= steps / found;
      gap += static_cast<double>(drawn.home[i].success) - e.success;
      if (e.success) ratio += static_cast<double>(e.steps) / e.optimal;
    }
    const auto n = static_cast<double>(drawn.corner.size());
    std::vector<SummaryRow> all(4);
    all[0].value = steps / found;
    all[1].value = within / n;
    all[2].value = gap / n;
    all[3].value = ratio / std::count_if(drawn.corner.begin(), drawn.corner.end(),
                                         [](const Episode& e) { return e.success; });
    return all;
  }();
  return rows;
}
Draw corner_draw(RandomStream& random, const char* measure, const char* placement, size_t truth, int levels) {
  const auto rows = corner_rows(corners(random, levels));
  const SummaryRow& row = row_of(rows, measure, placement);
  return {{row.low, row.high}, corner_truth()[truth].value};
}
// The answer's own: the worse of one corner (the other is the same here).
Draw q1_draw(RandomStream& random, int levels) {
  const Corners drawn = corners(random, levels);
  const std::vector<ScanShard> scan = {shard_of(kAnswerSize, "top_right", drawn.home),
                                       shard_of(kAnswerSize, "top_left", drawn.corner)};
  const Answer answer = answer_corners(scan, {});
  return {{answer.low, answer.high}, corner_truth()[1].value};
}

Draw q2_draw(RandomStream& random, int levels) {  // quicker the nearer
  std::vector<Episode> episodes;
  double truth = 0;
  for (int distance = 2; distance <= 10; ++distance) truth += logistic(2 - 0.3 * distance) / 9;
  for (int32_t seed = 0; seed < levels; ++seed) {
    Episode episode;
    episode.seed = seed;
    episode.optimal = 2 + static_cast<int>(random.below(9));
    episode.success = true;
    episode.steps =
        random.uniform() < logistic(2 - 0.3 * episode.optimal) ? 2 * episode.optimal : 4 * episode.optimal;
    episodes.push_back(episode);
  }
  const Answer answer = answer_bottom_left({shard_of(kAnswerSize, "bottom_left", episodes)});
  return {{answer.low, answer.high}, truth};
}

// Levels with the same seed have a want in common, at all sizes.
Draw q3_draw(RandomStream& random, double slope, double middle, int levels) {
  std::vector<double> want(static_cast<size_t>(levels));
  for (double& w : want) w = 0.4 * normal(random);
  std::vector<ScanShard> scan;
  for (int size = 5; size <= 25; size += 2) {
    std::vector<Episode> episodes;
    for (int32_t seed = 0; seed < levels; ++seed) {
      Episode episode;
      episode.seed = seed;
      episode.toward =
          random.uniform() < logistic(-slope * (size - middle) + want[static_cast<size_t>(seed)]) ? 1 : 0;
      episode.success = episode.toward == 1;
      episode.steps = episode.optimal;
      episodes.push_back(episode);
    }
    scan.push_back(shard_of(size, "off_region", episodes));
  }
  const Answer answer = answer_phase(scan);
  return {{answer.low, answer.high}, middle};
}

// States of levels whose choices have something in common.
std::vector<TriggerState> trigger_states(
    RandomStream& random, int levels, const std::function<double(const TriggerState&, double)>& probability) {
  std::vector<TriggerState> states;
  for (int32_t seed = 0; seed < levels; ++seed) {
    const double common = 0.5 * normal(random);
    for (int i = 0; i < 20; ++i) {
      TriggerState state;
      state.level_seed = seed;
      state.size = 13;
      state.to_cheese = 1 + static_cast<int>(random.below(25));
      state.to_corner = 1 + static_cast<int>(random.below(25));
      state.favours_cheese = random.uniform() < probability(state, common);
      states.push_back(state);
    }
  }
  return states;
}
ResultShard trigger_shard(const std::vector<TriggerState>& states) {
  ResultShard shard(kTrigger, {13, "uniform", 0}, "");
  std::vector<int32_t> seeds, level, mouse(2 * states.size()), to_cheese, to_corner;
  std::vector<uint8_t> favours;
  for (const TriggerState& state : states) {
    if (seeds.empty() || seeds.back() != state.level_seed) seeds.push_back(state.level_seed);
    level.push_back(static_cast<int32_t>(seeds.size()) - 1);
    to_cheese.push_back(state.to_cheese);
    to_corner.push_back(state.to_corner);
    favours.push_back(state.favours_cheese);
  }
  const auto levels = static_cast<int64_t>(seeds.size());
  shard.set("level/open", std::vector<uint8_t>(seeds.size() * 169, 1),
            {{"level", levels}, {"y", 13}, {"x", 13}});
  shard.set("level/cheese", std::vector<int32_t>(seeds.size() * 2), {{"level", levels}, {"coordinate", 2}});
  shard.set("level/seed", seeds, "level");
  shard.set("state/level", level, "state");
  shard.set("state/mouse", mouse, {{"state", static_cast<int64_t>(states.size())}, {"coordinate", 2}});
  shard.set("state/to_cheese", to_cheese, "state");
  shard.set("state/to_corner", to_corner, "state");
  shard.set("state/favours", favours, "state");
  shard.set("state/difference", std::vector<float>(states.size()), "state");
  return shard;
}
Draw radius_draw(RandomStream& random, double within, double beyond, int levels) {
  Results results;
  results.shards.push_back(
      trigger_shard(trigger_states(random, levels, [&](const TriggerState& state, double common) {
        const double rate = state.to_cheese <= 7 ? within : beyond;
        return logistic(std::log(rate / (1 - rate)) + common);
      })));
  const Answer answer = answer_trigger(results);
  return {{answer.low, answer.high}, 7};
}
// The slope of the marginal model that is fitted, from so many levels that the rest does not matter.
double smooth_probability(const TriggerState& state, double common) {
  return logistic(2.5 - 0.2 * state.to_cheese - 0.05 * state.to_corner + common);
}
Draw slope_draw(RandomStream& random, int levels) {
  static const double truth = [] {
    RandomStream many(8, "coverage/truth");
    return TriggerFitter(trigger_states(many, 20000, smooth_probability))
        .fit(TriggerModel::kSmooth)
        .cheese_slope;
  }();
  const TriggerFitter fitter(trigger_states(random, levels, smooth_probability));
  const FittedTrigger fit = fitter.fit(TriggerModel::kSmooth);
  const auto slope = [&](const std::vector<int>& weights, std::vector<double>& out) {
    out[0] = fitter.fit(TriggerModel::kSmooth, weights, &fit).cheese_slope;
  };
  return {cluster_bootstrap(fitter.levels(), 1, slope, RandomStream(0, "coverage/slope"), 400)[0], truth};
}

}  // namespace
}  // namespace mazescan

int main(int argc, char** argv) {
  using namespace mazescan;
  const int repeats = argc > 1 ? std::atoi(argv[1]) : 400;
  const std::string wanted = argc > 2 ? argv[2] : "";
  const Row rows[] = {
      {"rate (Wilson)", "0.33 of 1000", [](RandomStream& r) { return wilson(r, 0.33F, 1000); }},
      {"rate (Wilson)", "0.02 of 200", [](RandomStream& r) { return wilson(r, 0.02F, 200); }},
      {"rate (Wilson)", "any of 0.005 ... 0.1, of 200",
       [](RandomStream& r) { return wilson(r, 0.005F + 0.095F * r.uniform(), 200); }},
      {"T, mean steps", "300 levels",
       [](RandomStream& r) { return corner_draw(r, "T", "top_right", 0, 300); }},
      {"success within T, T resampled (report)", "300 levels",
       [](RandomStream& r) { return corner_draw(r, "success_T", "top_left", 1, 300); }},
      {"success within T, T resampled (Q1)", "300 levels", [](RandomStream& r) { return q1_draw(r, 300); }},
      {"difference of success, paired", "300 levels",
       [](RandomStream& r) { return corner_draw(r, "gap_limit", "top_left", 2, 300); }},
      {"steps / optimal", "300 levels",
       [](RandomStream& r) { return corner_draw(r, "steps_over_optimal", "top_left", 3, 300); }},
      {"found quickly (Q2)", "300 levels", [](RandomStream& r) { return q2_draw(r, 300); }},
      {"size of 50 % (Q3), logistic", "width 11, 200 levels a size",
       [](RandomStream& r) { return q3_draw(r, 0.4, 14.3, 200); }},
      {"size of 50 % (Q3), logistic", "width 22, 60 levels a size",
       [](RandomStream& r) { return q3_draw(r, 0.2, 12.1, 60); }},
      {"size of 50 % (Q3), one break", "at once, 200 levels a size",
       [](RandomStream& r) { return q3_draw(r, 50, 14.0, 200); }},
      {"trigger radius (Q7)", "0.8 against 0.2, 200 levels",
       [](RandomStream& r) { return radius_draw(r, 0.8, 0.2, 200); }},
      {"trigger radius (Q7)", "0.65 against 0.35, 200 levels",
       [](RandomStream& r) { return radius_draw(r, 0.65, 0.35, 200); }},
      {"trigger slope (Q7)", "100 levels", [](RandomStream& r) { return slope_draw(r, 100); }},
  };
  fmt::print("| interval | setting | repeats | holds the truth | mean width |\n|---|---|---|---|---|\n");
  bool covers = true;
  for (const Row& row : rows) {
    if (std::string(row.interval).find(wanted) == std::string::npos) continue;
    int held = 0, defined = 0;
    double width = 0;
    for (int i = 0; i < repeats; ++i) {
      RandomStream random(11, std::string("coverage/") + row.interval + row.setting,
                          static_cast<uint64_t>(i));
      const Draw draw = row.draw(random);
      if (std::isnan(draw.interval.low)) continue;  // no interval was given
      ++defined;
      held += draw.interval.low <= draw.truth && draw.truth <= draw.interval.high;
      width += draw.interval.high - draw.interval.low;
    }
    const double share = static_cast<double>(held) / std::max(defined, 1);
    fmt::print("| {} | {} | {} | {} | {:.3g} |\n", row.interval, row.setting, defined,
               in_percent(share, wilson_interval(held, std::max(defined, 1))), width / std::max(defined, 1));
    std::fflush(stdout);
    covers = covers && wilson_interval(held, std::max(defined, 1), 0.999).high >= 0.93;
  }
  return covers ? 0 : 1;
}
