#include <gtest/gtest.h>
#include <torch/types.h>

#include "envs/maze/maze_config.h"
#include "evaluator/jobs/run_config.h"
#include "evaluator/policies/read_played_policy.h"
#include "evaluator/registry/registry.h"
#include "evaluator/scan/config.h"
#include "policy/policy_file.h"
#include "storage/atomic_file.h"
#include "tests/evaluator/small_policy.h"
#include "tests/storage/temporary_folder.h"

namespace mazescan::policies {
namespace {

std::string scan_config(const std::string& policy = "") {
  jobs::RunConfig config = registry::default_config();
  config.run = "runs/where-the-scan-was-made";
  config.section<scan::ScanConfig>().policy = policy;
  return dump_config(config);
}

std::string file_of(const policy::Network& network, const envs::EnvironmentConfig& environment) {
  return policy::encode_policy(network, dump_config(environment), "{}");
}

TEST(PlayedPolicy, HoldsEveryWeightInOrder) {
  const TemporaryFolder folder;
  const TrainedPolicy small = small_policy();
  const policy::Network& network = small.policy.network;
  storage::write_atomically(folder.path() / "policy.safetensors", file_of(network, small.environment));
  const PlayedPolicy played = played_policy(folder.path(), scan_config(), small.policy.hash);
  EXPECT_EQ(played.unavailable, "");
  EXPECT_EQ(played.network["parameters"], network.parameters().numel());
  const auto& layers = played.network["layers"];
  ASSERT_EQ(layers.size(), network.layers().size());
  int64_t weights_of_layers = 0;
  for (size_t i = 0; i < layers.size(); ++i) {
    const policy::LayerSpec& expected = network.layers()[i];
    EXPECT_EQ(layers[i]["name"], expected.name);
    EXPECT_EQ(layers[i]["kind"], expected.kind);
    EXPECT_EQ(layers[i]["inputs"], nlohmann::json(expected.inputs));
    EXPECT_EQ(layers[i]["shape"], nlohmann::json(expected.shape));
    for (const auto& parameter : layers[i]["parameters"])
      weights_of_layers += policy::element_count(parameter["shape"].get<policy::Shape>());
  }
  EXPECT_EQ(weights_of_layers, network.parameters().numel());
  EXPECT_EQ(layers[played.network["logits"].get<size_t>()]["name"], "fc_policy");
  EXPECT_EQ(layers[played.network["value"].get<size_t>()]["name"], "fc_value");
  EXPECT_EQ(played.network["input"][1], network.interface().height);
  EXPECT_EQ(played.environment["world"], small.environment.own<maze::MazeConfig>().world_dim);
  const torch::Tensor weights = torch::tensor(played.weights);
  EXPECT_TRUE(torch::equal(weights, network.parameters().detach()));
}

TEST(PlayedPolicy, SaysWhyThereIsNone) {
  const TemporaryFolder folder;
  const auto path = folder.path() / "policy.safetensors";
  const auto why = [&](const std::string& hash, const std::string& config = scan_config()) {
    const PlayedPolicy played = played_policy(folder.path(), config, hash);
    EXPECT_TRUE(played.weights.empty());
    return played.unavailable;
  };
  const TrainedPolicy small = small_policy();
  EXPECT_NE(why(small.policy.hash).find("not beside"), std::string::npos);
  storage::write_atomically(path, file_of(small.policy.network, small.environment));
  EXPECT_NE(why("another").find("not the policy that was scanned"), std::string::npos);
  EXPECT_NE(why(small.policy.hash, scan_config("nowhere/policy.safetensors")).find("not beside"),
            std::string::npos);
  storage::write_atomically(path, "no policy");
  EXPECT_NE(why(small.policy.hash).find("cannot be read"), std::string::npos);

  policy::NetworkConfig wide;
  wide.fc = 8192;
  policy::Network large(wide, small.policy.network.interface());
  storage::write_atomically(path, file_of(large, small.environment));
  EXPECT_NE(
      why(policy::decode_policy(storage::read_file(path), "large").hash).find("networks of up to 300000"),
      std::string::npos);
}

}  // namespace
}  // namespace mazescan::policies
