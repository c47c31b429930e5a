#include <gtest/gtest.h>

#include <fstream>

#include "core/config.h"
#include "tests/core/sample_config.h"
#include "tests/storage/temporary_folder.h"

namespace mazescan {
namespace {

TEST(ConfigErrors, UnknownKeysHaveAPlaceAndAHint) {
  const std::string text = "flag: true\nouter:\n  on: true\n  inner:\n    depht: 2\n";
  EXPECT_USER_ERROR(parse_sample(text), "f.yaml:5:5: unknown key 'outer.inner.depht'");
  EXPECT_USER_ERROR(parse_sample(text), "did you mean 'depth'?");
  EXPECT_USER_ERROR(parse_sample("outer: {zzzzzzzz: 1}"), "one of inner, on");
  EXPECT_USER_ERROR(parse_sample("othr: {}"), "did you mean 'other'?");
}

TEST(ConfigErrors, DuplicateKeys) {
  EXPECT_USER_ERROR(parse_sample("count: 1\nflag: true\ncount: 2\n"), "f.yaml:3:1: duplicate key 'count'");
  EXPECT_USER_ERROR(parse_sample("outer:\n  on: true\n  on: true\n"), "f.yaml:3:3: duplicate key 'outer.on'");
  EXPECT_USER_ERROR(parse_sample("outer: {}\nouter: {}\n"), "duplicate key 'outer'");
}

TEST(ConfigErrors, NotAnInteger) {
  for (const char* value : {"010", "-010", "00", "1.5", "1e3", "0x10", "yes", "true", "1_000", "1,000",
                            "12 m", "--1", "+1", "''", "1.", "[1]", "{a: 1}", "99999999999999999999"}) {
    EXPECT_USER_ERROR(parse_sample("flag: true\ncount: " + std::string(value)), "f.yaml:2:8: 'count' is ");
    EXPECT_USER_ERROR(parse_sample("large: " + std::string(value)), "expected an integer");
  }
  EXPECT_USER_ERROR(parse_sample("count: 3000000000"), "does not fit in 32 bits");
  EXPECT_USER_ERROR(parse_sample("count: -3000000000"), "does not fit in 32 bits");
  EXPECT_USER_ERROR(parse_sample("large: 9223372036854775808"), "expected an integer");
}

TEST(ConfigErrors, NotANumber) {
  for (const char* value : {"010", "01.5", "yes", "1.5.2", "nan", ".nan", "inf", ".inf", "-inf", "1e999",
                            "0x1p3", "1,5", "[1.5]", "''"})
    EXPECT_USER_ERROR(parse_sample("ratio: " + std::string(value)), "expected a number");
}

TEST(ConfigErrors, NotABoolean) {
  for (const char* value : {"yes", "no", "on", "True", "TRUE", "1", "0", "[true]"})
    EXPECT_USER_ERROR(parse_sample("flag: " + std::string(value)), "f.yaml:1:7: 'flag' is ");
  EXPECT_USER_ERROR(parse_sample("flag: yes"), "expected a boolean");
}

TEST(ConfigErrors, NotAString) {
  for (const char* value : {"[a]", "{a: b}"})
    EXPECT_USER_ERROR(parse_sample("name: " + std::string(value)), "expected a string");
}

TEST(ConfigErrors, PresentButEmpty) {
  for (const char* key : {"flag", "count", "large", "ratio", "name", "sizes", "words"})
    for (const char* value : {"", " ~", " null"})
      EXPECT_USER_ERROR(parse_sample(key + std::string(":") + value), "'" + std::string(key) + "' is empty");
}

TEST(ConfigErrors, OutOfRange) {
  EXPECT_USER_ERROR(parse_sample("flag: true\ncount: 101"), "f.yaml:2:8: 'count' is 101");
  EXPECT_USER_ERROR(parse_sample("count: -101"), "from -100 to 100");
  EXPECT_USER_ERROR(parse_sample("large: -1"), "at least 0");
  EXPECT_USER_ERROR(parse_sample("ratio: 10.0001"), "from -10 to 10");
  EXPECT_USER_ERROR(parse_sample("kind: blue"), "one of red, green");
  EXPECT_USER_ERROR(parse_sample("sizes: [3, 100]"), "each from 1 to 99");
  EXPECT_USER_ERROR(parse_sample("sizes: []"), "not empty");
}

TEST(ConfigErrors, ListsScalarsAndSectionsAreDistinguished) {
  EXPECT_USER_ERROR(parse_sample("sizes: 3"), "f.yaml:1:8: 'sizes' is 3");
  EXPECT_USER_ERROR(parse_sample("sizes: {a: 3}"), "expected a list");
  EXPECT_USER_ERROR(parse_sample("sizes: [3, [5]]"), "'sizes[1]' is ");
  EXPECT_USER_ERROR(parse_sample("sizes: [3,\n  x]"), "f.yaml:2:3: 'sizes[1]' is x");
  EXPECT_USER_ERROR(parse_sample("outer: 3"), "expected a section with keys");
  EXPECT_USER_ERROR(parse_sample("outer: [inner]"), "expected a section with keys");
  EXPECT_USER_ERROR(parse_sample("- a\n- b"), "the document is ");
  EXPECT_USER_ERROR(parse_sample("just text"), "the document is just text");
  EXPECT_USER_ERROR(parse_sample("? [a]\n: 3\n"), "a key must be a plain name");
  EXPECT_USER_ERROR(parse_sample(": 3\n"), "a key must be a plain name");
}

TEST(ConfigErrors, MalformedYaml) {
  EXPECT_USER_ERROR(parse_sample("flag: true\nsizes: [3, 5\ncount: 1\n"), "not valid YAML");
  EXPECT_USER_ERROR(parse_sample("count: 1\n  flag: true\n"), "f.yaml:2:");
  EXPECT_USER_ERROR(parse_sample("name: \"open"), "not valid YAML");
  EXPECT_USER_ERROR(parse_sample("count: *nowhere"), "f.yaml:1:");
  EXPECT_USER_ERROR(parse_sample("count: @3"), "not valid YAML");
}

TEST(ConfigErrors, ASecondDocumentIsNotIgnored) {
  EXPECT_USER_ERROR(parse_sample("count: 1\n---\ncount: 2\n"), "more than one document");
}

TEST(ConfigErrors, DeepNestingDoesNotCrash) {
  EXPECT_USER_ERROR(parse_sample(std::string(100'000, '[')), "f.yaml");
  EXPECT_USER_ERROR(parse_sample("name: " + std::string(100'000, '{')), "f.yaml");
  std::string indented;
  for (int depth = 0; depth < 3000; ++depth) indented += std::string(depth, ' ') + "a:\n";
  EXPECT_USER_ERROR(parse_sample(indented), "f.yaml");
}

TEST(ConfigErrors, LongValuesAreShortenedInMessages) {
  const std::string message = user_error([] { parse_sample("count: " + std::string(5000, 'x')); });
  EXPECT_LT(message.size(), 300U) << message;
}

TEST(ConfigErrors, MissingFilesAndDirectories) {
  const TemporaryFolder folder;
  const std::string path = folder / "c.yaml";
  EXPECT_USER_ERROR(load_config<SampleConfig>(path), path + ": no such file");
  EXPECT_USER_ERROR(load_config<SampleConfig>(folder.path()), folder.path().string() + ": is a directory");
  std::ofstream(path) << "flag: true\ncont: 3\n";
  EXPECT_USER_ERROR(load_config<SampleConfig>(path), path + ":2:1: unknown key 'cont'");
}

}  // namespace
}  // namespace mazescan
