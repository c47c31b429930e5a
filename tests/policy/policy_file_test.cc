#include "policy/policy_file.h"

#include <gtest/gtest.h>
#include <torch/types.h>

#include <functional>

#include "policy/formats/safetensors.h"
#include "tests/policy/sample_network.h"
#include "tests/storage/memory_limit.h"
#include "tests/storage/temporary_folder.h"

namespace mazescan::policy {
namespace {

const char* const kEnvironment = "world: 9\n";

std::string sample_policy() {
  return encode_policy(sample_network("tanh", 1 / 255.0), kEnvironment, "{\"updates\": 3}");
}

// Returns the sample policy, modified by `change`.
std::string changed(const std::function<void(formats::TensorFile&)>& change) {
  formats::TensorFile file = formats::decode_safetensors(sample_policy(), "f");
  change(file);
  return formats::encode_safetensors(file);
}

Policy decode(const std::string& bytes) {
  return decode_policy(bytes, "p.safetensors");
}

TEST(PolicyFile, RoundTrip) {
  const Network network = sample_network("tanh", 1 / 255.0);
  const Policy policy = decode(sample_policy());
  EXPECT_EQ(policy.environment, kEnvironment);
  EXPECT_EQ(policy.training, "{\"updates\": 3}");
  EXPECT_EQ(policy.network.config().channels, network.config().channels);
  EXPECT_EQ(policy.network.config().residual_blocks, network.config().residual_blocks);
  EXPECT_EQ(policy.network.config().fc, network.config().fc);
  EXPECT_EQ(policy.network.config().activation, "tanh");
  EXPECT_EQ(policy.network.interface().channels, 3);
  EXPECT_EQ(policy.network.interface().height, 6);
  EXPECT_EQ(policy.network.interface().width, 5);
  EXPECT_EQ(policy.network.interface().actions, 4);
  EXPECT_EQ(policy.network.interface().input_scale, 1 / 255.0) << "to the last bit";
  EXPECT_TRUE(torch::equal(policy.network.parameters(), network.parameters()));
  const torch::Tensor observations = sample_observations(network, 2);
  EXPECT_TRUE(
      torch::equal(policy.network.forward(observations).logits, network.forward(observations).logits));
  EXPECT_EQ(encode_policy(policy.network, policy.environment, policy.training), sample_policy());
}

TEST(PolicyFile, HashIsOfWhatDeterminesBehaviour) {
  const std::string hash = decode(sample_policy()).hash;
  EXPECT_EQ(hash.size(), 32U);
  const Network network = sample_network("tanh", 1 / 255.0);
  EXPECT_EQ(decode(encode_policy(network, kEnvironment, R"({"updates": 4})")).hash, hash);
  EXPECT_NE(decode(encode_policy(network, "world: 11\n", "{}")).hash, hash);
  EXPECT_NE(decode(encode_policy(sample_network("relu", 1 / 255.0), kEnvironment, "{}")).hash, hash);
  EXPECT_NE(decode(encode_policy(sample_network("tanh", 1), kEnvironment, "{}")).hash, hash);
  for (const int64_t i : {int64_t{0}, network.parameters().numel() / 2, network.parameters().numel() - 1}) {
    float& weight = network.parameters().data_ptr<float>()[i];
    const float before = weight;
    weight = std::nextafter(before, 9.0F);
    EXPECT_NE(decode(encode_policy(network, kEnvironment, "{}")).hash, hash) << i;
    weight = before;
  }
}

TEST(PolicyFile, FlippedBitsAreRefusedOrTouchOnlyTheContentHash) {
  const std::string bytes = sample_policy();
  const Policy whole = decode(bytes);
  size_t refused = 0, tried = 0;
  for (size_t bit = 0; bit < 8 * bytes.size(); bit += 13) {
    std::string flipped = bytes;
    flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << bit % 8));
    ++tried;
    try {
      const Policy policy = decode(flipped);
      EXPECT_EQ(policy.hash, whole.hash) << bit;
      EXPECT_EQ(policy.training, whole.training) << bit;
    } catch (const UserError&) {
      ++refused;
    }
  }
  EXPECT_GT(refused, tried - tried / 20);
  // Files of other programs name no hash.
  EXPECT_EQ(decode(changed([](formats::TensorFile& file) { file.metadata.erase("content_hash"); })).hash,
            whole.hash);
}

TEST(PolicyFile, WeightsThatAreNotFinite) {
  for (const float bad : {NAN, INFINITY, -INFINITY}) {
    const std::string bytes =
        changed([&](formats::TensorFile& file) { file.tensors.at("embedder.fc.bias")[1] = bad; });
    EXPECT_USER_ERROR(decode(bytes), "p.safetensors: weight 'embedder.fc.bias' holds NaN or infinity");
  }
}

TEST(PolicyFile, WeightsMissingOrTooMany) {
  const Network network = sample_network();
  for (const auto& parameter : network.layout())
    EXPECT_USER_ERROR(decode(changed([&](formats::TensorFile& file) { file.tensors.erase(parameter.name); })),
                      "weight '" + parameter.name + "' is missing");
  EXPECT_USER_ERROR(
      decode(changed([](formats::TensorFile& file) { file.tensors["more"] = torch::ones({1}); })),
      "1 of them unknown");
}

TEST(PolicyFile, WeightsOfAnotherShapeOrType) {
  EXPECT_USER_ERROR(decode(changed([](formats::TensorFile& file) {
                      torch::Tensor& weight = file.tensors.at("fc_policy.weight");
                      weight = weight.t().contiguous();
                    })),
                    "weight 'fc_policy.weight' has shape [6, 4] Float");
  EXPECT_USER_ERROR(
      decode(changed([](formats::TensorFile& file) { file.tensors.at("fc_value.bias") = torch::ones({}); })),
      "weight 'fc_value.bias' has shape [] Float");
  EXPECT_USER_ERROR(decode(changed([](formats::TensorFile& file) {
                      torch::Tensor& weight = file.tensors.at("fc_value.bias");
                      weight = weight.to(torch::kFloat64);
                    })),
                    "has shape [1] Double");
}

TEST(PolicyFile, OtherSafetensorsFilesAreNoPolicies) {
  EXPECT_USER_ERROR(decode(changed([](formats::TensorFile& file) { file.metadata.clear(); })),
                    "not a mazescan policy");
  EXPECT_USER_ERROR(decode(changed([](formats::TensorFile& file) { file.metadata["format"] = "pt"; })),
                    "format 'pt'");
  for (const char* key : {"format", "format_version", "network", "interface", "environment", "training"})
    EXPECT_USER_ERROR(decode(changed([&](formats::TensorFile& file) { file.metadata.erase(key); })),
                      "no '" + std::string(key) + "' in the file's metadata");
  EXPECT_USER_ERROR(decode("no safetensors at all"), "p.safetensors: ");
  EXPECT_USER_ERROR(decode(""), "p.safetensors: ");
}

TEST(PolicyFile, VersionsOfTheFuture) {
  EXPECT_USER_ERROR(decode(changed([](formats::TensorFile& file) { file.metadata["format_version"] = "2"; })),
                    "this build reads mazescan-policy version 1");
}

TEST(PolicyFile, MetadataAreCheckedLikeAnyConfiguration) {
  const auto with = [](const char* key, const char* text) {
    return changed([&](formats::TensorFile& file) { file.metadata[key] = text; });
  };
  EXPECT_USER_ERROR(decode(with("network", "channels: [3, 4]\nchanels: 3")),
                    "p.safetensors (network):2:1: unknown key 'chanels'");
  EXPECT_USER_ERROR(decode(with("network", "channels: []")), "not empty");
  EXPECT_USER_ERROR(decode(with("network", "activation: magic")), "one of relu");
  EXPECT_USER_ERROR(decode(with("interface", "channels: 0")), "from 1 to 4096");
  EXPECT_USER_ERROR(decode(with("interface", "channels: 3")), "for 3x0x0 observations and 0 actions");
  EXPECT_USER_ERROR(decode(with("interface", "[")), "not valid YAML");
}

// The text is written into the manifests of jobs, where invalid JSON would be found only after all the work.
TEST(PolicyFile, TrainingIsAJsonObject) {
  const auto with = [](const std::string& text) {
    return changed([&](formats::TensorFile& file) {
      file.metadata["training"] = text;
      file.metadata.erase("content_hash");
    });
  };
  for (const char* text : {"", "{{", "steps: 3", "3", "[]", "null", R"({"steps": 1e400})",
                           R"({"a": "\ud800"})", R"({"a": 1} x)"})
    EXPECT_USER_ERROR(decode(with(text)), "'training' in the file's metadata is malformed");
  const auto nested = [](int depth) {
    return "{\"a\": " + std::string(depth, '[') + std::string(depth, ']') + "}";
  };
  EXPECT_NO_THROW(decode(with(nested(7))));
  EXPECT_USER_ERROR(decode(with(nested(9))), "it is nested more than 8 deep");
  EXPECT_USER_ERROR(decode(with(nested(100'000))), "it is nested more than 8 deep");
  formats::PthFile pth = formats::decode_pth(encode_pth(decode(sample_policy())), "p.pth");
  EXPECT_USER_ERROR(import_pth(pth, {3, 6, 5, 1 / 255.0, 4}, kEnvironment, "{{", "p.pth"),
                    "p.pth: 'training' in the file's metadata is malformed");
}

// Untrusted metadata must not cause allocations that are larger than the file.
TEST(PolicyFile, GiganticNetworksAreRefusedBeforeMemoryIsTaken) {
  std::string many = "channels: [1";
  for (int i = 0; i < 1'000'000; ++i) many += ",1";
  const std::vector<std::string> texts = {"channels: [4096, 4096, 4096]\nresidual_blocks: 16\nfc: 65536\n",
                                          "channels: [3, 4]\nresidual_blocks: 1\nfc: 65536\n",
                                          many + "]\nresidual_blocks: 16"};
  for (const std::string& text : texts) {
    const std::string bytes = changed([&](formats::TensorFile& file) { file.metadata["network"] = text; });
    const MemoryLimit limit(size_t{1} << 30);
    EXPECT_USER_ERROR(decode(bytes),
                      "p.safetensors: its metadata describe a network that the file cannot hold");
  }
  const std::string bytes = changed([](formats::TensorFile& file) {
    file.metadata["interface"] = "{channels: 4096, height: 4096, width: 4096, actions: 4096}";
  });
  const MemoryLimit limit(size_t{64} << 20);
  EXPECT_USER_ERROR(decode(bytes), "of more than ");
}

}  // namespace
}  // namespace mazescan::policy
