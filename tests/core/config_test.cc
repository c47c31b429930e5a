#include "core/config.h"

#include <gtest/gtest.h>

#include "tests/core/sample_config.h"
#include "tests/storage/temporary_folder.h"

namespace mazescan {
namespace {

TEST(Config, ReadsEveryType) {
  const SampleConfig c = parse_sample(R"(
flag: false
count: -12
large: 9007199254740993
ratio: 2.5e-3
name: "true"
kind: green
sizes: [7, 9]
weights: [1, -0.5]
words:
  - one
  - "two words"
outer:
  inner: {depth: 9, rate: 0}
  on: true
)");
  EXPECT_FALSE(c.flag);
  EXPECT_EQ(c.count, -12);
  EXPECT_EQ(c.large, 9007199254740993);  // not rounded to a double
  EXPECT_EQ(c.ratio, 2.5e-3);
  EXPECT_EQ(c.name, "true");
  EXPECT_EQ(c.kind, "green");
  EXPECT_EQ(c.sizes, (std::vector<int>{7, 9}));
  EXPECT_EQ(c.weights, (std::vector<double>{1, -0.5}));
  EXPECT_EQ(c.words, (std::vector<std::string>{"one", "two words"}));
  EXPECT_EQ(c.outer.inner.depth, 9);
  EXPECT_EQ(c.outer.inner.rate, 0);
  EXPECT_TRUE(c.outer.on);
}

TEST(Config, MissingKeysKeepTheirDefaults) {
  const std::string defaults = dump_config(SampleConfig{});
  for (const char* text : {"", "# only a comment\n", "outer:\n", "outer: {inner: }", "{}"})
    EXPECT_EQ(dump_config(parse_sample(text)), defaults) << text;
}

TEST(Config, RangesIncludeTheirEnds) {
  EXPECT_EQ(parse_sample("count: -100").count, -100);
  EXPECT_EQ(parse_sample("count: 100").count, 100);
  EXPECT_EQ(parse_sample("outer: {inner: {rate: 0}}").outer.inner.rate, 0);
  EXPECT_EQ(parse_sample("large: 9223372036854775807").large, INT64_MAX);
}

TEST(Config, SectionsOfTheOtherProgramAreIgnored) {
  EXPECT_NO_THROW(parse_sample("other: {anything: [1, {a: b}]}"));
  EXPECT_EQ(dump_config(SampleConfig{}).find("other"), std::string::npos);
}

void expect_equal(const SampleConfig& a, const SampleConfig& b) {
  EXPECT_EQ(a.flag, b.flag);
  EXPECT_EQ(a.count, b.count);
  EXPECT_EQ(a.large, b.large);
  EXPECT_EQ(a.ratio, b.ratio);
  EXPECT_EQ(a.name, b.name);
  EXPECT_EQ(a.kind, b.kind);
  EXPECT_EQ(a.sizes, b.sizes);
  EXPECT_EQ(a.weights, b.weights);
  EXPECT_EQ(a.words, b.words);
  EXPECT_EQ(a.outer.inner.depth, b.outer.inner.depth);
  EXPECT_EQ(a.outer.inner.rate, b.outer.inner.rate);
  EXPECT_EQ(a.outer.on, b.outer.on);
}

TEST(Config, DumpAndParseGiveAnEqualStruct) {
  SampleConfig c;
  expect_equal(parse_sample(dump_config(c)), c);
  c.flag = false;
  c.count = -99;
  c.large = INT64_MAX;
  c.ratio = 0.1 + 0.2;
  c.kind = "green";
  c.sizes = {99};
  c.weights = {1e300, 5e-324, 1 / 3.0, -0.0, 100000};
  c.outer = {{1, 123456789.123}, true};
  for (const char* text :
       {"",           " ",   "true",         "null",         "Null", "NULL",    "~",
        "12",         "yes", "a: b",         "# no comment", "- x",  "a\nb\tc", "\"quoted\" 'too' \\ back",
        "[1]",        "{}",  "runs/a-b_c.d", "*a",           "&a",   "!t",      "%",
        "caf\xc3\xa9"}) {
    c.name = text;
    c.words = {text, "x", text};
    expect_equal(parse_sample(dump_config(c)), c);
  }
}

TEST(Config, DumpCarriesEveryComment) {
  const std::string dump = dump_config(SampleConfig{});
  for (const char* part :
       {"# boolean\n", "# large integer\n", "outer:  # a section\n", "  inner:  # a section in a section\n",
        "    depth: 2 ", "sizes: [3, 5] ", "words: [a, \"b c\"] "})
    EXPECT_NE(dump.find(part), std::string::npos) << part << " in\n" << dump;
}

struct Inner {
  int depth = 2, threads = 1;
  template <class Visitor>
  void fields(Visitor& visit) {
    visit("depth", depth, "", between(1, 9));
    visit("threads", threads, "", between(1, 9), neutral);
  }
};

struct WithNeutralKeys {
  std::string name = "plain", folder = "here";
  Inner inner, checkpoints;
  template <class Visitor>
  void fields(Visitor& visit) {
    visit("name", name, "help");
    visit("folder", folder, "help", neutral);
    visit("inner", inner, "a section");
    visit("checkpoints", checkpoints, "a section that is neutral as a whole", neutral);
  }
};

TEST(Config, TheIdentityHasNoNeutralKeysAndNoComments) {
  WithNeutralKeys config;
  EXPECT_EQ(dump_identity(config), "name: plain\ninner.depth: 2\n");
  config.folder = "elsewhere";
  config.inner.threads = 3;
  config.checkpoints = {5, 5};
  EXPECT_EQ(dump_identity(config), "name: plain\ninner.depth: 2\n");
  config.inner.depth = 3;
  EXPECT_EQ(dump_identity(config), "name: plain\ninner.depth: 3\n");
}

TEST(Config, NeutralKeysAreReadCheckedAndDumpedLikeOthers) {
  const auto config =
      parse_config<WithNeutralKeys>("{folder: there, inner: {threads: 4}, checkpoints: {depth: 3}}", "f");
  EXPECT_EQ(config.folder, "there");
  EXPECT_EQ(config.inner.threads, 4);
  const auto again = parse_config<WithNeutralKeys>(dump_config(config), "f");
  EXPECT_EQ(dump_config(again), dump_config(config));
  EXPECT_EQ(again.checkpoints.depth, 3);
  EXPECT_USER_ERROR(parse_config<WithNeutralKeys>("inner: {threads: 10}", "f"), "'inner.threads' is 10");
}

struct Checked {
  int low = 1, high = 2;
  template <class Visitor>
  void fields(Visitor& visit) {
    visit("low", low, "");
    visit("high", high, "");
  }
  void validate() const { require(low < high, "low is not below high", "a range", "low: 1"); }
};

TEST(Config, ValidateChecksSeveralFields) {
  EXPECT_EQ(parse_config<Checked>("low: -3", "f").low, -3);
  EXPECT_USER_ERROR(parse_config<Checked>("low: 2", "f"), "f: low is not below high");
}

TEST(Config, NearestKey) {
  const std::vector<std::string> keys = {"epochs", "minibatch", "gamma"};
  EXPECT_EQ(nearest("epoch", keys), "epochs");
  EXPECT_EQ(nearest("mini_batch", keys), "minibatch");
  EXPECT_EQ(nearest("gmama", keys), "gamma");
  EXPECT_EQ(nearest("somethingelse", keys), "");
  EXPECT_EQ(nearest("x", {}), "");
}

}  // namespace
}  // namespace mazescan
