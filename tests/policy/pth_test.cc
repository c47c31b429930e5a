#include "policy/formats/pth.h"

#include <gtest/gtest.h>
#include <torch/types.h>

#include <cmath>
#include <functional>

#include "policy/formats/pickle_words.h"
#include "policy/formats/zip.h"
#include "policy/policy_file.h"
#include "tests/policy/sample_network.h"
#include "tests/storage/memory_limit.h"
#include "tests/storage/temporary_folder.h"

namespace mazescan::policy {
namespace {

const char* const kEnvironment = "world: 9\n";

Policy sample_policy() {
  const std::string bytes =
      encode_policy(sample_network("tanh", 1 / 255.0), kEnvironment, "{\"updates\": 3}");
  return decode_policy(bytes, "p");
}

// Returns the file with its records changed.
std::string changed(const std::function<void(std::map<std::string, std::string>&)>& change) {
  const std::string whole = encode_pth(sample_policy());
  std::map<std::string, std::string> records;
  for (const auto& [name, content] : formats::read_zip(whole, "p")) records[name] = content;
  change(records);
  return formats::write_zip({records.begin(), records.end()});
}

// Returns the sample file as other training scripts save it: its key 'model_state_dict' replaced by `keys`,
// each with the same weights.
std::string with_keys(const std::vector<std::string>& keys) {
  return changed([&](auto& records) {
    std::string& pickle = records.at("archive/data.pkl");
    const size_t begin = pickle.find('}') + 1 + formats::pickled_text("model_state_dict").size();
    const std::string weights = pickle.substr(begin, pickle.size() - 2 - begin);  // without 's' and '.'
    pickle = "\x80\x02}";
    for (const std::string& key : keys) pickle += formats::pickled_text(key) + weights + "s";
    pickle += '.';
  });
}

// Describes a pickle of {"w": a tensor} over the 6 floats 0 ... 5.
struct Described {
  std::string type = "FloatStorage", key = "0";
  int64_t count = 6, offset = 0;
  std::vector<int64_t> sizes = {2, 3}, strides = {3, 1};
  int bytes = 4;  // size of an element of the record
};
std::string described(const Described& d) {
  const std::string storage = "(" + formats::pickled_text("storage") + "ctorch\n" + d.type + "\n" +
                              formats::pickled_text(d.key) + formats::pickled_text("cpu") +
                              formats::pickled_integer(d.count) + "tQ";
  const std::string pickle = "\x80\x02}" + formats::pickled_text("w") + "c" + formats::kRebuildTensor +
                             "\n(" + storage + formats::pickled_integer(d.offset) +
                             formats::pickled_integers(d.sizes) + formats::pickled_integers(d.strides) +
                             "\x89" + formats::pickled_ordered_dict() + "tRs.";
  const torch::Tensor values = torch::arange(6, d.bytes == 4   ? torch::kFloat32
                                                : d.bytes == 8 ? torch::kFloat64
                                                               : torch::kFloat16);
  return formats::write_zip(
      {{"a/data.pkl", pickle}, {"a/data/0", {static_cast<const char*>(values.data_ptr()), values.nbytes()}}});
}

TEST(Pth, RoundTripOfAPolicy) {
  const Policy policy = sample_policy();
  const std::string bytes = encode_pth(policy);
  EXPECT_EQ(encode_pth(policy), bytes) << "equal input, equal bytes";
  const formats::PthFile file = formats::decode_pth(bytes, "p.pth");
  EXPECT_TRUE(file.left_out.empty());
  EXPECT_TRUE(file.converted.empty());
  EXPECT_EQ(file.weights.size(), policy.network.layout().size());
  EXPECT_EQ(file.metadata.at("environment"), kEnvironment);
  const Policy back = import_pth(file, policy.network.interface(), file.metadata.at("environment"),
                                 file.metadata.at("training"), "p.pth");
  EXPECT_EQ(encode_policy(back.network, back.environment, back.training),
            encode_policy(policy.network, policy.environment, policy.training));
  EXPECT_EQ(back.hash, policy.hash);
}

TEST(Pth, WeightsUnderStateDict) {
  const Policy policy = sample_policy();
  const auto hash_of = [&](const formats::PthFile& file) {
    return import_pth(file, policy.network.interface(), kEnvironment, policy.training, "p.pth").hash;
  };
  for (const char* key : {"model_state_dict", "state_dict"}) {
    const formats::PthFile file = formats::decode_pth(with_keys({key, "optimizer"}), "p.pth");
    EXPECT_EQ(hash_of(file), policy.hash) << key;
    EXPECT_EQ(file.left_out, std::vector<std::string>{"optimizer"}) << key;
  }
}

TEST(Pth, WeightsUnderBothKeysAreRefused) {
  for (const auto& keys : {std::vector<std::string>{"model_state_dict", "state_dict"},
                           {"state_dict", "optimizer", "model_state_dict"}})
    EXPECT_USER_ERROR(formats::decode_pth(with_keys(keys), "p.pth"),
                      "p.pth: both 'model_state_dict' and 'state_dict' in it");
}

TEST(Pth, WeightsUnderNoKnownKeyAreRefused) {
  EXPECT_USER_ERROR(formats::decode_pth(with_keys({"weights"}), "p.pth"),
                    "p.pth: no weights in it, but weights");
  EXPECT_USER_ERROR(formats::decode_pth(with_keys({"weights"}), "p.pth"),
                    "under 'model_state_dict' or 'state_dict'");
}

TEST(Pth, TheNetworkIsInferredFromNamesAndShapes) {
  for (const NetworkConfig& config : {NetworkConfig{{3, 4}, 1, 6, "relu"}, NetworkConfig{{2}, 0, 5, "relu"},
                                      NetworkConfig{{1, 2, 3, 4}, 3, 1, "relu"}}) {
    const NetworkInterface interface { 2, 17, 9, 1, 4 };
    const Network network(config, interface);
    const formats::PthFile file = formats::decode_pth(encode_pth(network.tensors(), {}), "p");
    const NetworkConfig inferred = network_config_of(file.weights, "p");
    EXPECT_EQ(inferred.channels, config.channels);
    EXPECT_EQ(inferred.residual_blocks, config.residual_blocks);
    EXPECT_EQ(inferred.fc, config.fc);
    EXPECT_EQ(inferred.activation, "relu");
    EXPECT_NO_THROW(import_pth({file.weights, {}, {}, {}, {}}, interface, "", "{}", "p"));
  }
}

TEST(Pth, WeightsAndWorldMustFit) {
  const Network network({{3, 4}, 1, 6, "relu"}, {3, 64, 64, 1 / 255.0, 15});
  formats::PthFile file = formats::decode_pth(encode_pth(network.tensors(), {}), "p.pth");
  file.metadata.clear();
  EXPECT_USER_ERROR(import_pth(file, {3, 9, 9, 1, 15}, "", "{}", "p.pth"),
                    "p.pth: weight 'embedder.fc.weight' has shape [6, 1024]");
  EXPECT_USER_ERROR(import_pth(file, {3, 64, 64, 1, 5}, "", "{}", "p.pth"),
                    "'fc_policy.weight' has shape [15, 6]");
  EXPECT_USER_ERROR(import_pth(file, {1, 64, 64, 1, 15}, "", "{}", "p.pth"), "'embedder.block1.conv.weight'");
  for (const auto& parameter : network.layout()) {
    formats::PthFile without = file;
    without.weights.erase(parameter.name);
    EXPECT_THROW(import_pth(without, network.interface(), "", "{}", "p.pth"), UserError) << parameter.name;
  }
  formats::PthFile less = file;
  less.weights.erase("embedder.fc.bias");
  EXPECT_USER_ERROR(import_pth(less, network.interface(), "", "{}", "p.pth"),
                    "give the state_dict of the whole network");
  formats::PthFile more = file;
  more.weights["gru.weight"] = torch::ones({1});
  EXPECT_USER_ERROR(import_pth(more, network.interface(), "", "{}", "p.pth"),
                    "1 of them unknown: gru.weight");
  formats::PthFile misspelt = file;
  misspelt.weights["embedder.block1.conv.biass"] = misspelt.weights.at("embedder.block1.conv.bias");
  misspelt.weights.erase("embedder.block1.conv.bias");
  EXPECT_USER_ERROR(import_pth(misspelt, network.interface(), "", "{}", "p.pth"),
                    "weight 'embedder.block1.conv.bias' is missing");
  EXPECT_USER_ERROR(import_pth(misspelt, network.interface(), "", "{}", "p.pth"),
                    "the file has 'embedder.block1.conv.biass'");
  formats::PthFile nan = file;
  nan.weights.at("fc_value.bias") = torch::full({1}, NAN);
  EXPECT_USER_ERROR(import_pth(nan, network.interface(), "", "{}", "p.pth"), "'fc_value.bias' holds NaN");
}

TEST(Pth, GiganticNetworksAreRefusedBeforeMemoryIsTaken) {
  formats::PthFile file;
  for (const char* layer :
       {"embedder.block1.conv", "embedder.block2.conv", "embedder.fc", "fc_policy", "fc_value"})
    file.weights[std::string(layer) + ".weight"] = torch::ones({4096, 1});
  const MemoryLimit limit(size_t{64} << 20);
  EXPECT_USER_ERROR(import_pth(file, {3, 64, 64, 1, 15}, "", "{}", "p.pth"),
                    "a network that the file cannot hold");
}

TEST(Pth, StridesAndTypes) {
  const auto read = [](const Described& d) { return formats::decode_pth(described(d), "p").weights.at("w"); };
  const torch::Tensor plain = torch::arange(6, torch::kFloat32);
  EXPECT_TRUE(torch::equal(read({}), plain.view({2, 3})));
  Described d;
  d.sizes = {3, 2};
  d.strides = {1, 3};
  EXPECT_TRUE(torch::equal(read(d), plain.view({2, 3}).t()));
  d = {};
  d.sizes = {2};
  d.strides = {2};
  d.offset = 1;
  EXPECT_TRUE(torch::equal(read(d), torch::tensor({1.F, 3.F})));
  d.sizes = d.strides = {};
  EXPECT_EQ(read(d).item<float>(), 1);
  for (const auto& [type, bytes] : {std::pair{"HalfStorage", 2}, {"DoubleStorage", 8}}) {
    d = {};
    d.type = type;
    d.bytes = bytes;
    EXPECT_TRUE(torch::equal(read(d), plain.view({2, 3}))) << type;
    EXPECT_EQ(formats::decode_pth(described(d), "p").converted.size(), 1U);
  }
}

TEST(Pth, TensorsOutsideTheirStorages) {
  const std::string outside = "weight 'w' is outside its storage";
  const auto refused = [](const std::function<void(Described&)>& change, const std::string& why) {
    Described d;
    change(d);
    EXPECT_USER_ERROR(formats::decode_pth(described(d), "p.pth"), why);
  };
  refused([](Described& d) { d.offset = 1; }, outside);
  refused([](Described& d) { d.offset = -1; }, outside);
  refused([](Described& d) { d.offset = INT64_MAX; }, outside);
  refused([](Described& d) { d.sizes = {3, 3}; }, outside);
  refused([](Described& d) { d.sizes = {-2, 3}; }, outside);
  refused([](Described& d) { d.sizes = {0, 3}; }, outside);
  refused([](Described& d) { d.sizes = {int64_t{1} << 32, int64_t{1} << 32}; }, outside);
  refused([](Described& d) { d.sizes = {INT64_MAX, 3}; }, outside);
  refused([](Described& d) { d.strides = {-3, 1}; }, outside);
  refused([](Described& d) { d.strides = {3, -1}; }, outside);
  refused([](Described& d) { d.strides = {INT64_MAX, 1}; }, outside);
  refused([](Described& d) { d.strides = {4, 1}; }, outside);
  refused([](Described& d) { d.strides = {1}; }, outside);
  refused([](Described& d) { d.sizes = {4, 2}, d.strides = {1, 1}; }, outside);  // beyond the storage
  refused([](Described& d) { d.sizes.assign(17, 1), d.strides.assign(17, 1); }, "an impossible shape");
  const std::string other = "record 'data/0' has another size than its storage";
  refused([](Described& d) { d.count = 5, d.sizes = {5}, d.strides = {1}; }, other);
  refused([](Described& d) { d.count = 7; }, other);
  refused([](Described& d) { d.count = int64_t{1} << 62; }, other);
  refused([](Described& d) { d.type = "HalfStorage"; }, other);
  refused([](Described& d) { d.key = "1"; }, "record 'data/1' is missing");
  refused([](Described& d) { d.key = "../data.pkl"; }, "is missing");
  refused([](Described& d) { d.type = "LongStorage"; }, "weight 'w' is of type LongStorage");
}

// Many views of one storage would take many times the file's size in memory.
TEST(Pth, WeightsTakeNoMoreThanTheFileHolds) {
  const std::string values(1'000'000, '\0');
  std::string pickle = "\x80\x02}(";
  for (int i = 0; i < 2000; ++i)
    pickle += formats::pickled_text("w" + std::to_string(i)) + formats::pickled_tensor("0", {250'000});
  pickle += "u.";
  const std::string bytes = formats::write_zip({{"a/data.pkl", pickle}, {"a/data/0", values}});
  const MemoryLimit limit(size_t{64} << 20);
  EXPECT_USER_ERROR(formats::decode_pth(bytes, "p"), "is larger than what the file holds");
}

// Makes a tensor as torch's expand does: few values, repeated by stride 0.
TEST(Pth, ExpandedTensors) {
  Described d;
  d.sizes = {4, 6};
  d.strides = {0, 1};
  EXPECT_TRUE(torch::equal(formats::decode_pth(described(d), "p").weights.at("w"),
                           torch::arange(6, torch::kFloat32).expand({4, 6})));
  d.strides = {0, 0};
  d.sizes = {1 << 20, 1 << 10};
  const MemoryLimit limit(size_t{64} << 20);
  for (const auto& sizes : {std::vector<int64_t>{1 << 20, 1 << 10}, {int64_t{1} << 31, int64_t{1} << 31}}) {
    d.sizes = sizes;
    EXPECT_USER_ERROR(formats::decode_pth(described(d), "p"), "weight 'w' shows few values many times");
  }
  d.sizes = {INT64_MAX, 3};
  EXPECT_USER_ERROR(formats::decode_pth(described(d), "p"), "outside its storage");
}

TEST(Pth, WrappersOfNetworksAreTakenOffTheNames) {
  const auto with = [](const std::vector<std::string>& names) {
    std::string pickle = "\x80\x02}(";
    for (const std::string& weight : names)
      pickle += formats::pickled_text(weight) + formats::pickled_tensor("0", {2});
    return formats::decode_pth(
        formats::write_zip({{"a/data.pkl", pickle + "u."}, {"a/data/0", std::string(8, '\0')}}), "p");
  };
  EXPECT_EQ(with({"module.a", "module.b"}).prefix, "module.");
  EXPECT_EQ(with({"module.a", "module.b"}).weights.count("b"), 1U);
  EXPECT_EQ(with({"module._orig_mod.module.a"}).weights.count("a"), 1U);
  const formats::PthFile some = with({"module.a", "b"});
  EXPECT_EQ(some.prefix, "");
  EXPECT_EQ(some.weights.count("module.a"), 1U);
}

TEST(Pth, ValuesBeyondFloat32AreTold) {
  const auto file = [](double value) {
    const std::string pickle = "\x80\x02}" + formats::pickled_text("w") + "c" + formats::kRebuildTensor +
                               "\n((" + formats::pickled_text("storage") + "ctorch\nDoubleStorage\n" +
                               formats::pickled_text("0") + formats::pickled_text("cpu") + "K\1tQK" +
                               std::string(1, '\0') + "K\1\x85K\1\x85\x89" + formats::pickled_ordered_dict() +
                               "tRs.";
    return formats::write_zip(
        {{"a/data.pkl", pickle}, {"a/data/0", {reinterpret_cast<const char*>(&value), 8}}});
  };
  EXPECT_EQ(formats::decode_pth(file(1.5), "p").weights.at("w").item<float>(), 1.5F);
  EXPECT_USER_ERROR(formats::decode_pth(file(-1e300), "p"),
                    "weight 'w' holds values that are too large for float32");
  EXPECT_TRUE(
      std::isinf(formats::decode_pth(file(INFINITY), "p").weights.at("w").item<float>()));  // see import_pth
}

TEST(Pth, OtherContents) {
  const auto holding = [](const std::string& operations) {
    return formats::write_zip({{"a/data.pkl", "\x80\x02" + operations + "."}});
  };
  const auto refused = [](const std::string& bytes, const std::string& why) {
    EXPECT_USER_ERROR(formats::decode_pth(bytes, "p.pth"), why);
    EXPECT_USER_ERROR(formats::decode_pth(bytes, "p.pth"), "p.pth: ");
  };
  refused("", "not a file of torch.save");
  refused("weights", "not a file of torch.save");
  refused(std::string("\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.", 15), "legacy mode");
  refused(formats::write_zip({}), "no record data.pkl");
  refused(formats::write_zip({{"a/data.pkl", "x"}, {"b/version", "3"}}), "several folders");
  refused(formats::write_zip({{"a/data.pkl", "x"}, {"a/constants.pkl", "3"}}), "TorchScript");
  refused(formats::write_zip({{"a/data.pkl", "x"}, {"a/byteorder", "big"}}), "not little-endian");
  refused(holding("N"), "it holds no dict");
  refused(holding("]"), "it holds no dict");
  refused(holding("}"), "but nothing");
  refused(holding("}" + formats::pickled_text("w") + "K\1s"), "but w");
  refused(holding("}K\7K\1s"), "called by the number 7");
  refused(holding("}NK\1s"), "called by what is no text");
  for (const std::string name : {"model_state_dict", "state_dict"}) {
    const std::string key = formats::pickled_text(name);
    refused(holding("}" + key + "}K\7K\1ss"), "called by the number 7");
    refused(holding("}" + key + "Ns"), "'" + name + "' is no dict");
    refused(holding("}" + key + "}s"), "but nothing");
    refused(holding("}(" + key + "}" + key + "}u"), "'" + name + "' appears twice");
  }
}

TEST(Pth, MetadataOfOthersAreChecked) {
  const auto with = [](const std::string& text) {
    return changed([&](auto& records) { records.at("archive/extra/mazescan.json") = text; });
  };
  for (const char* text : {"", "[", "3", "[]", "null"})
    EXPECT_USER_ERROR(formats::decode_pth(with(text), "p"), "is no JSON object");
  EXPECT_USER_ERROR(formats::decode_pth(with("{\"a\": 3}"), "p"), "holds what is no text");
  EXPECT_USER_ERROR(
      import_pth(formats::decode_pth(with(R"({"format": "other", "format_version": "1"})"), "p"),
                 {3, 6, 5, 1, 4}, "", "{}", "p"),
      "format 'other'");
  EXPECT_TRUE(
      formats::decode_pth(changed([](auto& records) { records.erase("archive/extra/mazescan.json"); }), "p")
          .metadata.empty());
}

TEST(Pth, EveryTruncationAndFlippedBitIsRefusedOrHarmless) {
  const Network network({{1}, 0, 1, "relu"}, {1, 1, 1, 1, 1});
  const std::string whole = encode_pth(network.tensors(), {});
  for (size_t length = 0; length < whole.size(); ++length)
    EXPECT_THROW(formats::decode_pth(std::string_view(whole).substr(0, length), "p"), UserError) << length;
  const auto weights = formats::decode_pth(whole, "p").weights;
  for (size_t bit = 0; bit < 8 * whole.size(); ++bit) {
    std::string bytes = whole;
    bytes[bit / 8] = static_cast<char>(bytes[bit / 8] ^ (1U << bit % 8));
    try {
      const formats::PthFile file = formats::decode_pth(bytes, "p");
      for (const auto& [name, values] : file.weights)
        EXPECT_TRUE(torch::equal(values, weights.at(name))) << bit;
    } catch (const UserError&) {
    }
  }
}

TEST(Pth, PoliciesAreNotReadFromPthFiles) {
  EXPECT_USER_ERROR(decode_policy(encode_pth(sample_policy()), "p.pth"), "p.pth: a .pth file");
}

}  // namespace
}  // namespace mazescan::policy
