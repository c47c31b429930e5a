#include "core/error.h"

#include <gtest/gtest.h>

namespace mazescan {
namespace {

TEST(Error, UserErrorSaysWhatWhyAndWhatWouldBeRight) {
  const UserError error("f.yaml:1:2: 'x' is 7", "x is at most 5", "x: 5");
  EXPECT_STREQ(error.what(), "f.yaml:1:2: 'x' is 7\n  why:   x is at most 5\n  right: x: 5");
}

TEST(Error, APlaceIsSetBefore) {
  EXPECT_STREQ(UserError("f.yaml", UserError("what", "why", "right")).what(),
               "f.yaml: what\n  why:   why\n  right: right");
}

TEST(Error, ControlCharactersDoNotReachTheTerminal) {
  const std::string message = UserError("a\x1b[2Jb\rc\td\x7f", "caf\xc3\xa9", "x").what();
  EXPECT_EQ(message, "a?[2Jb?c?d?\n  why:   caf\xc3\xa9\n  right: x");
}

TEST(Error, RequireThrowsUserErrorsOnly) {
  EXPECT_NO_THROW(require(true, "a", "b", "c"));
  EXPECT_THROW(require(false, "a", "b", "c"), UserError);
}

TEST(Error, ExpectNamesTheLineThatExpected) {
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
