#pragma once
#include <string>
#include <vector>

#include "datasets/columns.h"
#include "datasets/result_shard.h"
#include "datasets/work_unit.h"
#include "evaluator/jobs/run_config.h"
#include "evaluator/jobs/unit_job.h"
#include "evaluator/policies/trained_policy.h"

namespace mazescan {

// A job whose units' shards are ResultShards: an analysis says how a unit is computed, and no more.
class ResultJob : public UnitJob {
 public:
  // key_of: text of all that determines the payloads, besides kind, policy and seed.
  ResultJob(const DatasetKind& of_kind, const RunConfig& of_config, std::vector<WorkUnit> of_units,
            ScannedPolicy of_policy, const std::string& key_of, const World& world);

  // The unit's result, a pure function of the job.
  virtual ResultShard compute(const WorkUnit& unit) = 0;

  void make(const WorkUnit& unit, const std::filesystem::path& path, Done done) override;
  ShardClaim claim(const std::filesystem::path& path) const override;
  void check(const std::filesystem::path& path) const override;
  nlohmann::json attributes_of(const WorkUnit& unit, const std::filesystem::path& path) const override;

 protected:
  // The unit's shard, given the columns and facts that were computed.
  template <class Result>
  ResultShard shard_of(const WorkUnit& unit, const Result& result) const {
    return result_shard(kind, unit, key, result);
  }
  const ScannedPolicy scanned;

 private:
  const std::string provenance_;
};

}  // namespace mazescan
