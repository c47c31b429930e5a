#include "trainer/config.h"

#include <fmt/ranges.h>
#include <gtest/gtest.h>

#include <array>
#include <map>
#include <set>
#include <sstream>

#include "datasets/sections.h"
#include "envs/maze/maze_config.h"
#include "tests/storage/temporary_folder.h"

namespace mazescan::trainer {
namespace {

TrainerConfig parse(const std::string& text) {
  return parse_config<TrainerConfig>(text, "t.yaml");
}

constexpr const char* kValid = R"(
environment: {world_dim: 9}
train: {mazes: 8, horizon: 6, partitions: 4, ppo: {minibatch: 24}}
)";

TEST(TrainerConfig, QuickstartAndDefaultsAreValid) {
  EXPECT_NO_THROW(load_config<TrainerConfig>(MAZESCAN_SOURCE_DIR "/configs/quickstart.yaml"));
  const TrainerConfig config;
  EXPECT_NO_THROW(partition_count(config, 1));
  EXPECT_NO_THROW(parse(dump_config(config)));
}

TEST(TrainerConfig, PartitionsForEachNumberOfRanks) {
  TrainerConfig config = parse(kValid);
  for (const int ranks : {1, 2, 4}) EXPECT_EQ(partition_count(config, ranks), 4);
  for (const int ranks : {3, 5, 8})
    EXPECT_USER_ERROR(partition_count(config, ranks), "learners share 4 partitions");
}

// 3 learners of 6 partitions would add in a different order than 1 or 2.
TEST(TrainerConfig, DeterministicSumsNeedAPowerOfTwo) {
  const TrainerConfig config = parse("train: {mazes: 12, horizon: 4, partitions: 6, ppo: {minibatch: 12}}");
  for (const int learners : {1, 2}) EXPECT_EQ(partition_count(config, learners), 6);
  for (const int learners : {3, 4, 6})
    EXPECT_USER_ERROR(partition_count(config, learners), "1, 2, 4, ... learners");
}

TEST(TrainerConfig, TheDefaultPartitionsDoNotDependOnTheLearners) {
  TrainerConfig config = parse(kValid);
  config.train.partitions = 0;
  for (const int learners : {1, 2, 4}) EXPECT_EQ(partition_count(config, learners), 4);
  config.train.ppo.minibatch = 6;
  for (const int learners : {1, 2}) EXPECT_EQ(partition_count(config, learners), 2);
  config.train.mazes = 7;
  config.train.ppo.minibatch = 21;
  EXPECT_EQ(partition_count(config, 1), 1);
}

TEST(TrainerConfig, WithoutDeterminismThereAreAsFewPartitionsAsTheLearnersNeed) {
  TrainerConfig config = parse(kValid);
  config.train.deterministic = false;
  config.train.partitions = 0;
  for (const int learners : {1, 2, 4, 8}) EXPECT_EQ(partition_count(config, learners), learners);
  EXPECT_USER_ERROR(partition_count(config, 3), "'train.mazes' is 8");
  config.ranks.workers_per_learner = 1;
  for (const int learners : {1, 2, 4}) EXPECT_EQ(partition_count(config, learners), 2 * learners);
  EXPECT_USER_ERROR(parse("train: {deterministic: false, partitions: 4}"), "'train.deterministic' is false");
}

TEST(TrainerConfig, SizesMustDivide) {
  EXPECT_USER_ERROR(parse("train: {mazes: 6, partitions: 4}"), "a multiple of 4");
  EXPECT_USER_ERROR(parse("train: {mazes: 2, partitions: 4}"), "a multiple of 4");
  for (const int minibatch : {1, 2, 7, 20, 32, 49, 96, 1000}) {
    const std::string text =
        fmt::format("train: {{mazes: 8, horizon: 6, partitions: 4, ppo: {{minibatch: {}}}}}", minibatch);
    EXPECT_USER_ERROR(parse(text), "'train.ppo.minibatch' is " + std::to_string(minibatch));
    EXPECT_USER_ERROR(parse(text), "a divisor of 48 that is a multiple of 4");
  }
  for (const int minibatch : {4, 8, 12, 16, 24, 48})
    EXPECT_NO_THROW(parse(
        fmt::format("train: {{mazes: 8, horizon: 6, partitions: 4, ppo: {{minibatch: {}}}}}", minibatch)));
}

TEST(TrainerConfig, ExactAdvantagesCountLevels) {
  const std::string exact = "advantages: exact, exact: {levels: 100}, mazes: 8, ppo: {gamma: 0.95}";
  const TrainerConfig config = parse("train: {" + exact + "}");
  EXPECT_FALSE(config.is_sampled());
  EXPECT_EQ(config.batch_size(), 8);
  EXPECT_EQ(config.updates(), 13);
  EXPECT_EQ(partition_count(config, 2), 4);
  EXPECT_EQ(partition_count(parse("train: {" + exact + "}"), 1), 4);
  EXPECT_USER_ERROR(parse("train: {advantages: exact, ppo: {gamma: 1}}"), "'train.ppo.gamma' is 1");
  EXPECT_USER_ERROR(parse("ranks: {workers_per_learner: 1}\ntrain: {" + exact + "}"),
                    "'ranks.workers_per_learner' is 1");
  EXPECT_USER_ERROR(parse("environment: {sequential: true}\ntrain: {" + exact + "}"),
                    "'environment.sequential' is true");
  EXPECT_USER_ERROR(parse("environment: {name: heist}\ntrain: {" + exact + "}"), "moves by parts of a cell");
  EXPECT_USER_ERROR(parse("train: {advantages: solved}"), "sampled, exact, clone");
}

TEST(TrainerConfig, PenaltiesOfPlanesNeedTheirPlanes) {
  const auto with = [](const std::string& name, const std::string& train) {
    return "environment: {name: " + name + "}\ntrain: {" + train + "}";
  };
  const std::string corner = "loss: {corner_l2: {from: 1}}",
                    ninths = "loss: {elites: {from: 1}}, penalties: {elites: {classes: ninths}}";
  for (const std::string& name : {"keys_and_chests", "heist"})
    for (const std::string& penalty : {corner, ninths})
      EXPECT_USER_ERROR(parse(with(name, penalty)), "the environment is '" + name + "'");
  for (const std::string& name : {"maze_aisc, observation: planes", "maze_cues"})
    for (const std::string& penalty : {corner, ninths}) parse(with(name, penalty));
}

TEST(TrainerConfig, EveryLossTermHasACoefficient) {
  const TrainerConfig config = parse("train: {loss: {weight_l2: {from: 0.25, to: 0.5}, entropy: {to: 0}}}");
  const std::map<std::string, LinearSchedule> expected = {
      {"policy_loss", {1, 1}},       {"value_loss", {0.5, 0.5}}, {"entropy", {0.01, 0}},
      {"activation_l1", {0, 0}},     {"weight_l2", {0.25, 0.5}}, {"elites", {0, 0}},
      {"input_l1", {0, 0}},          {"corner_l2", {0, 0}},      {"imitation", {1, 1}},
      {"return_prediction", {1, 1}}, {"q_error", {1, 1}},        {"conservative", {1, 1}},
      {"behaviour_l2", {0.01, 0.01}}};
  ASSERT_EQ(config.train.loss.coefficients.size(), expected.size());
  for (const auto& [name, schedule] : expected) {
    EXPECT_EQ(config.train.loss.coefficients.at(name).from, schedule.from) << name;
    EXPECT_EQ(config.train.loss.coefficients.at(name).to, schedule.to) << name;
  }
  EXPECT_USER_ERROR(parse("train: {loss: {weight_l1: {from: 1}}}"), "did you mean 'weight_l2'?");
}

TEST(TrainerConfig, OfflineLearnersNeedDataAndTheirHead) {
  const auto offline = [](const std::string& keys, const std::string& head, const std::string& rest = "") {
    return parse(fmt::format("{{network: {{head: {}}}, train: {{advantages: offline, offline: {{{}}}{}}}}}",
                             head, keys, rest));
  };
  const TrainerConfig config =
      offline("data: e, learner: bcq, steps: 1050, update: 100", "bcq", ", ppo: {minibatch: 64, epochs: 3}");
  EXPECT_EQ(config.updates(), 11);
  EXPECT_EQ(config.batch_size(), 6400);
  EXPECT_EQ(config.epochs(), 1);
  EXPECT_EQ(partition_count(config, 2), 4);
  EXPECT_NO_THROW(offline("data: e, learner: cql", "q"));
  EXPECT_NO_THROW(offline("data: e, learner: best_clone", "fc"));
  EXPECT_USER_ERROR(offline("learner: clone", "fc"), "'train.offline.data' is empty");
  EXPECT_USER_ERROR(offline("data: e, learner: bcq", "fc"), "'network.head' is fc");
  EXPECT_USER_ERROR(offline("data: e, learner: cql", "bcq"), "'network.head' is bcq");
  EXPECT_USER_ERROR(offline("data: e", "fc", ", curriculum: {start: 3}"), "'train.curriculum.start' is 3");
  EXPECT_USER_ERROR(offline("data: e", "fc", ", ppo: {minibatch: 30}, partitions: 4"), "a multiple of 4");
  EXPECT_USER_ERROR(offline("data: e, learner: cql", "q", ", loss: {conservative: {from: -0.1}}"),
                    "'train.loss.conservative.from' is -0.1");
  EXPECT_USER_ERROR(offline("data: e, learner: bqc", "q"), "did you mean 'bcq'?");
}

TEST(TrainerConfig, SectionsOfTheEvaluatorAreAllowed) {
  const TrainerConfig config;
  std::istringstream dump(dump_config(config));
  std::set<std::string> own;
  for (std::string line; std::getline(dump, line);)
    if (line[0] != ' ') own.insert(line.substr(0, line.find(':')));
  for (const std::string& section : datasets::all_sections())
    if (own.erase(section) == 0) {
      EXPECT_NO_THROW(parse(fmt::format("{}: {{any: 1}}", section))) << section;
    }
  EXPECT_TRUE(own.empty()) << "not in all_sections(): " << fmt::format("{}", fmt::join(own, ", "));
}

TEST(TrainerConfig, CurriculumBeginsAtAMazeSize) {
  for (const int start : {0, 3, 5, 9}) {
    const auto text =
        fmt::format("{{environment: {{world_dim: 9}}, train: {{curriculum: {{start: {}}}}}}}", start);
    EXPECT_EQ(parse(text).train.curriculum.start, start);
  }
  for (const int start : {1, 2, 4, 11})
    EXPECT_USER_ERROR(
        parse(fmt::format("{{environment: {{world_dim: 9}}, train: {{curriculum: {{start: {}}}}}}}", start)),
        "levels of the sizes 3, 5, 7, 9");
}

TEST(TrainerConfig, RunMustBeNamed) {
  EXPECT_USER_ERROR(parse("run: ''"), "'run' is empty");
}

TEST(TrainerConfig, ValuesOutOfRangeNameTheirKey) {
  const std::vector<std::array<std::string, 2>> bad = {
      {"gamma", "1.01"},     {"lambda", "-0.1"},        {"clip", "0"}, {"epochs", "0"}, {"minibatch", "0"},
      {"adam_epsilon", "0"}, {"max_gradient_norm", "0"}};
  for (const auto& setting : bad)
    EXPECT_USER_ERROR(parse(fmt::format("train: {{ppo: {{{}: {}}}}}", setting[0], setting[1])),
                      fmt::format("'train.ppo.{}' is {}", setting[0], setting[1]));
  EXPECT_USER_ERROR(parse("train: {loss: {weight_l2: {from: -1}}}"), "'train.loss.weight_l2.from' is -1");
  EXPECT_USER_ERROR(parse("train: {device: gpu}"), "one of auto, cpu, cuda");
  EXPECT_USER_ERROR(parse("seed: -1"), "'seed' is -1");
  EXPECT_USER_ERROR(parse("train: {ppo: {learning_rate: 1e-3}}"), "expected a section with keys");
}

TEST(TrainerConfig, UpdatesCoverAllSteps) {
  TrainerConfig config = parse(kValid);
  EXPECT_EQ(config.batch_size(), 48);
  for (const auto& [steps, updates] : {std::pair<int64_t, int64_t>{1, 1}, {48, 1}, {49, 2}, {480, 10}}) {
    config.train.steps = steps;
    EXPECT_EQ(config.updates(), updates) << steps;
  }
}

TEST(TrainerConfig, SchedulesAreLinear) {
  const LinearSchedule schedule{4, 1};
  EXPECT_EQ(schedule.at(0), 4);
  EXPECT_EQ(schedule.at(0.5), 2.5);
  EXPECT_EQ(schedule.at(1), 1);
}

TEST(TrainerConfig, IdentityIsWhatDeterminesTheBits) {
  const TrainerConfig config = parse(kValid);
  TrainerConfig same = config;
  same.run = "elsewhere";
  same.environment.set("assets", "elsewhere");
  same.ranks = {2, 3};
  same.train.threads = 3;
  same.train.device = "cpu";
  same.train.checkpoint = {7, 9};
  EXPECT_EQ(dump_identity(same), dump_identity(config));
  const std::vector<void (*)(TrainerConfig&)> changes = {
      [](TrainerConfig& c) { c.seed = 2; },
      [](TrainerConfig& c) { c.environment.own<maze::MazeConfig>().world_dim = 11; },
      [](TrainerConfig& c) { c.network.fc = 17; },
      [](TrainerConfig& c) { c.train.partitions = 2; },
      [](TrainerConfig& c) { c.train.deterministic = false; },
      [](TrainerConfig& c) { c.train.steps = 5; },
      [](TrainerConfig& c) { c.train.ppo.learning_rate.to = 0; },
      [](TrainerConfig& c) { c.train.loss.coefficients["weight_l2"].to = 1; },
      [](TrainerConfig& c) { c.train.curriculum.start = 3; },
  };
  for (size_t i = 0; i < changes.size(); ++i) {
    TrainerConfig other = config;
    changes[i](other);
    EXPECT_NE(dump_identity(other), dump_identity(config)) << "change " << i;
  }
}

}  // namespace
}  // namespace mazescan::trainer
