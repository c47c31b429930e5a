#include "core/json.h"

#include <gtest/gtest.h>

#include <chrono>

namespace mazescan {
namespace {

std::string fault_of(const std::string& text, const JsonLimits& limits = {}) {
  std::string fault;
  EXPECT_TRUE(parse_json(text, limits, &fault).is_discarded()) << text.substr(0, 50);
  return fault;
}

TEST(ParseJson, ReadsWhatNlohmannReads) {
  for (const char* text :
       {"{}", "[]", "3", "-3", "0.5", "\"a\\u00e9\"", "null", "true", "[1, [2, {\"a\": [3, 4]}], {}]",
        "{\"b\": 1, \"a\": {\"c\": [], \"b\": {\"d\": \"e\"}}, \"c\": [{}, {\"x\": 18446744073709551615}]}"})
    EXPECT_EQ(parse_json(text), nlohmann::json::parse(text)) << text;
}

TEST(ParseJson, RefusesWhatIsNotOneValue) {
  for (const char* text : {"", " ", "{", "[1,]", "{} {}", "{\"a\": 1} x", "nul", "\"\xff\"", "01", "[1 2]"})
    EXPECT_NE(fault_of(text), "") << text;
}

TEST(ParseJson, RefusesRepeatedKeys) {
  EXPECT_EQ(fault_of("{\"a\": 1, \"b\": {\"a\": 2, \"a\": 3}}"), "the key 'a' appears twice");
  EXPECT_FALSE(parse_json("{\"a\": {\"a\": 1}, \"b\": {\"a\": 2}}").is_discarded());
}

TEST(ParseJson, BoundsDepthAndCount) {
  const std::string open(300000, '[');
  EXPECT_EQ(fault_of(open), "it is nested more than 32 deep");
  EXPECT_EQ(fault_of("[[[]]]", {2, 100}), "it is nested more than 2 deep");
  EXPECT_FALSE(parse_json("[[], [[]]]", {3, 100}).is_discarded());
  EXPECT_EQ(fault_of("[1, 2, 3]", {2, 3}), "it holds more than 3 values");
  EXPECT_FALSE(parse_json("[1, 2]", {2, 3}).is_discarded());
}

TEST(ParseJson, TakesLinearTime) {
  std::string text = "{\"attributes\": {";
  for (int i = 0; i < 300000; ++i) text += (i ? ", \"" : "\"") + std::to_string(i) + "\": {}";
  text += "}}";
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_EQ(parse_json(text)["attributes"].size(), 300000U);
  // Quadratic time would be half an hour.
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(30));
}

}  // namespace
}  // namespace mazescan
