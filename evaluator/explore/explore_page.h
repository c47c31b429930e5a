#pragma once
#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "evaluator/explore/answers.h"

namespace mazescan::explore {

// What the page shows first.
struct Opening {
  std::string title;    // of the policy
  nlohmann::json maze;  // as Answers::level returns it
  std::string edits;    // the text of a file of edits; empty: none
  int64_t seed = 1;     // of sampled walks
};

// Returns the document that the page draws; evaluator/report/page/explore.js describes it.
nlohmann::json explore_document(const Answers& answers, const Opening& opening);

// Returns the page: the modules of the report's page, and those of its own.
std::string explore_page(const nlohmann::json& document);

}  // namespace mazescan::explore
