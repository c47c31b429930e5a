#include "evaluator/analyses/result_job.h"

#include <fmt/format.h>

#include "core/hash.h"
#include "evaluator/policies/describe_policy.h"
#include "evaluator/policies/provenance.h"

namespace fs = std::filesystem;

namespace mazescan::analyses {

namespace {

class ResultUnits : public jobs::UnitJob {
 public:
  ResultUnits(const ResultJob& job, const jobs::RunConfig& run_config, const policies::TrainedPolicy& trained,
              const cluster::Communicator& communicator)
      : jobs::UnitJob(job.kind, run_config, job.units, policies::evaluator_provenance(communicator)),
        job_(job),
        policy_hash_(trained.policy.hash) {
    key = Hasher()
              .add(fmt::format("mazescan-{} 1", kind.name))
              .add(policy_hash_)
              .add(fmt::format("seed {}\n", config.seed))
              .add(job.key_text)
              .hex();
    attributes = policies::policy_attributes(trained);
    attributes.update(job.attributes);
  }

  void make(const datasets::WorkUnit& unit, const fs::path& path, Done done) override {
    datasets::ResultShard shard(kind, unit, key);
    job_.compute(unit, shard);
    shard.facts[datasets::kPolicyHash] = policy_hash_;  // binds the shard, not just the manifest, to it
    done(datasets::write_result_shard(path, shard, provenance.dump()));
  }
  datasets::ShardHeader header(const storage::CheckedFile& shard) const override {
    return datasets::read_result_header(shard, kind);
  }
  void check(const storage::CheckedFile& shard) const override { datasets::read_result_shard(shard, kind); }
  nlohmann::json attributes_of(const datasets::WorkUnit& unit, const storage::CheckedFile&) const override {
    return {{"size", unit.size}, {"subject", unit.subject}, {"chunk", unit.chunk}};
  }

 private:
  const ResultJob& job_;
  const std::string policy_hash_;
};

}  // namespace

jobs::JobEnd run_result_job(const ResultJob& job, const jobs::RunConfig& config,
                            const policies::TrainedPolicy& trained, const cluster::Communicator& communicator,
                            const datasets::ArrayTask& task, double lock_timeout_s) {
  ResultUnits units(job, config, trained, communicator);
  return jobs::run_units(units, communicator, fs::path(config.run) / job.kind.name, task, lock_timeout_s);
}

}  // namespace mazescan::analyses
