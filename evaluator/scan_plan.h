#pragma once
#include <filesystem>
#include <nlohmann/json.hpp>
#include <numeric>
#include <optional>
#include <string>
#include <vector>

#include "evaluator/config.h"

namespace mazescan {

// One work unit: a size, a placement and a block of level seeds.
struct ScanUnit {
  int size = 0;
  std::string placement;
  int block = 0;
  std::string file_name() const;  // "size09-top_right-000.h5"
};
// All units of a scan, the largest mazes first.
std::vector<ScanUnit> scan_units(const ScanConfig& config);

// A job's share of a scan that several jobs make in one folder: every count-th unit.
struct ScanPart {
  int index = 1, count = 1;  // the index-th of count
  bool is_whole() const { return count == 1; }
  bool holds(size_t unit) const { return static_cast<int>(unit % static_cast<size_t>(count)) == index - 1; }
  // Whether there are units in both: not in two of as many, but always in a whole scan and a part.
  bool overlaps(const ScanPart& other) const {
    return (index - other.index) % std::gcd(count, other.count) == 0;
  }
  std::string in_words() const;   // "", ", part 3 of 8"
  std::string lock_name() const;  // "scan.lock", "scan-3of8.lock": in the scan's folder
};
// "3/8". Throws UserError.
ScanPart parse_part(const std::string& text);
// Of a lock's name; nothing if it is none.
std::optional<ScanPart> part_of_lock(const std::string& name);

// What a scan's folder is to hold: plan.json, written before the first shard and never changed.
struct ScanPlan {
  std::string scan_key;    // of all that determines the payloads
  std::string code;        // version of the program that began it
  EvaluatorConfig config;  // and its configuration
};
void write_plan(const std::filesystem::path& folder, const ScanPlan& plan, const nlohmann::json& about);
// Nothing if there is none. Throws UserError if it is damaged.
std::optional<ScanPlan> read_plan(const std::filesystem::path& folder);

}  // namespace mazescan
