#pragma once
#include <string>

namespace mazescan::datasets {

// A kind of dataset that a job makes. Its files have the formats "mazescan-NAME" (the manifest),
// "mazescan-NAME-plan" and "mazescan-NAME-shard"; "NAME_key" is a hash of all that determines the payloads.
// NAME is also the job's subcommand, its section of the configuration and, by default, its folder in the run
// directory.
struct DatasetKind {
  const char* name;
  const char* noun;      // its name in messages
  bool results = false;  // an analysis: its shards are ResultShards
  std::string manifest_format() const { return std::string("mazescan-") + name; }
  std::string plan_format() const { return manifest_format() + "-plan"; }
  std::string shard_format() const { return manifest_format() + "-shard"; }
  std::string key_name() const { return std::string(name) + "_key"; }
};
inline constexpr DatasetKind kScan{"scan", "scan"}, kRecording{"record", "recording"},
    kProbe{"probe", "probing", true}, kEdit{"edit", "editing", true},
    kTrigger{"trigger", "trigger search", true}, kCertify{"certify", "certificate", true},
    kSparsity{"sparsity", "sparsity analysis", true}, kRationale{"rationale", "rationale search", true};

// All kinds, in the order of the jobs. Add new analyses here.
inline constexpr DatasetKind kDatasetKinds[] = {kScan,    kRecording, kProbe,    kEdit,
                                                kTrigger, kCertify,   kSparsity, kRationale};

}  // namespace mazescan::datasets
