#pragma once
#include <string>

namespace mazescan {

// The kinds of datasets that jobs of many units make. Their files are of format "mazescan-NAME" (the
// manifest), "mazescan-NAME-plan" and "mazescan-NAME-shard"; "NAME_key" is a hash of all that determines the
// payloads. Each stands in the folder NAME of the run directory, where its configuration says nothing else.
struct DatasetKind {
  const char* name;
  const char* noun;  // in messages
  std::string manifest_format() const { return std::string("mazescan-") + name; }
  std::string plan_format() const { return manifest_format() + "-plan"; }
  std::string shard_format() const { return manifest_format() + "-shard"; }
  std::string key_name() const { return std::string(name) + "_key"; }
};
inline constexpr DatasetKind kScan{"scan", "scan"}, kRecording{"record", "recording"};

// Those whose shards are ResultShards.
inline constexpr DatasetKind kProbe{"probe", "probing"}, kEdit{"edit", "editing"},
    kTrigger{"trigger", "trigger search"}, kCertify{"certify", "certificate"};

inline constexpr DatasetKind kDatasetKinds[] = {kScan, kRecording, kProbe, kEdit, kTrigger, kCertify};

}  // namespace mazescan
