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

// A finished recording as the probes' source: its shards with the cheese anywhere.
struct ProbeDataset {
  std::filesystem::path folder;
  std::string hash;                                          // of its payloads
  std::vector<datasets::TapShape> taps;                      // those that are probed
  std::map<int, std::vector<std::filesystem::path>> shards;  // by size, in the manifest's order
};

// Reads the manifest and every shard's header; no activations. Throws UserError if the folder holds no
// finished recording of this policy, a shard is not the one that the manifest lists, or if it lacks uniform
// placement, a size or a layer that the configuration names; the message says what `record` should hold.
ProbeDataset open_probe_dataset(const std::filesystem::path& folder, const ProbeConfig& config,
                                const std::string& policy_hash);

// What that will be of the recording that `record` has still to make in `folder`: layers, and sizes without
// their files. Throws UserError likewise.
ProbeDataset expected_probe_dataset(const std::filesystem::path& folder, const ProbeConfig& config,
                                    const record::RecordConfig& record, const policy::Network& network);

// The samples of one size, split.
ProbeSamples read_probe_samples(const ProbeDataset& dataset, int size, uint64_t seed);

}  // namespace mazescan::probe
