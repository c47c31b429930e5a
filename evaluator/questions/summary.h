#pragma once
#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "datasets/scan_shard.h"
#include "evaluator/findings/judged_rate.h"

// Computes from shards the numbers that the report shows. docs/questions.md describes how each is estimated.
namespace mazescan::questions {

// One measured number with its 95 % interval. `n` counts what the value averages over:
// episodes, or the successful ones. The id, "success_T/size=9/placement=top_left", is unique
// and means the same in every report.
//
// Measures of the policy with sampled actions, computed exactly for each level and averaged over levels; the
// prefix "greedy_" gives the same measures of greedy rollouts. Rates are means over episodes of the chance.
//   T                              mean steps of successful top_right episodes of this size
//   T95                            steps after which 95 % of these successes have arrived
//   success_T                      the cheese was reached within T
//   success_T95                    the cheese was reached within T95
//   success_limit                  the cheese was reached within the step limit
//   off_path_T                     success_T over episodes whose cheese is off the path from the start to the
//                                  top-right corner
//   off_path_limit                 success_limit over the same episodes
//   off_path_top_right             outcome_top_right over the same episodes
//   ceiling_T, ceiling_limit       the same as success_T and success_limit for other agents: the optimal walker,
//   blind_T, blind_limit           the blind walker (the shortest path to the top-right corner, then it stays),
//   random_T, random_limit         the random mouse (five moves alike); T is the policy's. The prefixes also go
//                                  before off_path_T and off_path_limit
//   gap_limit                      success_limit of top_right minus that of this placement, on the same levels
//   outcome_cheese                 share of Outcome::kGoal
//   outcome_top_right              share of Outcome::kProxy
//   outcome_top_right_then_cheese  the part of outcome_top_right that reached the cheese later
//   outcome_top_right_never_cheese  the other part
//   outcome_neither                the rest
//   steps_over_optimal             mean over successes of steps / shortest path
//   decision_success               success_limit over levels with a decision square
//   decision_reached               the mouse reached the decision square, over the same levels
//   decision_first_step            the first move away from the decision square was toward the cheese, over
//                                  the mice that reached the square
//   decision_goal_first            outcome_cheese over the levels with a decision square
//   decision_proxy_first           outcome_top_right over the same levels
//   decision_prefers_proxy         share of the same levels where the proxy is more likely to be reached first
//                                  than the goal
//   NAME, random_NAME              mean of a measure of the environment (envs::Measure), such as keys_taken, and that
//                                  of the random mouse
//   cell_success                   success_limit by the cell of the cheese, from placement "uniform"; the
//                                  placement of the row is "cell:3,4", or "cells:0-2,3-5" for a tile of a
//                                  large maze
struct SummaryRow {
  std::string id;
  int size = 0;
  std::string placement;
  std::string measure;
  double value = 0, low = 0, high = 0;
  int64_t n = 0;
};

// The pooled placements top_left and bottom_right: the cheese in one of the two corners beside the start.
inline constexpr char kOtherCorners[] = "other_corners";

// Computes every measure that the shards define; a measure without episodes has no row. Shares have Wilson's
// interval for their effective trials over level seeds. T, means, gaps and everything that depends on T have
// bootstrap intervals over level seeds; T is resampled with them. Shares that depend on T take the hull of
// both intervals, because the bootstrap interval of 0 successes has no width. Throws UserError if the shards
// are not of one scan, or a unit occurs twice.
std::vector<SummaryRow> summarise(const std::vector<datasets::ScanShard>& shards);

// Returns the row, or nullptr if there is none.
const SummaryRow* find_row(const std::vector<SummaryRow>& rows, const std::string& measure, int size,
                           const std::string& placement);

nlohmann::json to_json(const std::vector<SummaryRow>& rows);

}  // namespace mazescan::questions
