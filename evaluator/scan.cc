#include "evaluator/scan.h"

#include <torch/torch.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

#include "cluster/stop.h"
#include "cluster/units.h"
#include "core/build_info.h"
#include "core/hash.h"
#include "core/log.h"
#include "core/progress.h"
#include "envs/maze_environment.h"
#include "envs/paths.h"
#include "envs/variations.h"
#include "evaluator/provenance.h"
#include "evaluator/rollouts.h"
#include "evaluator/scan_lock.h"
#include "policy/device.h"
#include "storage/atomic_file.h"
#include "storage/manifest.h"

namespace fs = std::filesystem;

namespace mazescan {

namespace {

// Whether the shard of a unit is there, whole and of this scan. Damaged ones are computed again, with a
// warning; those of another scan are somebody's data.
bool is_done(const fs::path& path, const std::string& key, std::string& payload_hash) {
  if (!fs::exists(path)) return false;
  try {
    const ShardClaim claim = read_shard_claim(path);
    if (claim.scan_key == key) {
      read_shard(path, /*with_activations=*/false);
      payload_hash = claim.payload_hash;
      return true;
    }
  } catch (const UserError& e) {
    log_warning("computing a damaged shard again: {}", e.what());
    return false;
  }
  throw UserError(path.string() + " is of another scan",
                  "policy, seed or scan configuration have changed since",
                  "move that scan away, or give another run directory");
}

// Checks the folder's plan, or writes it; returns the version of the code that began the scan.
std::string begin_scan(const fs::path& folder, const ScanPlan& plan, const World& world) {
  const auto begun = read_plan(folder);
  if (!begun) {
    write_plan(folder, plan, evaluator_provenance(world));
    return plan.code;
  }
  require(begun->scan_key == plan.scan_key, folder.string() + " is of another scan",
          "policy, seed or scan configuration have changed since",
          "move that scan away, or give another run directory");
  return begun->code;
}

// Lists the scan's shards in its manifest if all are there. hashes: of this job's, by unit; those of other
// jobs tell theirs.
void finish_scan(const fs::path& folder, const std::string& key, const std::vector<ScanUnit>& units,
                 const std::map<int, std::string>& hashes, const nlohmann::json& attributes,
                 const nlohmann::json& about) {
  Manifest manifest{kScanManifest, 1, attributes, {}, about};
  for (size_t u = 0; u < units.size(); ++u) {
    const ScanUnit& unit = units[u];
    const fs::path name = fs::path("shards") / unit.file_name();
    const auto known = hashes.find(static_cast<int>(u));
    std::string payload_hash;
    if (known != hashes.end()) {
      payload_hash = known->second;
    } else if (!fs::exists(folder / name)) {
      log_info("this part is done; others are not, and the last of them writes the manifest");
      return;
    } else {
      const ShardClaim claim = read_shard_claim(folder / name);
      require(claim.scan_key == key, (folder / name).string() + " is of another scan",
              "policy, seed or scan configuration have changed since", "move that shard away");
      payload_hash = claim.payload_hash;
    }
    manifest.files.push_back({name.string(),
                              payload_hash,
                              fs::file_size(folder / name),
                              {{"size", unit.size}, {"placement", unit.placement}, {"block", unit.block}}});
  }
  write_manifest(folder / "manifest.json", manifest);
}

void require_showable(const EvaluatorConfig& config, const ScannedPolicy& scanned) {
  const int world = scanned.environment.world;
  for (const int size : config.scan.sizes)
    require(
        size <= world, fmt::format("'scan.sizes' holds {}", size),
        fmt::format("the policy sees a world of {0} x {0} cells and cannot be shown a larger maze", world),
        fmt::format("sizes up to {}", world));
  std::vector<std::string> names;
  for (const auto& tap : scanned.policy.network.taps()) names.push_back(tap.name);
  for (const std::string& layer : config.scan.layers) {
    if (std::find(names.begin(), names.end(), layer) != names.end()) continue;
    const std::string near = nearest(layer, names);
    throw UserError(fmt::format("'scan.layers' holds '{}'", layer), "the policy has no such layer",
                    near.empty() ? fmt::format("one of {}", fmt::join(names, ", "))
                                 : fmt::format("did you mean '{}'?", near));
  }
}

// The policy on every free cell of one episode's level.
VectorField vector_field(PolicyTable& table, int episode) {
  const MazeLevel& level = *table.episodes()[episode].level;
  const auto nan = std::numeric_limits<float>::quiet_NaN();
  VectorField field{episode, std::vector<float>(level.open.size() * kMoves, nan),
                    std::vector<float>(level.open.size(), nan)};
  std::vector<Mouse> mice;  // facing left, as at the start
  for (const Cell cell : open_cells(level)) mice.push_back({cell});
  table.evaluate(std::vector<int>(mice.size(), episode), mice);
  for (const Mouse mouse : mice) {
    const Cell cell = mouse.cell;
    const auto moves = table.move_probabilities(episode, mouse);
    std::copy(moves.begin(), moves.end(),
              field.probability.begin() + static_cast<int64_t>(level.index(cell)) * kMoves);
    field.value[level.index(cell)] = table.value(episode, mouse);
  }
  return field;
}

}  // namespace

fs::path policy_path(const EvaluatorConfig& config) {
  return config.scan.policy.empty() ? fs::path(config.run) / "policy.safetensors"
                                    : fs::path(config.scan.policy);
}

ScannedPolicy load_scanned_policy(const fs::path& path, torch::Device device) {
  Policy policy = decode_policy(read_file(path), path.string(), device);
  auto environment = parse_config<EnvironmentConfig>(policy.environment, path.string() + " (environment)");
  const NetworkInterface& in = policy.network.interface();
  const ObservationShape shape = observation_shape(environment);
  require(in.channels == shape.channels && in.height == shape.height && in.width == shape.width &&
              in.actions == (environment.actions == "procgen" ? kProcgenActions : kMoves),
          path.string() + ": network and environment do not fit", "the file's metadata contradict each other",
          "use an undamaged policy file");
  return {std::move(policy), environment};
}

std::string scan_key(const EvaluatorConfig& config, const ScannedPolicy& scanned) {
  EvaluatorConfig same = config;  // without what does not change a payload
  same.run = "";
  same.scan.policy = same.scan.assets = same.scan.device = same.scan.compression = "";
  return Hasher().add("mazescan-scan 1").add(scanned.policy.hash).add(dump_config(same)).hex();
}

ScanShard scan_unit(const EvaluatorConfig& config, const ScannedPolicy& scanned, const ScanUnit& unit) {
  const ScanConfig& scan = config.scan;
  const EnvironmentConfig& environment = scanned.environment;
  const auto seed = static_cast<uint64_t>(config.seed);
  ScanShard shard;
  shard.size = unit.size;
  shard.placement = unit.placement;
  shard.block = unit.block;
  shard.limit = scan.limit > 0 ? scan.limit : time_limit(environment, unit.size);
  shard.region = environment.region;
  shard.scan_key = scan_key(config, scanned);

  std::vector<MazeLevel> levels;  // of the levels that have a cell for this placement
  const LevelOptions options = level_options(environment);
  const int begin = unit.block * scan.block, end = std::min(begin + scan.block, scan.levels);
  for (int i = begin; i < end; ++i) {
    MazeLevel level = generate_level(options, static_cast<int32_t>(scan.first_level + i), unit.size);
    RandomStream random(seed, "placement/" + unit.placement, static_cast<uint64_t>(level.seed));
    level.cheese = place_cheese(level, unit.placement, environment.region, random);
    if (level.cheese != kNoCell) levels.push_back(std::move(level));
  }
  std::vector<MazeState> starts;
  std::vector<Cell> decision;
  for (const MazeLevel& level : levels) {
    starts.push_back(initial_state(level));
    decision.push_back(decision_square(level, level.cheese));
    shard.level_seed.push_back(level.seed);
    shard.open.insert(shard.open.end(), level.open.begin(), level.open.end());
    shard.cheese.insert(shard.cheese.end(), {level.cheese.x, level.cheese.y});
    shard.optimal.push_back(distance(level, kStart, level.cheese));
    shard.on_path.push_back(on_path(level, level.cheese, kStart, level.top_right()) ? 1 : 0);
    shard.decision.insert(shard.decision.end(), {decision.back().x, decision.back().y});
  }

  PolicyTable table(scanned.policy.network, environment, starts);
  const std::string stream = fmt::format("rollout/{}/{}", unit.size, unit.placement);
  shard.sampled = roll_out(table, Sampler::kSampled, shard.limit, shard.region, decision, seed, stream);
  shard.greedy = roll_out(table, Sampler::kGreedy, shard.limit, shard.region, decision, seed, stream);

  std::vector<int> all, decided;
  std::vector<Mouse> first, at_decision;
  for (int e = 0; e < static_cast<int>(levels.size()); ++e) {
    all.push_back(e);
    first.push_back({kStart});
    if (shard.sampled.decision_step[e] < 0) continue;
    decided.push_back(e);
    at_decision.push_back({decision[e], shard.sampled.decision_mirrored[e] != 0});
  }
  shard.taps = record_taps(scanned.policy.network, table.observe(all, first), scan.layers, "first");
  for (TapRecord& record :
       record_taps(scanned.policy.network, table.observe(decided, at_decision), scan.layers, "decision"))
    shard.taps.push_back(std::move(record));
  shard.decision_episode.assign(decided.begin(), decided.end());
  for (int e = 0; e < std::min(scan.vector_fields, static_cast<int>(levels.size())); ++e)
    shard.fields.push_back(vector_field(table, e));
  return shard;
}

bool scan(const EvaluatorConfig& config, const World& world, const fs::path& folder, const ScanPart& part,
          double patience) {
  ScannedPolicy scanned = load_scanned_policy(
      policy_path(config), choose_device("scan.device", config.scan.device, world.local_rank()));
  if (!config.scan.assets.empty()) scanned.environment.assets = config.scan.assets;
  require_showable(config, scanned);
  const std::string key = scan_key(config, scanned);
  const std::vector<ScanUnit> units = scan_units(config.scan);
  std::vector<int> mine;  // units of this part
  for (size_t u = 0; u < units.size(); ++u)
    if (part.holds(u)) mine.push_back(static_cast<int>(u));

  const fs::path shards = folder / "shards";
  const std::string provenance = evaluator_provenance(world).dump();
  std::optional<ScanLock> lock;  // until the end
  std::string begun_by;          // which version of the code
  if (world.is_root()) {
    make_directories(shards);
    lock.emplace(folder, part, patience);
    remove_stale_temporaries(folder);
    remove_stale_temporaries(shards);
    begun_by = begin_scan(folder, {key, code_version(), config}, world);
    log_info("scanning {}: {} sizes x {} placements x {} levels, {} units{}, {} ranks",
             policy_path(config).string(), config.scan.sizes.size(), config.scan.placements.size(),
             config.scan.levels, mine.size(), part.in_words(), world.size());
  }
  begun_by = world.broadcast(begun_by);

  std::map<int, std::string> hashes;  // on rank 0, of the shards that are there
  Progress progress("scanning", "units", mine.size(), world.is_root());
  const StopSignal stop;
  {
    UnitQueue queue(world, static_cast<int>(mine.size()), [&](int i, const std::string& payload_hash) {
      hashes[mine[i]] = payload_hash;
      progress.update(hashes.size(), units[mine[i]].file_name());
    });
    while (const auto i = queue.take()) {
      const ScanUnit& unit = units[mine[*i]];
      const fs::path path = shards / unit.file_name();
      std::string payload_hash;
      if (!is_done(path, key, payload_hash)) {
        require(begun_by == code_version(),
                fmt::format("{} was begun by mazescan {}", folder.string(), begun_by),
                fmt::format("this is {}, and shards of two versions need not fit together", code_version()),
                "finish it with that version; or move it away and begin anew");
        payload_hash = write_shard(path, scan_unit(config, scanned, unit),
                                   {config.scan.precision, config.scan.compression}, provenance);
      }
      queue.done(*i, payload_hash);
    }
  }
  const bool stopped = world.any(world.is_root() && hashes.size() < mine.size());
  if (stopped) {
    log_info("stopped after {} of {} units; the same command goes on from here", hashes.size(), mine.size());
  } else if (world.is_root()) {
    finish_scan(folder, key, units, hashes,
                {{"scan_key", key},
                 {"policy_hash", scanned.policy.hash},
                 {"units", units.size()},
                 {"config", dump_config(config)},
                 {"policy", describe(scanned)}},
                evaluator_provenance(world));
  }
  return !stopped;
}

}  // namespace mazescan
