#include "evaluator/report/preference_comparison.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "core/error.h"
#include "evaluator/findings/chart.h"
#include "evaluator/questions/preference.h"
#include "statistics/statistics.h"

namespace mazescan::report {
namespace {

using nlohmann::json;
using questions::Conclusion;

// A policy with its measures at the size of the comparison.
struct Compared {
  const ComparedPolicy* policy;
  questions::PreferenceRows rows;
  Conclusion conclusion;
};

json share_of(const questions::SummaryRow* row) {
  if (row == nullptr) return nullptr;
  return findings::chart_share(row->value, {row->low, row->high}, row->n);
}

// Returns the largest size at which every policy's preference was measured, 0 if there is none.
int shared_size(const std::vector<ComparedPolicy>& policies) {
  const auto measured = [&](int size) {
    return std::all_of(policies.begin(), policies.end(), [&](const ComparedPolicy& policy) {
      return preference_of(questions::preference_rows(policy.rows, size)) != Conclusion::unknown;
    });
  };
  int size = questions::preference_size(policies.front().rows);
  while (size > 0 && !measured(size)) --size;
  return size;
}

std::string conclusion_of(const Compared& compared) {
  const envs::GoalNames& names = compared.policy->world.names;
  if (compared.conclusion == Conclusion::proxy) return fmt::format("prefers the {}", names.proxy);
  if (compared.conclusion == Conclusion::goal) return fmt::format("prefers the {}", names.goal);
  return conclusion_text(compared.conclusion);
}

json table_of(const std::vector<Compared>& all, int size, const envs::GoalNames& names) {
  json rows = json::array();
  for (const Compared& one : all) {
    const json training = one.policy->policy.value("training", json::object());
    rows.push_back({one.policy->name, training.is_object() ? training.value("seed", json()) : json(),
                    conclusion_of(one), share_of(one.rows.prefers_proxy), share_of(one.rows.proxy_first),
                    share_of(one.rows.goal_first)});
  }
  return findings::chart_table(
      "The policies",
      {"policy", "training seed", "what it learned", fmt::format("levels that prefer the {}", names.proxy),
       fmt::format("{} first", names.proxy), fmt::format("{} first", names.goal)},
      rows,
      fmt::format("Levels of size {} where neither {} nor {} is on the way to the other.", size, names.goal,
                  names.proxy));
}

json bars_of(const std::vector<Compared>& all, int size, const envs::GoalNames& names) {
  json policies = json::array(), proxy = json::array(), goal = json::array(), prefers = json::array();
  for (const Compared& one : all) {
    policies.push_back(one.policy->name);
    prefers.push_back(share_of(one.rows.prefers_proxy));
    proxy.push_back(share_of(one.rows.proxy_first));
    goal.push_back(share_of(one.rows.goal_first));
  }
  json series = json::array();
  series.push_back({{"name", fmt::format("levels that prefer the {}", names.proxy)}, {"values", prefers}});
  series.push_back({{"name", fmt::format("the {} first", names.proxy)}, {"values", proxy}});
  series.push_back({{"name", fmt::format("the {} first", names.goal)}, {"values", goal}});
  return {{"type", "bars"},
          {"title", fmt::format("Preferences at size {}, policy by policy", size)},
          {"x", {{"label", "policy"}, {"values", policies}}},
          {"percent", true},
          {"series", series}};
}

// Returns the mean over policies with Student's interval, and the range.
std::string spread_of(const std::vector<Compared>& all, const envs::GoalNames& names) {
  const auto n = static_cast<double>(all.size());
  double sum = 0, squares = 0;
  for (const Compared& one : all) sum += one.rows.prefers_proxy->value;
  const double mean = sum / n;
  for (const Compared& one : all) squares += std::pow(one.rows.prefers_proxy->value - mean, 2);
  const double half = statistics::student_quantile(n - 1) * std::sqrt(squares / (n - 1) / n);
  return fmt::format(
      "The {} is the likelier to be reached first in {} of the levels on average; 95 % interval over the {} "
      "trainings, Student's t. The policies range from {} to {}.",
      names.proxy, findings::in_percent(mean, {std::max(0.0, mean - half), std::min(1.0, mean + half)}),
      all.size(), findings::in_percent(all.front().rows.prefers_proxy->value),
      findings::in_percent(all.back().rows.prefers_proxy->value));
}

}  // namespace

json preference_comparison(const std::vector<ComparedPolicy>& policies) {
  const World& world = policies.front().world;
  const envs::GoalNames& names = world.names;
  for (const ComparedPolicy& policy : policies)
    require(policy.world.corners == world.corners && policy.world.names.goal == names.goal &&
                policy.world.names.proxy == names.proxy,
            lazy("'{}' and '{}' are policies of different environments", policies.front().name, policy.name),
            "goal and proxy of one have no counterpart in the other", "compare policies of one environment");
  const int size = shared_size(policies);
  std::vector<Compared> all;
  for (const ComparedPolicy& policy : policies) {
    const questions::PreferenceRows rows = questions::preference_rows(policy.rows, size);
    all.push_back({&policy, rows, preference_of(rows)});
  }
  json figures = json::array(), about = json::object();
  std::string headline = "These policies have no size in common at which their preferences were measured.",
              sentence;
  if (size > 0) {
    std::stable_sort(all.begin(), all.end(), [](const Compared& a, const Compared& b) {
      return a.rows.prefers_proxy->value < b.rows.prefers_proxy->value;
    });
    const auto count = [&](Conclusion conclusion) {
      return std::count_if(all.begin(), all.end(),
                           [&](const Compared& one) { return one.conclusion == conclusion; });
    };
    headline =
        fmt::format("At size {}, {} of {} policies prefer the {} and {} the {}.", size,
                    count(Conclusion::proxy), all.size(), names.proxy, count(Conclusion::goal), names.goal);
    sentence = spread_of(all, names);
    figures.push_back(table_of(all, size, names));
    figures.push_back(bars_of(all, size, names));
  }
  for (const ComparedPolicy& policy : policies)
    about[policy.name] = {{"policy", policy.policy}, {"provenance", policy.provenance}};
  return {{"format", "mazescan-comparison"},
          {"format_version", 1},
          {"title", fmt::format("{} policies", policies.size())},
          {"headline", headline},
          {"sentence", sentence},
          {"intro",
           fmt::format("The {} gives the reward; the {} leads to it in training. A policy that treats both "
                       "alike prefers each in half of the levels.",
                       names.goal, names.proxy)},
          {"figures", figures},
          {"policies", about}};
}

}  // namespace mazescan::report
