#include "evaluator/jobs/unit_job.h"

#include <map>
#include <memory>
#include <mutex>
#include <utility>

#include "cluster/units.h"
#include "core/build_info.h"
#include "core/log.h"
#include "core/progress.h"
#include "evaluator/jobs/job_plan.h"
#include "evaluator/jobs/part_lock.h"
#include "storage/atomic_file.h"
#include "storage/atomic_path.h"
#include "storage/manifest.h"

namespace fs = std::filesystem;

namespace mazescan::jobs {

namespace {

[[noreturn]] void mismatched(const fs::path& path, const datasets::DatasetKind& kind) {
  throw UserError(fmt::format("{} is of another {}", path.string(), kind.noun),
                  fmt::format("policy, seed or {} configuration have changed since", kind.name),
                  fmt::format("move that {} away, or give another run directory", kind.noun));
}

// Returns whether a unit's shard exists, is valid and belongs to this job, and sets its payload hash. Warns
// about a damaged shard, which will be recomputed. Throws UserError on a shard of another job, which must not
// be overwritten.
bool is_done(const UnitJob& job, const fs::path& path, std::string& payload_hash) {
  if (!fs::exists(path)) return false;
  try {
    const storage::CheckedFile shard(path);
    const datasets::ShardHeader header = job.header(shard);
    if (header.key == job.key) {
      job.check(shard);
      payload_hash = header.payload_hash;
      return true;
    }
  } catch (const UserError& e) {
    log_warning("computing a damaged shard again: {}", e.what());
    return false;
  }
  mismatched(path, job.kind);
}

// Checks or writes the folder's plan. Returns the version of the code that began the job.
std::string begin(const UnitJob& job, const fs::path& folder) {
  const auto begun = read_plan(folder, job.kind);
  if (begun) {
    if (begun->key != job.key) mismatched(folder, job.kind);
    return begun->code;
  }
  write_plan(folder, job.kind, {job.key, code_version(), dump_config(job.config), job.units.size()},
             job.provenance);
  return code_version();
}

// Lists the shards in the manifest if all exist. payload_hashes: of this job's shards, by unit; those of other
// jobs' shards are read from their files.
bool list_shards(const UnitJob& job, const fs::path& folder,
                 const std::map<int, std::string>& payload_hashes) {
  storage::Manifest manifest{job.kind.manifest_format(), 1, job.attributes, {}, job.provenance};
  manifest.attributes[job.kind.key_name()] = job.key;
  manifest.attributes["units"] = job.units.size();
  // Record the provenance. Existing shards are kept if their payload would be the same.
  const auto begun = read_plan(folder, job.kind);
  manifest.attributes["config"] = begun ? begun->config : dump_config(job.config);
  for (size_t u = 0; u < job.units.size(); ++u) {
    const datasets::WorkUnit& unit = job.units[u];
    const fs::path name = fs::path("shards") / job.file_name(unit), path = folder / name;
    const auto known = payload_hashes.find(static_cast<int>(u));
    if (known == payload_hashes.end() && !fs::exists(path)) {
      log_info("this part is done; others are not, and the last of them writes the manifest");
      return false;
    }
    const storage::CheckedFile shard(path);
    std::string payload_hash;
    if (known != payload_hashes.end()) {
      payload_hash = known->second;
    } else {
      const datasets::ShardHeader header = job.header(shard);
      if (header.key != job.key) mismatched(path, job.kind);
      payload_hash = header.payload_hash;
    }
    manifest.files.push_back(
        {name.string(), payload_hash, shard.bytes(), job.attributes_of(unit, shard), shard.hash()});
  }
  storage::write_manifest(folder / "manifest.json", manifest);
  return true;
}

// Units whose shards are written, with their payload hashes. Thread-safe.
class Finished {
 public:
  void add(int unit, const std::string& payload_hash) {
    const std::lock_guard lock(mutex_);
    units_.emplace_back(unit, payload_hash);
  }
  std::vector<std::pair<int, std::string>> take() {
    const std::lock_guard lock(mutex_);
    return std::exchange(units_, {});
  }

 private:
  std::mutex mutex_;
  std::vector<std::pair<int, std::string>> units_;
};

// Computes units from the queue until it is empty. mine: maps the queue's numbers to units.
void make_units(UnitJob& job, cluster::UnitQueue& queue, const std::vector<int>& mine, const fs::path& folder,
                const std::string& begun_by) {
  const auto finished = std::make_shared<Finished>();
  size_t unfinished = 0;
  const auto unit_of = [&](int i) -> const datasets::WorkUnit& {
    return job.units[static_cast<size_t>(mine[static_cast<size_t>(i)])];
  };
  const auto path_of = [&](int i) { return folder / "shards" / job.file_name(unit_of(i)); };
  const auto report = [&] {
    for (const auto& [i, payload_hash] : finished->take()) {
      queue.done(i, payload_hash);
      --unfinished;
    }
  };
  while (true) {
    const auto i = queue.take(/*reports_follow=*/unfinished > 0);
    if (!i && unfinished == 0) return;
    if (!i) {
      job.finish();
      report();
      continue;
    }
    const fs::path path = path_of(*i);
    std::string payload_hash;
    if (is_done(job, path, payload_hash)) {
      queue.done(*i, payload_hash);
    } else {
      require(begun_by == code_version(), lazy("{} was begun by mazescan {}", folder.string(), begun_by),
              lazy("this is {}, and shards of two versions may be inconsistent", code_version()),
              "finish it with that version; or move it away and start again");
      ++unfinished;
      job.make(unit_of(*i), path, [finished, i](const std::string& hash) { finished->add(*i, hash); });
    }
    report();
  }
}

}  // namespace

nlohmann::json UnitJob::attributes_of(const datasets::WorkUnit& unit, const storage::CheckedFile&) const {
  return {{"size", unit.size}, {"placement", unit.subject}, {"chunk", unit.chunk}};
}

JobEnd run_units(UnitJob& job, const cluster::Communicator& communicator, const fs::path& folder,
                 const datasets::ArrayTask& part, double lock_timeout_s) {
  std::vector<int> mine;  // units of this part
  for (size_t u = 0; u < job.units.size(); ++u)
    if (part.holds(u)) mine.push_back(static_cast<int>(u));

  std::optional<PartLock> lock;  // held until the end
  std::string begun_by;          // version of the code
  if (communicator.is_root()) {
    storage::make_directories(folder / "shards");
    lock.emplace(folder, job.kind, part, lock_timeout_s);
    storage::remove_stale_temporaries(folder);
    storage::remove_stale_temporaries(folder / "shards");
    begun_by = begin(job, folder);
    log_info("{} {}: {} units{}, {} ranks", job.kind.noun, folder.string(), mine.size(), part.in_words(),
             communicator.size());
    if (mine.empty())
      log_warning("{} has no units: there are {} in all, fewer than parts", part.in_words().substr(2),
                  job.units.size());
  }
  begun_by = communicator.broadcast(begun_by);

  std::map<int, std::string> payload_hashes;  // on rank 0: of existing shards
  Progress progress(job.kind.noun, "units", mine.size(), communicator.is_root());
  {
    cluster::UnitQueue queue(
        communicator, static_cast<int>(mine.size()), [&](int i, const std::string& report) {
          lock->require_held();
          const int unit = mine[static_cast<size_t>(i)];
          payload_hashes[unit] = report;
          progress.update(payload_hashes.size(), job.units[static_cast<size_t>(unit)].file_name());
        });
    make_units(job, queue, mine, folder, begun_by);
  }
  if (communicator.any(communicator.is_root() && payload_hashes.size() < mine.size())) {
    log_info("stopped after {} of {} units; run the same command again to resume", payload_hashes.size(),
             mine.size());
    return JobEnd::kStopped;
  }
  if (lock) lock->require_held();
  const bool complete = communicator.is_root() && list_shards(job, folder, payload_hashes);
  return communicator.any(complete) ? JobEnd::kComplete : JobEnd::kPartDone;
}

}  // namespace mazescan::jobs
