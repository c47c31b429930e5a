#include "evaluator/questions/questions.h"

#include <fmt/format.h>

#include "core/error.h"
#include "evaluator/questions/behaviour.h"
#include "evaluator/questions/edit_answers.h"
#include "evaluator/questions/probe_answer.h"
#include "evaluator/questions/worst_case.h"

namespace mazescan::questions {
namespace {

// Answers one question. `results` are those of `job`, empty if the job is the scan or did not run.
struct QuestionAnswer {
  const char* id;
  const datasets::DatasetKind& job;  // answers it, with the scan; `jobs --json` lists it
  const char* basis;                 // Judgement::basis of its verdicts
  findings::Answer (*answer)(const QuestionInputs& inputs, const datasets::Results& results);
  // Returns figures from the scan that are shown even if the job did not run; may be nullptr.
  std::vector<nlohmann::json> (*scan_figures)(const std::vector<datasets::ScanShard>& scan) = nullptr;
  bool scan_is_enough = false;  // without results of the job, too
};

template <findings::Answer (*answer)(const datasets::Results&)>
findings::Answer of_results(const QuestionInputs&, const datasets::Results& results) {
  return answer(results);
}
// Of results, and of statements about very small or very large mazes.
template <findings::Answer (*answer)(const datasets::Results&, const std::vector<int>&)>
findings::Answer of_sizes(const QuestionInputs& inputs, const datasets::Results& results) {
  return answer(results, inputs.trained);
}
findings::Answer of_bottom_left(const QuestionInputs& inputs, const datasets::Results&) {
  return answer_bottom_left(inputs.scan, inputs.trained);
}
template <findings::Answer (*answer)(const std::vector<datasets::ScanShard>&, const std::vector<SummaryRow>&,
                                     const std::vector<int>&)>
findings::Answer of_rows(const QuestionInputs& inputs, const datasets::Results&) {
  return answer(inputs.scan, inputs.rows, inputs.trained);
}
// The smallest sizes come from certificates, if there are any, larger ones from the scan.
findings::Answer of_certificates(const QuestionInputs& inputs, const datasets::Results& results) {
  return answer_worst_case(results, inputs.scan);
}

constexpr const char *kSampled = "sampled; interval over levels",
                     *kBoth = "sampled and greedy; interval over levels",
                     *kStates = "single states, without a sampler; interval over levels";

// In the order of the report.
constexpr QuestionAnswer kQuestionAnswers[] = {
    {"Q1", datasets::kScan, kSampled, of_rows<answer_corners>},
    {"Q2", datasets::kScan, kSampled, of_bottom_left},
    {"Q3", datasets::kScan, kSampled, of_rows<answer_phase>},
    {"Q4", datasets::kEdit, kBoth, of_sizes<answer_retarget>},
    {"Q5", datasets::kEdit, kSampled, of_sizes<answer_no_retarget>},
    {"Q6", datasets::kProbe, kStates, of_results<answer_probe>},
    {"Q7", datasets::kTrigger, kStates, of_results<answer_trigger>, behaviour_figures},
    {"Q8", datasets::kEdit, kBoth, of_results<answer_fraction>},
    {"Q9", datasets::kCertify, "greedy; over layouts", of_certificates, nullptr, /*scan_is_enough=*/true},
};

findings::Answer answer_without_basis(const QuestionAnswer& question, const QuestionInputs& inputs) {
  const auto results = inputs.results.find(question.job.name);
  if (results != inputs.results.end()) return question.answer(inputs, results->second);
  if (question.scan_is_enough || &question.job == &datasets::kScan) return question.answer(inputs, {});
  findings::Answer answer = findings::unanswered(question.id);
  answer.because = fmt::format("not measured; run mazescan-evaluator {}", question.job.name);
  return answer;
}

findings::Answer answer_one(const QuestionAnswer& question, const QuestionInputs& inputs) {
  findings::Answer answer = answer_without_basis(question, inputs);
  answer.basis = question.basis;
  for (findings::Judgement& other : answer.others) other.basis = question.basis;
  return answer;
}

}  // namespace

std::vector<std::string> answered_by(const datasets::DatasetKind& job) {
  std::vector<std::string> ids;
  for (const QuestionAnswer& question : kQuestionAnswers)
    if (std::string(question.job.name) == job.name) ids.emplace_back(question.id);
  return ids;
}

void expect_same_policy(const std::string& of_scan, const std::string& of_job, const std::string& name) {
  require(of_job == of_scan, lazy("the folder '{}' of the run is of another policy than its scan", name),
          lazy("its policy hash is {}, that of the scan {}", of_job, of_scan),
          lazy("remove the wrong one and run mazescan-evaluator again: scan, or {}", name));
}

std::vector<findings::Answer> answer_all(const QuestionInputs& inputs) {
  expect(!inputs.trained.empty(), "maze sizes of the training");
  for (const auto& [name, results] : inputs.results)
    expect_same_policy(inputs.policy_hash, results.policy_hash(), name);
  std::vector<findings::Answer> answers;
  for (const QuestionAnswer& question : kQuestionAnswers) {
    answers.push_back(answer_one(question, inputs));
    if (question.scan_figures == nullptr) continue;
    for (nlohmann::json& figure : question.scan_figures(inputs.scan))
      answers.back().figures.push_back(std::move(figure));
  }
  findings::adjust_across(answers);
  return answers;
}

}  // namespace mazescan::questions
