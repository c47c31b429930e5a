#include <gtest/gtest.h>

#include <fstream>

#include "core/config.h"
#include "tests/core/sample_config.h"
#include "tests/storage/temporary_folder.h"

namespace mazescan {
namespace {

class ConfigOverrides : public testing::Test {
 protected:
  SampleConfig load(const std::string& text, const std::vector<std::string>& overrides) const {
    std::ofstream(folder_ / "c.yaml") << text;
    return load_config<SampleConfig>(folder_ / "c.yaml", overrides);
  }

 private:
  TemporaryFolder folder_;
};

TEST_F(ConfigOverrides, ReplaceValuesOfTheFile) {
  const SampleConfig c = load("count: 1\nouter:\n  inner: {depth: 3, rate: 2}\n",
                              {"count=7", "outer.inner.depth=4", "sizes=[1, 2]", "name=a=b", "flag=false"});
  EXPECT_EQ(c.count, 7);
  EXPECT_EQ(c.outer.inner.depth, 4);
  EXPECT_EQ(c.outer.inner.rate, 2) << "other keys of the section stay";
  EXPECT_EQ(c.sizes, (std::vector<int>{1, 2}));
  EXPECT_EQ(c.name, "a=b");
  EXPECT_FALSE(c.flag);
}

TEST_F(ConfigOverrides, ApplyToTextsAsWell) {
  const auto c = parse_config<SampleConfig>("count: 1\nname: a\n", "t", {"count=7"});
  EXPECT_EQ(c.count, 7);
  EXPECT_EQ(c.name, "a");
  EXPECT_USER_ERROR(parse_config<SampleConfig>("", "t", {"count=many"}), "--set count=many");
  EXPECT_USER_ERROR(parse_config<SampleConfig>("count: 1\n", "t", {"count.x=1"}), "'t' has no key");
}

TEST_F(ConfigOverrides, CreateMissingSections) {
  for (const char* text : {"", "flag: true\n", "outer: {on: true}\n", "outer: {}\n"}) {
    const SampleConfig c = load(text, {"outer.inner.depth=4", "outer.inner.rate=9"});
    EXPECT_EQ(c.outer.inner.depth, 4) << text;
    EXPECT_EQ(c.outer.inner.rate, 9) << text;
  }
  EXPECT_EQ(load("outer:\n", {"outer.inner.depth=4"}).outer.inner.depth, 4) << "an empty section";
}

TEST_F(ConfigOverrides, WholeSections) {
  const SampleConfig c = load("outer: {on: true, inner: {depth: 3}}", {"outer={inner: {rate: 7}}"});
  EXPECT_EQ(c.outer.inner.rate, 7);
  EXPECT_EQ(c.outer.inner.depth, InnerConfig{}.depth);
  EXPECT_FALSE(c.outer.on);
}

TEST_F(ConfigOverrides, TheLastOneWins) {
  EXPECT_EQ(load("", {"count=1", "count=2"}).count, 2);
  EXPECT_USER_ERROR(load("", {"count=1", "count=x"}), "--set count=x: 'count' is x");
}

TEST_F(ConfigOverrides, BadForms) {
  for (const char* bad : {"count", "=3", "", "=", ".=3", ".count=3", "outer..inner=3"})
    EXPECT_USER_ERROR(load("", {bad}), "--set " + std::string(bad));
  EXPECT_USER_ERROR(load("", {"sizes=[1, 2"}), "--set sizes=[1, 2");
  EXPECT_USER_ERROR(load("", {"sizes=[1, 2"}), "not valid YAML");
}

TEST_F(ConfigOverrides, ErrorsNameTheOverrideNotTheFile) {
  EXPECT_USER_ERROR(load("count: 1\n", {"count=1.5"}), "--set count=1.5: 'count' is 1.5");
  EXPECT_USER_ERROR(load("", {"outer.inner.depth=99"}),
                    "--set outer.inner.depth=99: 'outer.inner.depth' is 99");
  EXPECT_USER_ERROR(load("", {"outer={inner: {depth: 99}}"}),
                    "--set outer={inner: {depth: 99}}: 'outer.inner.depth'");
  EXPECT_USER_ERROR(load("", {"sizes=[1, x]"}), "--set sizes=[1, x]: 'sizes[1]' is x");
  EXPECT_USER_ERROR(load("", {"cuont=3"}), "--set cuont=3: unknown key 'cuont'");
  EXPECT_USER_ERROR(load("", {"cuont=3"}), "did you mean 'count'?");
  EXPECT_USER_ERROR(load("", {"count="}), "'count' is empty");
  EXPECT_USER_ERROR(load("count: 1\n", {"uoter.inner.depth=3"}),
                    "--set uoter.inner.depth=3: unknown key 'uoter'");
}

TEST_F(ConfigOverrides, ErrorsOfTheFileStillNameTheFile) {
  EXPECT_USER_ERROR(load("flag: true\ncount: x\n", {"counter=3", "outer.on=true"}),
                    "c.yaml:2:8: 'count' is x");
  EXPECT_USER_ERROR(load("flag: true\ncuont: 3\n", {"count=3"}), "c.yaml:2:1: unknown key 'cuont'");
}

TEST_F(ConfigOverrides, AParentThatIsNoSection) {
  EXPECT_USER_ERROR(load("count: 1\n", {"count.x=3"}), "the parent of this key is not a section");
  EXPECT_USER_ERROR(load("sizes: [1]\n", {"sizes.0=3"}), "the parent of this key is not a section");
}

}  // namespace
}  // namespace mazescan
