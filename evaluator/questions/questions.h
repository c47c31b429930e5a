#pragma once
#include <map>
#include <string>
#include <vector>

#include "datasets/dataset_kind.h"
#include "datasets/results.h"
#include "datasets/scan_shard.h"
#include "evaluator/findings/answer.h"
#include "evaluator/questions/summary.h"

// Answers the questions (findings/answer.cc lists them) from shards alone. docs/questions.md describes how
// each is estimated.
namespace mazescan::questions {

struct QuestionInputs {
  const std::vector<datasets::ScanShard>& scan;
  const std::vector<SummaryRow>& rows;                      // summarise(scan)
  std::string policy_hash;                                  // recorded in the scan
  const std::map<std::string, datasets::Results>& results;  // finished analyses by job name
  std::vector<int> trained;                                 // maze sizes of the policy's training, ascending
};

// Returns an answer to each question, in the order of the report. Throws UserError if an analysis and the
// scan are of different policies.
std::vector<findings::Answer> answer_all(const QuestionInputs& inputs);

// Returns the ids of the questions that the results of a job answer, in the order of the report.
std::vector<std::string> answered_by(const datasets::DatasetKind& job);

// Throws UserError if the finished job `name` ("probe") and the scan have different policy hashes.
void expect_same_policy(const std::string& of_scan, const std::string& of_job, const std::string& name);

// Answers Q1: the cheese in another corner of a very large maze.
findings::Answer answer_corners(const std::vector<datasets::ScanShard>& scan,
                                const std::vector<SummaryRow>& rows, const std::vector<int>& trained);
// Answers Q2: the cheese near the start of a very large maze.
findings::Answer answer_bottom_left(const std::vector<datasets::ScanShard>& scan,
                                    const std::vector<int>& trained);
// Answers Q3: a phase transition in size.
findings::Answer answer_phase(const std::vector<datasets::ScanShard>& scan,
                              const std::vector<SummaryRow>& rows, const std::vector<int>& trained);
// Answers Q7: what switches the mouse from the corner to the cheese.
findings::Answer answer_trigger(const datasets::Results& trigger);

}  // namespace mazescan::questions
