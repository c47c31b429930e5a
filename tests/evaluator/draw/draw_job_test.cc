#include "evaluator/draw/draw_job.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torch/torch.h>

#include "core/random.h"
#include "envs/maze/maze_config.h"
#include "envs/maze/planes.h"
#include "evaluator/draw/pictures/maze_pictures.h"
#include "policy/policy_file.h"
#include "storage/atomic_file.h"
#include "tests/envs/message_of.h"
#include "tests/evaluator/draw/decoded_png.h"
#include "tests/storage/temporary_folder.h"

namespace mazescan {
namespace {

using testing::HasSubstr;

class DrawJobs : public testing::Test {
 protected:
  DrawJobs() {
    EnvironmentConfig environment;
    environment.own<MazeConfig>().world_dim = 7;
    environment.actions = ActionSet::moves;
    environment.own<MazeConfig>().anchor = Anchor::bottom_left;
    NetworkConfig network_config;
    network_config.channels = {4};
    network_config.residual_blocks = 1;
    network_config.fc = 8;
    Network network(network_config, {kPlanes, 7, 7, 1, kMoves});
    RandomStream random(3, "weights");
    network.initialise(random);
    write_atomically(policy_, encode_policy(network, dump_config(environment), "{}"));
    job_.out = (folder_ / "out.png").string();
    job_.pixels = 512;
  }
  DecodedPng drawn() {
    draw(job_);
    return DecodedPng(read_file(job_.out));
  }
  std::string fault() {
    const std::string message = message_of([&] { draw(job_); });
    EXPECT_FALSE(std::filesystem::exists(job_.out));
    return message;
  }

  const TemporaryFolder folder_;
  const std::string policy_ = (folder_ / "policy.safetensors").string();
  DrawJob job_;
};

TEST_F(DrawJobs, FrameIsTheObservationEnlarged) {
  job_.show = "frame";
  job_.level = 17;
  const auto picture = drawn();
  const MazeLevel level = generate_level(level_options(MazeConfig()), 17);
  std::vector<uint8_t> frame(kFrameBytes);
  frame_renderer({})->render(initial_state(level), frame.data());
  // 7 pixels a side for each of the frame's, below the headings.
  for (int row = 0; row < kFrameSide; ++row)
    for (int column = 0; column < kFrameSide; ++column) {
      const Colour drawn_colour = picture.at(32 + 7 * column + 3, 49 + 7 * row + 3);
      const uint8_t* const seen = &frame[(static_cast<size_t>(row) * kFrameSide + column) * kFrameChannels];
      ASSERT_EQ(drawn_colour.r, seen[0]);
      ASSERT_EQ(drawn_colour.g, seen[1]);
      ASSERT_EQ(drawn_colour.b, seen[2]);
    }
}

TEST_F(DrawJobs, MazeBySeedSizeAndPlacement) {
  job_.level = 17;
  job_.size = 13;
  const auto plain = drawn();
  EXPECT_EQ(plain.width, 512);
  job_.placement = "top_left_corner";
  const auto moved = drawn();
  int different = 0;
  for (size_t i = 0; i < plain.pixels.size(); ++i)
    different += plain.pixels[i].b != moved.pixels[i].b ? 1 : 0;
  EXPECT_GT(different, 100);
  EXPECT_LT(different, 20000) << "cheese and title";
}

TEST_F(DrawJobs, MazeFromADrawing) {
  job_.text = (folder_ / "cave.txt").string();
  write_atomically(job_.text, "..c\n##.\nm..\n");
  EXPECT_GT(drawn().count(palette::kOrange), 100);
  job_.policy = policy_;
  job_.show = "field";
  EXPECT_GT(drawn().count(palette::kVermillion), 100);
}

TEST_F(DrawJobs, PathsAndFieldsOfAPolicy) {
  job_.policy = policy_;
  job_.size = 7;
  job_.level = 2;
  job_.limit = 30;
  job_.show = "field";
  const auto field = drawn();
  EXPECT_GT(field.count(palette::kVermillion), 300);
  job_.show = "path";
  const auto sampled = drawn();
  EXPECT_GT(sampled.count(palette::kSkyBlue) + sampled.count(palette::kBlue), 300);
  const std::string once = read_file(job_.out);
  draw(job_);
  EXPECT_EQ(read_file(job_.out), once) << "the same command, the same picture";
  job_.seed = 2;
  draw(job_);
  EXPECT_NE(read_file(job_.out), once);
}

TEST_F(DrawJobs, FaultsAreTold) {
  const DrawJob good = job_;
  const auto with = [&](const auto& change) {
    job_ = good;
    change(job_);
    return fault();
  };
  EXPECT_THAT(with([](DrawJob& j) { j.size = 4; }), HasSubstr("maze size 4"));
  EXPECT_THAT(with([](DrawJob& j) { j.size = 1; }), HasSubstr("maze size 1"));
  EXPECT_THAT(with([](DrawJob& j) { j.size = 27; }), HasSubstr("maze size 27 with world_dim 25"));
  EXPECT_THAT(with([](DrawJob& j) { j.world = 24; }), HasSubstr("world_dim: 24"));
  EXPECT_THAT(with([](DrawJob& j) { j.region = 26; }), HasSubstr("region: 26 with world_dim 25"));
  EXPECT_THAT(with([](DrawJob& j) { j.placement = "middle"; }), HasSubstr("no placement is called"));
  EXPECT_THAT(with([](DrawJob& j) { j.placement = "cell:1,1"; }), HasSubstr("has no free cell"));
  EXPECT_THAT(with([](DrawJob& j) { j.show = "path"; }), HasSubstr("without --policy"));
  EXPECT_THAT(with([&](DrawJob& j) { j.policy = policy_; }), HasSubstr("--show path or --show field"));
  EXPECT_THAT(with([](DrawJob& j) { j.assets = "pictures"; }), HasSubstr("--show frame, path or field"));
  EXPECT_THAT(with([](DrawJob& j) { j.level = int64_t{1} << 31; }), HasSubstr("32-bit"));
  EXPECT_THAT(with([](DrawJob& j) { j.text = "/no/such.txt"; }), HasSubstr("/no/such.txt"));
  EXPECT_THAT(with([](DrawJob& j) {
                j.text = "/no/such.txt";
                j.size = 5;
              }),
              HasSubstr("--text with --size"));
  EXPECT_THAT(with([](DrawJob& j) { j.pixels = 100; }), HasSubstr("512 to 8192"));
  EXPECT_THAT(with([&](DrawJob& j) {
                j.show = "path";
                j.policy = policy_;
                j.world = 9;
              }),
              HasSubstr("the policy sees a grid of 7 x 7"));
  EXPECT_THAT(with([&](DrawJob& j) {
                j.show = "field";
                j.policy = policy_;
                j.size = 9;
              }),
              HasSubstr("maze size 9 with world_dim 7"));
}

}  // namespace
}  // namespace mazescan
