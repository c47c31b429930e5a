#include "core/config_value.h"

#include <gtest/gtest.h>

#include "tests/core/sample_config.h"
#include "tests/storage/temporary_folder.h"

namespace mazescan {
namespace {

TEST(ConfigValue, IsThatOfTheLoadedConfiguration) {
  SampleConfig sample =
      parse_sample("name: \"a b: ü\"\nsizes: [3, 7]\nouter: {on: true, inner: {rate: 0.25}}\n");
  const ConfigKeys keys = config_keys(sample);
  EXPECT_EQ(config_value(keys, "name"), "a b: ü");
  EXPECT_EQ(config_value(keys, "sizes"), "3,7");
  EXPECT_EQ(config_value(keys, "outer.on"), "true");
  EXPECT_EQ(config_value(keys, "outer.inner.rate"), "0.25");
  EXPECT_EQ(config_value(keys, "outer.inner.depth"), "2");
}

TEST(ConfigValue, OtherNamesAreRefused) {
  const ConfigKeys keys = config_keys(SampleConfig());
  EXPECT_USER_ERROR(config_value(keys, "nme"), "there is no key 'nme'");
  EXPECT_USER_ERROR(config_value(keys, "outer.inner.deep"), "there is no key 'deep'");
  EXPECT_USER_ERROR(config_value(keys, "outer"), "'outer' is a section");
  EXPECT_USER_ERROR(config_value(keys, "name.x"), "'name' is no section");
  EXPECT_USER_ERROR(config_value(keys, ""), "there is no key ''");
}

}  // namespace
}  // namespace mazescan
