#include "evaluator/report/play.h"

#include <algorithm>
#include <cstring>
#include <map>
#include <set>

#include "datasets/scan_episode.h"
#include "evaluator/findings/chart.h"

namespace mazescan::report {
namespace {

using nlohmann::json;

constexpr size_t kLevelsPerSize = 12;

// Encodes the little-endian bytes of the floats (RFC 4648).
std::string base64(const std::vector<float>& values) {
  constexpr char kDigits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::vector<uint8_t> bytes(values.size() * sizeof(float));
  if (!bytes.empty()) std::memcpy(bytes.data(), values.data(), bytes.size());
  std::string text;
  for (size_t i = 0; i < bytes.size(); i += 3) {
    uint32_t word = 0;
    for (size_t k = 0; k < 3; ++k) word = word << 8 | (i + k < bytes.size() ? bytes[i + k] : 0U);
    for (size_t k = 0; k < 4; ++k) text += i + k <= bytes.size() ? kDigits[word >> (18 - 6 * k) & 63] : '=';
  }
  return text;
}

// Returns the first levels of each size that have different walls.
json levels_of(const std::vector<datasets::ScanShard>& shards) {
  std::map<int, std::map<std::string, int32_t>> layouts;
  json levels = json::array();
  for (const datasets::ScanShard& shard : shards) {
    auto& known = layouts[shard.size];
    for (size_t e = 0; e < shard.level_seed.size() && known.size() < kLevelsPerSize; ++e) {
      const std::string open = findings::chart_walls(datasets::maze_of(shard, e).open);
      if (!known.emplace(open, shard.level_seed[e]).second) continue;
      levels.push_back({{"size", shard.size}, {"seed", shard.level_seed[e]}, {"open", open}});
    }
  }
  return levels;
}

}  // namespace

json play_document(const policies::PlayedPolicy& policy) {
  if (!policy.unavailable.empty()) return {{"network", nullptr}, {"unavailable", policy.unavailable}};
  json network = policy.network;
  network["weights"] = base64(policy.weights);
  return {{"network", std::move(network)}, {"environment", policy.environment}, {"unavailable", ""}};
}

json play_document(const policies::PlayedPolicy& policy, const std::vector<datasets::ScanShard>& shards) {
  json document = play_document(policy);
  if (policy.unavailable.empty()) document["levels"] = levels_of(shards);
  return document;
}

}  // namespace mazescan::report
