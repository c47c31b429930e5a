#include "evaluator/questions/questions.h"

#include <fmt/format.h>

#include <string_view>

#include "core/error.h"
#include "evaluator/questions/behaviour.h"
#include "evaluator/questions/edit_answers.h"
#include "evaluator/questions/probe_answer.h"
#include "evaluator/questions/worst_case.h"

namespace mazescan::questions {
namespace {

// A question that the results of one analysis answer.
struct AnalysisQuestion {
  std::string_view id;
  datasets::DatasetKind kind;
  findings::Answer (*answer)(const datasets::Results& results);
};
constexpr std::string_view kTriggerQuestion = "Q7";
// In the order of the report. They come between Q3 and Q9, which use the scan.
constexpr AnalysisQuestion kAnalysisQuestions[] = {
    {"Q4", datasets::kEdit, answer_retarget}, {"Q5", datasets::kEdit, answer_no_retarget},
    {"Q6", datasets::kProbe, answer_probe},   {kTriggerQuestion, datasets::kTrigger, answer_trigger},
    {"Q8", datasets::kEdit, answer_fraction},
};

findings::Answer not_measured(const AnalysisQuestion& question) {
  findings::Answer answer = findings::unanswered(std::string(question.id));
  answer.because = fmt::format("not measured; run mazescan-evaluator {}", question.kind.name);
  return answer;
}

}  // namespace

void expect_same_policy(const std::string& of_scan, const std::string& of_job, const std::string& name) {
  require(of_job == of_scan, lazy("the folder '{}' of the run is of another policy than its scan", name),
          lazy("its policy hash is {}, that of the scan {}", of_job, of_scan),
          lazy("remove the wrong one and run mazescan-evaluator again: scan, or {}", name));
}

std::vector<findings::Answer> answer_all(const QuestionInputs& inputs) {
  for (const auto& [name, results] : inputs.results)
    expect_same_policy(inputs.policy_hash, results.policy_hash(), name);
  std::vector<findings::Answer> answers = {answer_corners(inputs.scan, inputs.rows),
                                           answer_bottom_left(inputs.scan), answer_phase(inputs.scan)};
  for (const AnalysisQuestion& question : kAnalysisQuestions) {
    const auto results = inputs.results.find(question.kind.name);
    answers.push_back(results == inputs.results.end() ? not_measured(question)
                                                      : question.answer(results->second));
    if (question.id == kTriggerQuestion)
      for (nlohmann::json& figure : behaviour_figures(inputs.scan))
        answers.back().figures.push_back(std::move(figure));
  }
  const auto certificates = inputs.results.find(datasets::kCertify.name);
  answers.push_back(answer_worst_case(
      certificates == inputs.results.end() ? datasets::Results{} : certificates->second, inputs.scan));
  return answers;
}

}  // namespace mazescan::questions
