#include "evaluator/registry/registry.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>
#include <sstream>

#include "datasets/sections.h"

namespace mazescan::registry {
namespace {

using Keys = std::set<std::string>;

// Returns the keys of a section that its identity omits.
Keys neutral_keys(const AnySection& section) {
  Keys keys;
  const std::string identity = "\n" + dump_identity(section);
  std::istringstream lines(dump_config(section));
  for (std::string line; std::getline(lines, line);) {
    const std::string key = line.substr(0, line.find(':'));
    if (identity.find("\n" + key + ":") == std::string::npos) keys.insert(key);
  }
  return keys;
}

// If a key were marked neutral by mistake, one dataset could mix shards of different jobs.
TEST(Jobs, OnlyTheseKeysDoNotChangeAShard) {
  const Keys policy = {"policy", "assets", "device"};
  const std::map<std::string, Keys> expected = {
      {"scan", {"policy", "assets", "device", "compression"}},
      {"record", {"policy", "assets", "device", "compression", "folder"}},
      {"probe", {"dataset", "device", "memory"}},  // the key has the hash of the dataset
      {"edit", policy},
      {"trigger", policy},
      {"certify", policy}};
  for (const jobs::JobInfo& job : jobs()) {
    ASSERT_EQ(expected.count(job.kind.name), 1U) << job.kind.name;
    EXPECT_EQ(neutral_keys(job.section), expected.at(job.kind.name)) << job.kind.name;
  }
}

// Otherwise the trainer would reject a configuration file with that section.
TEST(Jobs, HaveSectionsThatAllProgramsAllow) {
  const std::vector<std::string> sections = datasets::all_sections();
  for (const jobs::JobInfo& job : jobs())
    EXPECT_EQ(std::count(sections.begin(), sections.end(), job.kind.name), 1) << job.kind.name;
}

}  // namespace
}  // namespace mazescan::registry
