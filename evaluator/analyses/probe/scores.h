#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "datasets/result_shard.h"
#include "evaluator/analyses/probe/samples.h"

namespace mazescan {

// How many layouts of the train part read-outs of the learning curve learn from: one in so many.
inline constexpr int kLearningShares[] = {8, 4, 2};
// From how many of a layer's channels sparse read-outs tell.
inline constexpr int kSparseChannels[] = {1, 2, 4, 8, 16};

// How often a read-out was right, by part.
struct Score {
  std::string name;  // "cheese", ..., "learning/8", "sparse/4", "coarse", "within", "random", "mouse plane"
  int classes = 0;
  int64_t features = 0, fitted = 0;  // what it tells from, and how many samples it learned from
  int64_t correct[kParts] = {}, samples[kParts] = {};
  int64_t mazes[kParts] = {};  // different ones (walls and cheese) among those samples
  int64_t majority = 0;        // test samples on which the train part's commonest label would be right
  // Of the share that was right, from its spread over mazes, whose samples are alike.
  double variance[kParts] = {};
};

// label: of each sample, -1: none. fitted: as in Score.
Score score_of(const std::string& name, const ProbeSamples& samples, const Target& target,
               const std::vector<int32_t>& predicted, int64_t features, int64_t fitted);

// As columns of a result: scores/NAME, their names in the facts. read_scores reads them back.
void set_scores(ResultShard& shard, const std::vector<Score>& scores);
std::vector<Score> read_scores(const ResultShard& shard);

}  // namespace mazescan
