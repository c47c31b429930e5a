#include "evaluator/draw/draw_job.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torch/types.h>

#include "core/random.h"
#include "envs/maze/maze_config.h"
#include "envs/maze/planes.h"
#include "evaluator/draw/pictures/maze_pictures.h"
#include "policy/policy_file.h"
#include "storage/atomic_file.h"
#include "tests/envs/message_of.h"
#include "tests/evaluator/draw/decoded_png.h"
#include "tests/storage/temporary_folder.h"

namespace mazescan::draw {
namespace {

using pictures::DecodedPng;
using testing::HasSubstr;
namespace palette = pictures::palette;

class DrawJobs : public testing::Test {
 protected:
  DrawJobs() {
    envs::EnvironmentConfig environment;
    environment.own<maze::MazeConfig>().world_dim = 7;
    environment.actions = envs::ActionSet::moves;
    environment.own<maze::MazeConfig>().anchor = maze::Anchor::bottom_left;
    policy::NetworkConfig network_config;
    network_config.channels = {4};
    network_config.residual_blocks = 1;
    network_config.fc = 8;
    policy::Network network(network_config, {maze::kPlanes, 7, 7, 1, envs::kMoves});
    RandomStream random(3, "weights");
    network.initialise(random);
    storage::write_atomically(policy_, policy::encode_policy(network, dump_config(environment), "{}"));
    job_.out = (folder_ / "out.png").string();
    job_.pixels = 512;
  }
  DecodedPng drawn() {
    draw_picture(job_);
    return DecodedPng(storage::read_file(job_.out));
  }
  std::string fault() {
    const std::string message = message_of([&] { draw_picture(job_); });
    EXPECT_FALSE(std::filesystem::exists(job_.out));
    return message;
  }

  const TemporaryFolder folder_;
  const std::string policy_ = (folder_ / "policy.safetensors").string();
  DrawJob job_;
};

// The job draws the frame of this level, not of another.
TEST_F(DrawJobs, FrameOfALevel) {
  job_.show = "frame";
  job_.level = 17;
  const auto picture = drawn();
  const envs::MazeLevel level = maze::generate_level(maze::level_options(maze::MazeConfig()), 17);
  std::vector<uint8_t> frame(frame::kFrameBytes);
  frame::frame_renderer({})->render(initial_state(level), frame.data());
  const double top = pictures::Margins({"title", "subtitle", pictures::Format::kPng, 512}).top;
  for (int row = 0; row < frame::kFrameSide; ++row)
    for (int column = 0; column < frame::kFrameSide; ++column) {
      const uint8_t* const seen =
          &frame[(static_cast<size_t>(row) * frame::kFrameSide + column) * frame::kFrameChannels];
      ASSERT_EQ(picture.at({32 + 7.0 * column + 3, top + 7.0 * row + 3}),
                (pictures::Colour{seen[0], seen[1], seen[2]}));
    }
}

TEST_F(DrawJobs, MazeBySeedSizeAndPlacement) {
  job_.level = 17;
  job_.size = 13;
  const auto plain = drawn();
  EXPECT_EQ(plain.width, 512);
  EXPECT_EQ(plain.height, drawn().height);
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
  storage::write_atomically(job_.text, "..c\n##.\nm..\n");
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
  const std::string once = storage::read_file(job_.out);
  draw_picture(job_);
  EXPECT_EQ(storage::read_file(job_.out), once) << "the same command, the same picture";
  job_.seed = 2;
  draw_picture(job_);
  EXPECT_NE(storage::read_file(job_.out), once);
}

TEST_F(DrawJobs, PoliciesCanBeEdited) {
  job_.policy = policy_;
  job_.size = 7;
  job_.level = 2;
  for (const char* show : {"field", "path"}) {
    job_.show = show;
    job_.edits.clear();
    job_.target.clear();
    EXPECT_EQ(draw_picture(job_), "");
    const std::string plain = storage::read_file(job_.out);
    job_.edits = (folder_ / "edits.yaml").string();
    job_.target = {0, 6};
    storage::write_atomically(
        job_.edits,
        "- {layer: embedder.block1.conv, kind: clamp_cells, channels: [0, 1], cell: target, value: 90}\n");
    EXPECT_THAT(draw_picture(job_),
                HasSubstr("edits.yaml changes 2 activations: 1.02 % of the edited layers"));
    const DecodedPng edited(storage::read_file(job_.out));
    EXPECT_GT(edited.count(palette::kPurple), 50) << "the target";
    EXPECT_EQ(DecodedPng(plain).count(palette::kPurple), 0);
    storage::write_atomically(job_.edits,
                              "- {layer: fc_policy, kind: set_activations, mask: [1, 1, 1, 1, 1], "
                              "values: [-99, -99, 99, -99, -99]}\n");
    draw_picture(job_);
    EXPECT_NE(storage::read_file(job_.out), plain) << "always up";
  }
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
  EXPECT_THAT(with([](DrawJob& j) {
                j.text = "/no/such.txt";
                j.game = "maze";
              }),
              HasSubstr("--text with --game or --region"));
  EXPECT_THAT(with([](DrawJob& j) { j.edits = "edits.yaml"; }), HasSubstr("--show path or --show field"));
  const auto edited = [&](std::vector<int> target) {
    return with([&](DrawJob& j) {
      j.show = "field";
      j.policy = policy_;
      j.edits = (folder_ / "edits.yaml").string();
      j.target = target;
      storage::write_atomically(
          j.edits,
          "- {layer: embedder.block1.conv, kind: clamp_cells, channels: [0], cell: target, value: 1}");
    });
  };
  EXPECT_THAT(edited({}), HasSubstr("edits.yaml:1:3"));
  EXPECT_THAT(edited({}), HasSubstr("--target X,Y"));
  EXPECT_THAT(edited({1, 1}), HasSubstr("--target 1,1"));
  EXPECT_THAT(edited({-1, 0}), HasSubstr("--target -1,0"));
  EXPECT_THAT(edited({0, 100000}), HasSubstr("--target 0,100000"));
  EXPECT_THAT(with([&](DrawJob& j) { j.out = (folder_ / "out.gif").string(); }),
              HasSubstr(".png, .svg or .pdf"));
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

TEST_F(DrawJobs, APolicyWithADecoyShowsIt) {
  envs::EnvironmentConfig environment = parse_config<envs::EnvironmentConfig>(
      "{name: maze_cues, world_dim: 7, anchor: bottom_left, actions: moves}", "test");
  policy::NetworkConfig network_config;
  network_config.channels = {4};
  network_config.residual_blocks = 1;
  network_config.fc = 8;
  const policy::Network network(network_config, {maze::kPlanes + 1, 7, 7, 1, envs::kMoves});
  storage::write_atomically(policy_, policy::encode_policy(network, dump_config(environment), "{}"));
  job_.policy = policy_;
  job_.show = "field";
  job_.size = 7;
  job_.placement = "apart";
  EXPECT_GT(drawn().count(palette::kSkyBlue), 100);
  job_.placement = "goal_only";
  EXPECT_EQ(drawn().count(palette::kSkyBlue), 0);
  std::filesystem::remove(job_.out);
  job_.placement = "top_left";
  EXPECT_THAT(fault(), HasSubstr("--placement: there is no placement \"top_left\""));
  job_.placement = "";
  job_.region = 3;
  EXPECT_THAT(fault(), HasSubstr("--region with a policy of another environment"));
}

}  // namespace
}  // namespace mazescan::draw
