#pragma once
#include <filesystem>
#include <functional>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "cluster/communicator.h"
#include "datasets/array_task.h"
#include "datasets/dataset_kind.h"
#include "datasets/shard_header.h"
#include "datasets/work_unit.h"
#include "evaluator/jobs/level_grid.h"
#include "evaluator/jobs/run_config.h"
#include "storage/seal.h"

namespace mazescan::jobs {

// A job of many units, each of which becomes one shard.
class UnitJob {
 public:
  using Done = std::function<void(const std::string& payload_hash)>;

  UnitJob(const datasets::DatasetKind& dataset_kind, const RunConfig& run_config,
          std::vector<datasets::WorkUnit> all_units, nlohmann::json made_by)
      : kind(dataset_kind), config(run_config), units(std::move(all_units)), provenance(std::move(made_by)) {}
  virtual ~UnitJob() = default;
  UnitJob(const UnitJob&) = delete;
  UnitJob& operator=(const UnitJob&) = delete;

  // Writes the unit's shard and calls done, immediately or later, possibly from another thread.
  virtual void make(const datasets::WorkUnit& unit, const std::filesystem::path& path, Done done) = 0;
  // Waits until every unit is done.
  virtual void finish() {}
  // header(): reads an existing shard's header. check(): verifies its contents. Both throw UserError if the
  // shard is damaged.
  virtual datasets::ShardHeader header(const storage::CheckedFile& shard) const = 0;
  virtual void check(const storage::CheckedFile& shard) const = 0;
  // Returns the name of a unit's shard within shards/.
  virtual std::string file_name(const datasets::WorkUnit& unit) const { return unit.file_name(); }
  // Returns the manifest's attributes of a unit's shard.
  virtual nlohmann::json attributes_of(const datasets::WorkUnit& unit,
                                       const storage::CheckedFile& shard) const;

  const datasets::DatasetKind kind;
  const RunConfig config;
  const std::vector<datasets::WorkUnit> units;
  const nlohmann::json provenance;  // code, libraries, machine; payload hashes exclude it
  std::string key;                  // hash of all that determines the payloads
  nlohmann::json attributes;        // added to key, configuration and number of units in the manifest
};

// How a job ended.
enum class JobEnd {
  kStopped,   // stopped by a signal
  kPartDone,  // other parts' shards are still missing
  kComplete   // manifest.json lists every shard
};

// Writes the shards of the part's units into `folder`/shards. The job that completes the shards lists them in
// `folder`/manifest.json. All ranks take units from one counter. Valid existing shards are kept; damaged ones
// are recomputed with a warning. Several jobs may compute parts at the same time. lock_timeout_s: seconds to
// wait for another job with the same units. Returns the same end on every rank. Throws UserError if `folder`
// holds another dataset or an unfinished dataset of another version, or is in use.
JobEnd run_units(UnitJob& job, const cluster::Communicator& communicator, const std::filesystem::path& folder,
                 const datasets::ArrayTask& part = {}, double lock_timeout_s = 0);

}  // namespace mazescan::jobs
