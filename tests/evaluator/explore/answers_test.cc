#include "evaluator/explore/answers.h"

#include <gmock/gmock.h>
#include <torch/types.h>

#include <algorithm>
#include <set>

#include "envs/maze/maze_text.h"
#include "evaluator/explore/explore_page.h"
#include "evaluator/explore/server.h"
#include "evaluator/rollout/activations.h"
#include "evaluator/rollout/rollouts.h"
#include "tests/envs/message_of.h"
#include "tests/evaluator/planted_network.h"
#include "tests/evaluator/small_policy.h"

namespace mazescan::explore {
namespace {

using nlohmann::json;
using testing::HasSubstr;

constexpr const char* kClamp =
    "- {layer: embedder.block1.conv, kind: clamp_cells, channels: [5], cell: target, value: 1, elsewhere: 0}";

// Returns a maze of size 3 with mouse and cheese in opposite corners, and the top left corner off the path.
json small_maze() {
  return {{"size", 3}, {"open", "111101101"}, {"mouse", {0, 0}}, {"cheese", {2, 2}}, {"facing_right", false},
          {"seed", 7}, {"background", 0}};
}
std::string body(json keys) {
  if (!keys.contains("maze")) keys["maze"] = small_maze();
  return keys.dump();
}
// Returns the state of small_maze in the world of `answers`.
maze::EditableMaze state_of(const Answers& answers) {
  return read_maze(Request(body({}), {"maze"}), answers.task());
}

TEST(ExploreAnswers, FieldIsThatOfTheNetworkOnEachFreeCell) {
  const Answers answers(small_policy());
  const json field = answers.field(body({}));
  const maze::EditableMaze maze = state_of(answers);
  const rollout::NetworkAgent agent(answers.trained().policy.network, answers.trained().environment);
  const std::vector<envs::Cell> cells = open_cells(maze.level());
  ASSERT_EQ(cells.size(), 7U);
  ASSERT_EQ(field["moves"].size(), 7U * envs::kMoves);
  std::set<std::string> different;
  for (size_t i = 0; i < cells.size(); ++i) {
    const envs::MazeState state = rollout::with_mouse(maze.state(), {cells[i]});
    std::vector<float> logits(envs::kMoves), value(1);
    agent.evaluate({state}, {0}, logits.data(), value.data());
    const auto probability = move_probabilities(agent, {logits.data(), 1, envs::kMoves}).front();
    for (size_t move = 0; move < probability.size(); ++move)
      EXPECT_FLOAT_EQ(field["moves"][i * envs::kMoves + move].get<float>(), probability[move]);
    EXPECT_NEAR(field["value"][i].get<float>(), value[0], 1e-6);
    EXPECT_EQ(field["greedy"][i], std::max_element(logits.begin(), logits.end()) - logits.begin());
    different.insert(field["value"][i].dump());
  }
  EXPECT_GT(different.size(), 4U) << "the value does not depend on the cell";
}

TEST(ExploreAnswers, TapsAreTheOutputsOfAllLayers) {
  const Answers answers(small_policy());
  const formats::TensorFile file = formats::decode_safetensors(answers.taps(body({})), "taps");
  const policy::Network& network = answers.trained().policy.network;
  const rollout::NetworkAgent agent(network, answers.trained().environment);
  const maze::EditableMaze maze = state_of(answers);
  ASSERT_EQ(file.tensors.size(), network.layers().size() + 1);
  EXPECT_TRUE(torch::equal(file.tensors.at("observation"), agent.observe({maze.state()})[0]));
  for (const policy::LayerSpec& layer : network.layers()) {
    EXPECT_EQ(file.tensors.at(layer.name).sizes(), at::IntArrayRef(layer.shape));
    EXPECT_TRUE(torch::equal(file.tensors.at(layer.name),
                             rollout::tap_outputs(network, agent, {maze.state()}, layer.name)[0]));
  }
}

TEST(ExploreAnswers, AnEditChangesFieldTapsAndWalk) {
  const Answers answers(planted_network());
  const json edited = {{"edits", kClamp}, {"target", {0, 2}}};
  EXPECT_NE(answers.field(body({})), answers.field(body(edited)));
  const auto taps = formats::decode_safetensors(answers.taps(body(edited)), "taps");
  // The world has a border of one cell: the target (0, 2) is at row 1, column 1.
  const torch::Tensor channel = taps.tensors.at("embedder.block1.conv")[5];
  EXPECT_EQ(channel.index({1, 1}).item<float>(), 1);
  EXPECT_EQ(channel.sum().item<float>(), 1);

  // The planted mouse goes to the cheese; with the edit, to the target.
  const auto walk = [&](json keys) {
    keys.update({{"greedy", true}, {"seed", 1}});
    return answers.walk(body(keys));
  };
  const json straight = walk({{"maze", small_maze()}}), diverted = walk(edited);
  EXPECT_EQ(straight["cells"], json({0, 1, 2, 5, 8}));
  EXPECT_EQ(straight["facing_right"].size(), 5U);
  EXPECT_EQ(straight["steps"], 4);
  EXPECT_EQ(straight["shortest"], 4);
  EXPECT_EQ(straight["success"], true);
  EXPECT_EQ(diverted["success"], false);
  EXPECT_THAT(diverted["cells"].get<std::vector<int>>(), testing::Contains(6)) << "the target (0, 2)";

  const json about = answers.edits(body(edited));
  EXPECT_EQ(about["entries"][0]["kind"], "clamp_cells");
  EXPECT_EQ(about["entries"][0]["cell"], "target");
  EXPECT_EQ(about["entries"][0]["channels"], json({5}));
  EXPECT_EQ(about["entries"][0]["elsewhere"], 0);
  EXPECT_THAT(about["share"].get<std::string>(), HasSubstr("25 activations"));
  json again = edited;
  again["edits"] = about["yaml"];
  EXPECT_EQ(answers.field(body(again)), answers.field(body(edited)));
}

TEST(ExploreAnswers, SampledWalksDependOnTheSeedOnly) {
  const Answers answers(small_policy());
  const auto walk = [&](int seed) {
    return answers.walk(body({{"greedy", false}, {"seed", seed}, {"limit", 20}}));
  };
  EXPECT_EQ(walk(3), walk(3));
  EXPECT_NE(walk(3), walk(4));
  const maze::EditableMaze maze = state_of(answers);
  const rollout::NetworkAgent agent(answers.trained().policy.network, answers.trained().environment);
  rollout::PolicyCache cache(agent, {maze.state()});
  const datasets::Rollouts drawn = rollout::run_rollouts(
      cache, answers.task(), rollout::ActionSelection::kSampled, 20, {envs::kNoCell}, 3, "draw");
  EXPECT_EQ(walk(3)["cells"], json(drawn.path)) << "draw --show path shows another walk";
}

TEST(ExploreAnswers, LevelsAreGeneratedOrDrawn) {
  const Answers answers(small_policy());
  const json level = answers.level(R"({"size": 5, "seed": 17, "placement": "cell:0,4"})");
  const envs::MazeLevel expected = maze::generate_level(maze::level_options(answers.maze()), 17, 5);
  std::string open;
  for (const uint8_t cell : expected.open) open += cell != 0 ? '1' : '0';
  EXPECT_EQ(level["open"], open);
  EXPECT_EQ(level["cheese"], json({0, 4}));
  EXPECT_EQ(level["mouse"], json({0, 0}));
  EXPECT_EQ(level["limit"], 30);
  const json drawn = answers.level(json{{"text", ".#c\n.#.\nm..\n"}}.dump());
  EXPECT_EQ(drawn["open"], small_maze()["open"]);
  EXPECT_EQ(drawn["cheese"], small_maze()["cheese"]);
  EXPECT_TRUE(answers.level(json{{"text", ".#.\n.#.\nm..\n"}}.dump())["cheese"].is_null());
}

TEST(ExploreAnswers, TensorsAreAddedByName) {
  Answers answers(small_policy());
  const std::string edits = "- {layer: embedder.fc, kind: add_vector, vector: \"vectors.safetensors#one\"}";
  EXPECT_THAT(message_of([&] { answers.field(body({{"edits", edits}})); }), HasSubstr("it was not added"));
  const std::string bytes = formats::encode_safetensors({{{"one", torch::ones({8})}}, {}});
  EXPECT_EQ(answers.add_tensors("vectors.safetensors", bytes)["tensors"], json({"one"}));
  EXPECT_NE(answers.field(body({{"edits", edits}})), answers.field(body({})));
  EXPECT_THAT(message_of([&] { answers.add_tensors("../vectors.safetensors", bytes); }),
              HasSubstr("without a folder"));
  EXPECT_THAT(message_of([&] { answers.add_tensors("vectors.safetensors", "no tensors"); }),
              HasSubstr("vectors.safetensors"));
  for (size_t i = 1; i < kMaxTensorFiles; ++i) answers.add_tensors(std::to_string(i), bytes);
  EXPECT_THAT(message_of([&] { answers.add_tensors("one more", bytes); }), HasSubstr("too many files"));
}

TEST(ExploreAnswers, ABadRequestIsAUserError) {
  const Answers answers(small_policy());
  const auto fault = [&](const std::string& text) { return message_of([&] { answers.field(text); }); };
  EXPECT_THAT(fault("{"), HasSubstr("the request's body"));
  EXPECT_THAT(fault("[]"), HasSubstr("it is not an object"));
  EXPECT_THAT(fault("{}"), HasSubstr("'maze'"));
  EXPECT_THAT(fault(body({{"wall", 1}})), HasSubstr("there is no such key"));
  const auto with = [&](const char* key, json value) {
    json maze = small_maze();
    maze[key] = std::move(value);
    return fault(body({{"maze", maze}}));
  };
  EXPECT_THAT(with("size", 4), HasSubstr("'maze.size'"));
  EXPECT_THAT(with("size", 3.0), HasSubstr("no integer"));
  EXPECT_THAT(with("size", 7), HasSubstr("'maze.size'"));
  EXPECT_THAT(with("size", 99999999999999999999.0), HasSubstr("no integer"));
  EXPECT_THAT(with("open", "11110111"), HasSubstr("8 cells"));
  EXPECT_THAT(with("open", "11110111x"), HasSubstr("'maze.open'"));
  EXPECT_THAT(with("mouse", {1, 1}), HasSubstr("there is a wall"));
  EXPECT_THAT(with("mouse", {1, 3}), HasSubstr("'maze.mouse'"));
  EXPECT_THAT(with("mouse", {-1, 0}), HasSubstr("'maze.mouse'"));
  EXPECT_THAT(with("mouse", {0.5, 0}), HasSubstr("'maze.mouse'"));
  EXPECT_THAT(with("mouse", nullptr), HasSubstr("the mouse"));
  EXPECT_THAT(with("cheese", {1, 1}), HasSubstr("there is a wall"));
  EXPECT_THAT(with("background", 9), HasSubstr("'maze.background'"));
  EXPECT_THAT(with("facing_right", 1), HasSubstr("neither true nor false"));
  EXPECT_THAT(fault(body({{"edits", "- {layer: nowhere, kind: zero_channels, channels: [0]}"}})),
              HasSubstr("nowhere"));
  EXPECT_THAT(fault(body({{"edits",
                           "- {layer: embedder.fc, kind: add_vector, coefficient: 1e38, vector: "
                           "[1e38, 1, 1, 1, 1, 1, 1, 1]}"}})),
              HasSubstr("not finite"));
  // No cell is left for the edit's random cell.
  json crowded = small_maze();
  crowded["open"] = "110000000";
  crowded["cheese"] = {1, 0};
  EXPECT_THAT(fault(body({{"maze", crowded},
                          {"edits",
                           "- {layer: embedder.block1.conv, kind: clamp_cells, channels: [0], cell: "
                           "random, value: 1}"}})),
              HasSubstr("no free cell"));
}

TEST(ExplorePage, HoldsTheSmallNetworkAndTheFirstMaze) {
  const Answers answers(small_policy());
  const json document = explore_document(answers, {"</script>", small_maze(), ""});
  EXPECT_TRUE(document["play"]["network"].is_object());
  EXPECT_EQ(document["layers"].size(), answers.trained().policy.network.layers().size());
  EXPECT_EQ(document["sizes"], json({3, 5}));
  const std::string page = explore_page(document);
  EXPECT_THAT(page, HasSubstr("connect-src 'self'"));
  EXPECT_THAT(page, HasSubstr("\\u003c/script>"));
}

TEST(ExploreServer, TokensAreLongAndDifferent) {
  const std::string a = random_token(), b = random_token();
  EXPECT_EQ(a.size(), 32U);
  EXPECT_EQ(a.find_first_not_of("0123456789abcdef"), std::string::npos);
  EXPECT_NE(a, b);
  EXPECT_TRUE(equal_in_constant_time(a, a));
  EXPECT_FALSE(equal_in_constant_time(a, b));
  EXPECT_FALSE(equal_in_constant_time(a, a.substr(0, 31)));
  EXPECT_FALSE(equal_in_constant_time(a, ""));
}

}  // namespace
}  // namespace mazescan::explore
