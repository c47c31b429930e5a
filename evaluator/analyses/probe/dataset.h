#pragma once
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "datasets/activation_shard.h"
#include "evaluator/analyses/probe/config.h"
#include "evaluator/analyses/probe/samples.h"
#include "evaluator/record/config.h"
#include "policy/network.h"

namespace mazescan::probe {

// A finished recording as input to the probes: its shards with the placement that the configuration names.
struct ProbeDataset {
  std::filesystem::path folder;
  std::string hash;                      // hash of its payloads
  std::vector<datasets::TapShape> taps;  // the taps that are probed
  std::string placement;
  std::map<int, std::vector<std::filesystem::path>> shards;  // by size, in the manifest's order
};

// Reads the manifest, compares every shard with its hash there, and reads its tables, but no activations.
// Throws UserError if the folder holds no finished recording of this policy, if a shard is not the one that
// the manifest lists, or if the recording lacks the placement or a size or layer that the configuration
// names; the hint gives the values that section `record` needs.
ProbeDataset open_probe_dataset(const std::filesystem::path& folder, const ProbeConfig& config,
                                const std::string& policy_hash);

// Predicts the result of open_probe_dataset for a recording that does not exist yet, from section `record`:
// layers, and sizes without files. Throws UserError if the section lacks a placement, size or layer.
ProbeDataset expected_probe_dataset(const std::filesystem::path& folder, const ProbeConfig& config,
                                    const record::RecordConfig& record, const policy::Network& network);

// Reads the samples of one size and splits them.
ProbeSamples read_probe_samples(const ProbeDataset& dataset, int size, uint64_t seed);

}  // namespace mazescan::probe
