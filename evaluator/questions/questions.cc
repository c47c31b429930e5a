#include "evaluator/questions/questions.h"

#include <fmt/format.h>

#include "core/error.h"
#include "evaluator/questions/behaviour.h"
#include "evaluator/questions/edit_answers.h"
#include "evaluator/questions/probe_answer.h"
#include "evaluator/questions/worst_case.h"

namespace mazescan {
namespace {

Answer not_measured(const char* id, const char* job) {
  Answer answer = unanswered(id);
  answer.because = fmt::format("not measured; run mazescan-evaluator {}", job);
  return answer;
}

}  // namespace

void expect_same_policy(const std::string& of_scan, const std::string& of_job, const std::string& name) {
  require(
      of_job == of_scan, fmt::format("the folder '{}' of the run is of another policy than its scan", name),
      fmt::format("the policy's hash is {} there and {} in the scan", of_job, of_scan),
      fmt::format("remove the one that is not meant and run mazescan-evaluator again: scan, or {}", name));
}

std::vector<Answer> answer_all(const QuestionInputs& inputs) {
  for (const auto& [results, name] :
       {std::pair(&inputs.probe, "probe"), std::pair(&inputs.edit, "edit"),
        std::pair(&inputs.trigger, "trigger"), std::pair(&inputs.certify, "certify")})
    if (results->has_value()) expect_same_policy(inputs.policy_hash, (*results)->policy_hash(), name);
  Answer trigger = inputs.trigger ? answer_trigger(*inputs.trigger) : not_measured("Q7", "trigger");
  for (nlohmann::json& figure : behaviour_figures(inputs.scan)) trigger.figures.push_back(std::move(figure));
  return {answer_corners(inputs.scan, inputs.rows),
          answer_bottom_left(inputs.scan),
          answer_phase(inputs.scan),
          inputs.edit ? answer_retarget(*inputs.edit) : not_measured("Q4", "edit"),
          inputs.edit ? answer_no_retarget(*inputs.edit) : not_measured("Q5", "edit"),
          inputs.probe ? answer_probe(*inputs.probe) : not_measured("Q6", "probe"),
          trigger,
          inputs.edit ? answer_fraction(*inputs.edit) : not_measured("Q8", "edit"),
          answer_worst_case(inputs.certify ? *inputs.certify : Results{}, inputs.scan)};
}

}  // namespace mazescan
