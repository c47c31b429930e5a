#include <gtest/gtest.h>
#include <torch/types.h>

#include <algorithm>
#include <cstring>

#include "core/random.h"
#include "policy/formats/safetensors.h"
#include "policy/policy_file.h"
#include "tests/policy/sample_network.h"
#include "tests/storage/memory_limit.h"

// Deterministic fuzzing: valid files are damaged by a seeded random stream. Each must then either decode or
// be rejected with a UserError, with little memory.
namespace mazescan::policy {
namespace {

constexpr size_t kMemory = size_t{256} << 20;

// Lists the bytes that are most effective as damage in such files: numbers, quotes, brackets, lengths.
const std::vector<std::string> kWords = {"0",
                                         "-1",
                                         "1",
                                         "4294967296",
                                         "9223372036854775807",
                                         "18446744073709551615",
                                         "1e99",
                                         "1.5",
                                         "\"",
                                         "{",
                                         "}",
                                         "[",
                                         "]",
                                         ",",
                                         ":",
                                         "null",
                                         "F64",
                                         "U8",
                                         " ",
                                         "\n",
                                         "\xff",
                                         "65536",
                                         "[4096]",
                                         "\\u0000",
                                         "__metadata__",
                                         "shape",
                                         "&a ",
                                         "*a ",
                                         "- ",
                                         "#"};

std::string damaged(std::string bytes, RandomStream& random) {
  const auto place = [&] { return bytes.empty() ? 0 : random.below(static_cast<uint32_t>(bytes.size())); };
  for (uint32_t change = 0, changes = 1 + random.below(3); change < changes; ++change) {
    // Make three changes in four in the header, which holds the structure.
    const size_t at = random.below(4) == 0 ? place() : std::min<size_t>(place(), random.below(800));
    switch (random.below(7)) {
      case 0:
        bytes.insert(at, kWords[random.below(static_cast<uint32_t>(kWords.size()))]);
        break;
      case 1:
        bytes.erase(at, 1 + random.below(8));
        break;
      case 2:
        bytes.resize(at);
        break;
      case 3:
        bytes.insert(at, bytes.substr(place(), random.below(60)));
        break;
      case 4:
        if (!bytes.empty()) bytes[at] = static_cast<char>(random.next());
        break;
      case 5:
        if (!bytes.empty()) bytes[at] = static_cast<char>(bytes[at] ^ (1 << random.below(8)));
        break;
      default: {
        const std::string& word = kWords[random.below(static_cast<uint32_t>(kWords.size()))];
        bytes.replace(at, std::min(word.size(), bytes.size() - at), word);
      }
    }
    // Correct the header length in half of the damaged files; otherwise most are rejected because of it.
    const size_t end = bytes.rfind("}}");
    if (random.below(2) == 0 && bytes.size() > 8 && end != std::string::npos && end > 8) {
      const uint64_t length = end + 2 - 8;
      std::memcpy(bytes.data(), &length, sizeof length);
    }
  }
  return bytes;
}

TEST(SafetensorsFuzz, DamagedFilesDecodeOrAreRefused) {
  formats::TensorFile file;
  file.metadata = {{"format", "pt"}};
  file.tensors = {{"a.weight", torch::arange(6, torch::kFloat32).view({2, 3})},
                  {"b", torch::ones({4}, torch::kBool)},
                  {"c", torch::ones({2, 0, 3}, torch::kInt64)},
                  {"d", torch::tensor(3, torch::kInt16)}};
  const std::string whole = formats::encode_safetensors(file);
  const MemoryLimit limit(kMemory);
  RandomStream random(1, "safetensors fuzz");
  int decoded = 0, refused = 0;
  for (int i = 0; i < 30'000; ++i) {
    const std::string bytes = damaged(whole, random);
    try {
      const formats::TensorFile back = formats::decode_safetensors(bytes, "f");
      size_t total = 0;
      for (const auto& [name, tensor] : back.tensors) total += tensor.nbytes();
      ASSERT_LE(total, bytes.size());
      ++decoded;
    } catch (const UserError&) {
      ++refused;
    }
  }
  EXPECT_GT(decoded, 300) << "damage must not only break the outermost shell";
  EXPECT_GT(refused, 3000);
}

// Fuzzes the texts of a policy's metadata. They are YAML and determine how much memory is allocated.
TEST(SafetensorsFuzz, DamagedPoliciesDecodeOrAreRefused) {
  const Network network({{2}, 1, 2, "relu"}, {3, 3, 3, 1, 4});
  formats::TensorFile whole = formats::decode_safetensors(encode_policy(network, "world: 3\n", "{}"), "f");
  whole.metadata.erase("content_hash");  // which would be all that is tested
  const MemoryLimit limit(kMemory);
  RandomStream random(2, "policy fuzz");
  int decoded = 0, refused = 0;
  for (int i = 0; i < 4000; ++i) {
    formats::TensorFile file = whole;
    std::string& text = file.metadata[random.below(2) == 0 ? "network" : "interface"];
    text = damaged(text, random);
    std::string bytes;
    try {
      bytes = formats::encode_safetensors(file);
    } catch (const std::exception&) {  // not valid UTF-8 any more: JSON cannot hold it
      continue;
    }
    try {
      EXPECT_LE(decode_policy(bytes, "f").network.parameters().nbytes(), bytes.size());
      ++decoded;
    } catch (const UserError&) {
      ++refused;
    }
  }
  EXPECT_GT(decoded, 100);
  EXPECT_GT(refused, 1000);
}

}  // namespace
}  // namespace mazescan::policy
