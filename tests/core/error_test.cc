#include "core/error.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gtest/gtest.h>

#include <vector>

namespace mazescan {
// Counts how often it is formatted.
struct Counted {
  int* count;
};
}  // namespace mazescan

template <>
struct fmt::formatter<mazescan::Counted> : fmt::formatter<int> {
  template <class Context>
  auto format(const mazescan::Counted& counted, Context& context) const {
    return fmt::formatter<int>::format(++*counted.count, context);
  }
};

namespace mazescan {
namespace {

TEST(Error, UserErrorsHaveProblemReasonAndHint) {
  const UserError error("f.yaml:1:2: 'x' is 7", "x is at most 5", "x: 5");
  EXPECT_STREQ(error.what(), "f.yaml:1:2: 'x' is 7\n  reason: x is at most 5\n  hint:   x: 5");
}

TEST(Error, APlaceIsPutBeforeTheProblem) {
  EXPECT_STREQ(UserError("f.yaml", UserError("problem", "rule", "remedy")).what(),
               "f.yaml: problem\n  reason: rule\n  hint:   remedy");
}

TEST(Error, ControlCharactersDoNotReachTheTerminal) {
  const std::string message = UserError("a\x1b[2Jb\rc\td\x7f", "caf\xc3\xa9", "x").what();
  EXPECT_EQ(message, "a?[2Jb?c?d?\n  reason: caf\xc3\xa9\n  hint:   x");
}

TEST(Error, RequireThrowsUserErrorsOnly) {
  EXPECT_NO_THROW(require(true, "a", "b", "c"));
  EXPECT_THROW(require(false, "a", "b", "c"), UserError);
}

TEST(Error, RequireTakesStringsAndLazyTexts) {
  const char* const plain = "plain";
  const std::string name = "x", value = "7";
  try {
    require(false, lazy("'{}' is {}", name, std::stoi(value)), plain, lazy("{}: {}", name, value));
    FAIL() << "nothing was thrown";
  } catch (const UserError& error) {
    EXPECT_STREQ(error.what(), "'x' is 7\n  reason: plain\n  hint:   x: 7");
  }
  try {
    const std::vector<int> numbers = {1, 2};
    require(false, std::string_view("a"), lazy("no arguments"), lazy("{}", fmt::join(numbers, ", ")));
    FAIL() << "nothing was thrown";
  } catch (const UserError& error) {
    EXPECT_STREQ(error.what(), "a\n  reason: no arguments\n  hint:   1, 2");
  }
}

TEST(Error, LazyTextsAreFormattedOnFailureOnly) {
  int count = 0;
  const Counted counted{&count};
  require(true, lazy("{}", counted), lazy("{}", counted), "c");
  EXPECT_EQ(count, 0);
  EXPECT_THROW(require(false, lazy("{}", counted), lazy("{}", counted), "c"), UserError);
  EXPECT_EQ(count, 2);
}

TEST(Error, ExpectNamesItsLine) {
  EXPECT_NO_THROW(expect(true, "nothing"));
  try {
    expect(false, "sunshine");
    FAIL() << "nothing was thrown";
  } catch (const InternalError& error) {
    const std::string message = error.what();
    EXPECT_NE(message.find("error_test.cc:" + std::to_string(__LINE__ - 4)), std::string::npos) << message;
    EXPECT_NE(message.find("expected sunshine"), std::string::npos) << message;
  }
}

}  // namespace
}  // namespace mazescan
