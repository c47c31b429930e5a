#include "evaluator/analyses/result_job.h"

#include <fmt/format.h>

#include <utility>

#include "core/hash.h"
#include "evaluator/jobs/provenance.h"
#include "evaluator/policies/describe_policy.h"

namespace fs = std::filesystem;

namespace mazescan {

ResultJob::ResultJob(const DatasetKind& of_kind, const RunConfig& of_config, std::vector<WorkUnit> of_units,
                     ScannedPolicy of_policy, const std::string& key_of, const World& world)
    : UnitJob(of_kind, of_config, std::move(of_units)),
      scanned(std::move(of_policy)),
      provenance_(evaluator_provenance(world).dump()) {
  key = Hasher()
            .add(fmt::format("mazescan-{} 1", kind.name))
            .add(scanned.policy.hash)
            .add(fmt::format("seed {}\n", config.seed))
            .add(key_of)
            .hex();
  attributes = {{"policy_hash", scanned.policy.hash}, {"policy", describe(scanned)}};
}

void ResultJob::make(const WorkUnit& unit, const fs::path& path, Done done) {
  ResultShard shard = compute(unit);
  shard.facts[kPolicyHash] = scanned.policy.hash;  // so that no manifest can give it to another policy
  done(write_result_shard(path, shard, provenance_));
}

ShardClaim ResultJob::claim(const fs::path& path) const {
  return read_result_claim(path, kind);
}

void ResultJob::check(const fs::path& path) const {
  read_result_shard(path, kind);
}

nlohmann::json ResultJob::attributes_of(const WorkUnit& unit, const fs::path&) const {
  return {{"size", unit.size}, {"subject", unit.subject}, {"block", unit.block}};
}

}  // namespace mazescan
