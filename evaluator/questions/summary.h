#pragma once
#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "datasets/scan_shard.h"
#include "evaluator/findings/judged_rate.h"

// From shards to the numbers that the report shows. docs/questions.md says in words how each is estimated.
namespace mazescan::questions {

// One measured number with its 95 % interval. `n` counts what the value averages over: episodes, or the steps
// of successful ones. The id, "success_T/size=9/placement=top_left", is unique and means the same in every
// report.
//
// Measures of sampled rollouts; "greedy_" before a name is the same of greedy ones:
//   T, T95                    mean and 95th percentile of the steps of successful top_right rollouts of this
//   size success_T, success_T95, success_limit   the cheese was reached within T, T95, the limit ceiling_T an
//   optimal walker would reach it within T off_path_T, off_path_limit   success where the cheese is not on
//   the path from start to top-right corner gap_limit                 success_limit of top_right minus that
//   of this placement, on the same levels outcome_cheese, outcome_top_right, outcome_elsewhere,
//   outcome_timeout   shares of class Outcome; they sum to 1 outcome_top_right_then_cheese   the part of
//   outcome_top_right that reached the cheese later steps_over_optimal        mean of steps / shortest path
//   among successes decision_success          success within the limit, of the levels with a decision square
//   decision_reached          the mouse stood on the decision square, of those levels
//   decision_first_step       of the mice that stood there: the first move away from it was toward the cheese
//   cell_success              success_limit by where the cheese lay, from placement uniform; its placement is
//                             "cell:3,4", or "cells:0-2,3-5" where large mazes are cut into tiles
struct SummaryRow {
  std::string id;
  int size = 0;
  std::string placement;
  std::string measure;
  double value = 0, low = 0, high = 0;
  int64_t n = 0;
};

// Levels with the cheese in either of the two corners beside the start: top_left and bottom_right pooled.
inline constexpr char kOtherCorners[] = "other_corners";

// Every number the shards define; what has no episodes has no row. Intervals of rates are Wilson's; of T,
// means, gaps and whatever depends on T, the bootstrap over level seeds, T resampled with them. A rate of the
// second kind takes the wider of both ends, because resampling cannot see beyond 0 successes of n. Throws
// UserError if the shards are not of one scan, or one unit occurs twice.
std::vector<SummaryRow> summarise(const std::vector<datasets::ScanShard>& shards);

// The row, or nullptr.
const SummaryRow* find_row(const std::vector<SummaryRow>& rows, const std::string& measure, int size,
                           const std::string& placement);

nlohmann::json to_json(const std::vector<SummaryRow>& rows);

}  // namespace mazescan::questions
