#include "evaluator/parity/check.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/envs/message_of.h"
#include "tests/evaluator/parity/sample_recordings.h"
#include "tests/storage/temporary_folder.h"

namespace mazescan::parity {
namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::StartsWith;

const Textures kOurs{frame::ThemeName::mazescan, ""};

CheckReport checked(const Spoil& spoil, const Textures& textures) {
  const TemporaryFolder folder;
  const SampleRecordings recordings(folder.path(), spoil);
  recordings.write_levels();
  recordings.write_rollouts();
  recordings.write_frames();
  return check_recordings(folder.path(), textures);
}

TEST(Check, OurOwnRecordingsAreEqual) {
  const CheckReport report = checked({}, kOurs);
  EXPECT_TRUE(report.all_equal());
  EXPECT_EQ(report.equal("levels"), 24);
  EXPECT_EQ(report.equal("records"), 602 + 41 + 24);
  EXPECT_EQ(report.equal("frame checksums"), 602 + 41);
  EXPECT_EQ(report.equal("frames"), 24);
  EXPECT_TRUE(report.remarks.empty());
  EXPECT_THAT(report.text(), HasSubstr("levels.h5: /maze/easy"));
  EXPECT_THAT(report.text(), HasSubstr("24/24      frames, largest pixel difference 0"));
  EXPECT_THAT(report.text(), HasSubstr("all equal: 24/24 levels, 667/667 records"));
}

TEST(Check, WithoutTexturesPicturesAreTold) {
  const CheckReport report = checked({}, {});
  EXPECT_TRUE(report.all_equal());
  EXPECT_EQ(report.total("frames") + report.total("frame checksums"), 0);
  EXPECT_THAT(report.remarks, Contains(HasSubstr("frames.h5: pictures were NOT COMPARED")));
  EXPECT_THAT(report.remarks, Contains(HasSubstr("rollouts.h5: pictures were NOT COMPARED")));
}

// A change of any single value is found: one record of one group differs, and the message names the record
// and the field.
TEST(Check, OneChangedValueIsFound) {
  const struct {
    const char *dataset, *field;
    size_t index;
    const char* place;
  } cases[] = {
      {"/maze/easy/grid", "grid is another", 5 * 225 + 112, "level 2:"},
      {"/maze/easy/next_rng", "next_rng is", 0, "level -3:"},
      {"/maze/easy/maze_dim", "maze_dim is", 1, "level -2:"},
      {"/maze/easy/world_dim", "world_dim is 15, recorded 16", 3, "level 0:"},
      {"/maze_aisc/rand_region_05/hard/cheese_cell", "cheese_cell is (", 23, "level 8:"},
      {"/maze_aisc/rand_region_05/hard/agent_cell", "agent_cell is (", 0, "level -3:"},
      {"/maze_aisc/rand_region_05/hard/background_index", "background_index is", 2, "level -1:"},
      {"/r000/level_seed", "level_seed is", 601, "t 300, environment 1:"},
      {"/r000/reward", "reward is", 0, "t 0, environment 0:"},
      {"/r000/first", "first is", 21, "t 10, environment 1:"},
      {"/r000/prev_level_seed", "prev_level_seed is", 20, "t 10, environment 0:"},
      {"/r000/prev_level_complete", "prev_level_complete is", 20, "t 10, environment 0:"},
      {"/r001/agent_cell", "agent_cell is (", 80, "t 40, environment 0:"},
      {"/r001/frame_crc32", "frame_crc32 is", 7, "t 7, environment 0:"},
      {"/maze_easy/reward", "reward is", 9, "level 51, t 1:"},
      {"/maze_easy/first", "first is", 0, "level 50, t 0:"},
      {"/maze_easy/agent_reflected", "agent_reflected is", 3, "level 50, t 3:"},
      {"/maze_easy/agent_cell", "agent_cell is", 2, "level 50, t 1:"},
      {"/maze_easy/maze_dim", "maze_dim is", 2, "level 52, t 0:"},
      {"/maze_easy/background_index", "background_index is", 1, "level 51, t 0:"},
      {"/maze_easy/reset_grid", "reset_grid is another", 224, "level 50, t 0:"},
      {"/maze_easy/frames", "the largest difference of a pixel is", 12288 * 10 + 12287, "level 51, t 2:"},
  };
  for (const auto& one : cases) {
    SCOPED_TRACE(one.dataset);
    const CheckReport report = checked({one.dataset, one.index}, kOurs);
    EXPECT_FALSE(report.all_equal());
    int different = 0;
    for (const GroupCheck& group : report.groups) {
      if (group.equal == group.total) continue;
      ++different;
      const std::string path = one.dataset;
      EXPECT_THAT(group.group, testing::EndsWith(": " + path.substr(0, path.rfind('/'))));
      EXPECT_EQ(group.equal, group.total - 1);
      EXPECT_THAT(group.first, StartsWith(one.place));
      EXPECT_THAT(group.first, HasSubstr(one.field));
      if (group.unit == "frames") {
        EXPECT_THAT(group.largest_difference, testing::AnyOf(1, 255));
      }
    }
    EXPECT_EQ(different, 1);
    EXPECT_THAT(report.text(), HasSubstr("DIFFERENT, first at"));
    EXPECT_THAT(report.text(), HasSubstr("NOT EQUAL:"));
  }
}

TEST(Check, WhatIsUnknownIsTold) {
  const TemporaryFolder folder;
  SampleRecordings(folder.path()).write_levels();
  const auto change = [&](const std::function<void(hdf5::H5File&)>& more) {
    hdf5::H5File file = hdf5::H5File::create(folder / "rollouts.h5");
    more(file);
    file.close();
    return check_recordings(folder.path(), {}).remarks;
  };
  const std::vector<int32_t> none(4);
  EXPECT_THAT(change([&](hdf5::H5File& f) {
                f.write("/other/things", none, {{"n", 4}});
              }),
              Contains(HasSubstr("/other holds no action and is not known")));
  const auto recording = [&](const char* key, const auto& value) {
    return change([&](hdf5::H5File& f) {
      f.write("/r000/action", none, {{"t", 2}, {"n", 2}});
      f.set_attribute("/r000", "distribution_mode_int", int64_t{0});
      f.set_attribute("/r000", key, value);
      // Drop the group, so that its missing datasets are not errors.
      if (std::string(key) == "colour") f.set_attribute("/r000", "use_generated_assets", int64_t{1});
    });
  };
  EXPECT_THAT(recording("distribution_mode_int", int64_t{2}),
              Contains(HasSubstr("distribution_mode_int is 2")));
  EXPECT_THAT(recording("env_name", std::string_view("coinrun")), Contains(HasSubstr("env_name is coinrun")));
  EXPECT_THAT(recording("use_generated_assets", int64_t{1}), Contains(HasSubstr("use_generated_assets")));
  EXPECT_THAT(recording("colour", int64_t{1}), Contains(HasSubstr("attribute colour is not known")));
  EXPECT_THAT(check_recordings(folder.path(), {}).remarks, Contains("there is no frames.h5"));
}

TEST(Check, FaultsOfRecordingsAreTheUsers) {
  const TemporaryFolder folder;
  const auto fault = [&] { return message_of([&] { check_recordings(folder.path(), {}); }); };
  EXPECT_THAT(fault(), HasSubstr("holds no recordings"));
  {
    hdf5::H5File file = hdf5::H5File::create(folder / "levels.h5");
    file.write("/maze/level_seed", std::vector<int32_t>(4), {{"n", 4}});
    file.close();
  }
  EXPECT_THAT(fault(), HasSubstr("nothing in"));
  EXPECT_THAT(fault(), HasSubstr("it has no distribution_mode_int"));
  {
    hdf5::H5File file = hdf5::H5File::create(folder / "levels.h5");
    file.write("/maze/level_seed", std::vector<int32_t>(4), {{"n", 4}});
    file.write("/maze/maze_dim", std::vector<int32_t>(3), {{"m", 3}});
    file.set_attribute("/maze", "distribution_mode_int", int64_t{0});
    file.close();
  }
  EXPECT_THAT(fault(), HasSubstr("levels.h5: /maze/maze_dim has the shape 3"));
  {
    hdf5::H5File file = hdf5::H5File::create(folder / "levels.h5");
    file.close();
    hdf5::H5File rollouts = hdf5::H5File::create(folder / "rollouts.h5");
    rollouts.write("/r0/action", std::vector<int32_t>(4), {{"n", 4}});
    rollouts.set_attribute("/r0", "distribution_mode_int", int64_t{0});
    rollouts.close();
  }
  EXPECT_THAT(fault(), HasSubstr("/r0/action has 1 dimensions"));
}

TEST(Check, TheSubfolderGoldenIsLookedInto) {
  const TemporaryFolder folder;
  std::filesystem::create_directory(folder / "golden");
  SampleRecordings(folder / "golden").write_levels();
  EXPECT_TRUE(check_recordings(folder.path(), {}).all_equal());
}

}  // namespace
}  // namespace mazescan::parity
