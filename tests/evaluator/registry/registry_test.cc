#include "evaluator/registry/registry.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <sstream>

#include "datasets/sections.h"

namespace mazescan::registry {
namespace {

using Keys = std::set<std::string>;

Keys all_keys(const AnySection& section) {
  Keys keys;
  std::istringstream lines(dump_config(section));
  for (std::string line; std::getline(lines, line);) keys.insert(line.substr(0, line.find(':')));
  return keys;
}

// Returns the keys of a section that its identity omits.
Keys neutral_keys(const AnySection& section) {
  Keys keys;
  const std::string identity = "\n" + dump_identity(section);
  for (const std::string& key : all_keys(section))
    if (identity.find("\n" + key + ":") == std::string::npos) keys.insert(key);
  return keys;
}

// If a key were marked neutral by mistake, one dataset could mix shards of different jobs.
TEST(Jobs, OnlyTheseKeysDoNotChangeAShard) {
  // Where files are, on which machine a job runs, and how its files are compressed. Dataset keys have the
  // hashes of the policy and of the dataset instead.
  const Keys neutral = {"policy", "assets", "dataset", "folder", "device", "memory", "compression"};
  for (const jobs::JobInfo& job : jobs()) {
    Keys expected;
    for (const std::string& key : all_keys(job.section))
      if (neutral.count(key) != 0) expected.insert(key);
    EXPECT_EQ(neutral_keys(job.section), expected) << job.kind.name;
    EXPECT_FALSE(expected.empty()) << job.kind.name;
  }
}

TEST(Jobs, NeedJobsBeforeThem) {
  Keys before;
  for (const jobs::JobInfo& job : jobs()) {
    for (const datasets::DatasetKind& kind : job.needs) EXPECT_EQ(before.count(kind.name), 1U) << kind.name;
    before.insert(job.kind.name);
  }
  EXPECT_EQ(before.size(), std::size(datasets::kDatasetKinds));
}

// Otherwise the trainer would reject a configuration file with that section.
TEST(Jobs, HaveSectionsThatAllProgramsAllow) {
  const std::vector<std::string> sections = datasets::all_sections();
  for (const jobs::JobInfo& job : jobs())
    EXPECT_EQ(std::count(sections.begin(), sections.end(), job.kind.name), 1) << job.kind.name;
}

}  // namespace
}  // namespace mazescan::registry
