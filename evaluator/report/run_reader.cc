#include "evaluator/report/run_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <sstream>
#include <vector>

#include "core/error.h"
#include "core/log.h"
#include "core/progress.h"
#include "datasets/results.h"
#include "datasets/scan_shard_file.h"
#include "envs/maze/level.h"
#include "evaluator/questions/probe_figures.h"
#include "evaluator/questions/questions.h"
#include "evaluator/questions/rationale_figures.h"
#include "evaluator/questions/sparsity_figures.h"
#include "evaluator/questions/summary.h"
#include "storage/atomic_file.h"
#include "storage/manifest.h"

namespace fs = std::filesystem;

namespace mazescan::report {

namespace {

storage::Manifest read_scan_manifest(const fs::path& folder) {
  require(fs::exists(folder / "manifest.json"), lazy("{}: no such file", (folder / "manifest.json").string()),
          "the scan does not exist or is not finished",
          "run mazescan-evaluator scan first; it resumes where it stopped");
  return storage::read_manifest(folder / "manifest.json", datasets::kScan.manifest_format(), 1);
}

// Returns the maze sizes of the policy's training; those of the scan if the manifest does not list them.
std::vector<int> trained_sizes(const ReportInputs& inputs) {
  std::set<int> sizes;
  const nlohmann::json environment = inputs.policy.value("environment", nlohmann::json::object());
  const nlohmann::json listed =
      environment.is_object() ? environment.value("sizes", nlohmann::json()) : environment;
  if (listed.is_array())
    for (const nlohmann::json& size : listed)
      if (size.is_number_integer()) sizes.insert(size.get<int>());
  if (sizes.empty())
    for (const datasets::ScanShard& shard : inputs.shards) sizes.insert(shard.size);
  return {sizes.begin(), sizes.end()};
}

// Returns the kind of world that the policy's environment is; a maze if it is not described.
World world_of(const nlohmann::json& policy) {
  World world;
  const auto environment = policy.find("environment");
  if (environment == policy.end() || !environment->is_object()) return world;
  const auto text = [&](const char* key, const std::string& otherwise) {
    const auto found = environment->find(key);
    return found != environment->end() && found->is_string() ? found->get<std::string>() : otherwise;
  };
  const std::vector<std::string> mazes = config_names(maze::Game{});
  const std::string name = text("name", mazes.front());
  world.corners = std::find(mazes.begin(), mazes.end(), name) != mazes.end();
  if (!world.corners) world.names = {text("goal", "goal"), text("proxy", "proxy")};
  return world;
}

}  // namespace

std::vector<nlohmann::json> read_metrics(const fs::path& run) {
  std::vector<nlohmann::json> metrics;
  if (!fs::exists(run / "metrics.jsonl")) return metrics;
  std::istringstream lines(storage::read_file(run / "metrics.jsonl"));
  for (std::string text; std::getline(lines, text);) {
    auto line = storage::read_sealed_line(text);
    if (line) {
      metrics.push_back(*std::move(line));
    } else if (!lines.eof()) {  // a killed trainer may leave an incomplete last line
      log_warning("{}: a line is damaged and left out", (run / "metrics.jsonl").string());
    }
  }
  return metrics;
}

ReportInputs read_scan(const fs::path& run) {
  const fs::path folder = run / datasets::kScan.name;
  const storage::Manifest manifest = read_scan_manifest(folder);
  const auto attribute = [&](const std::string& name, nlohmann::json::value_t type, const char* what) {
    const auto found = manifest.attributes.find(name);
    require(found != manifest.attributes.end() && found->type() == type,
            lazy("{}: attributes.{} is not {}", (folder / "manifest.json").string(), name, what),
            "the manifest is damaged, or of another program", "run mazescan-evaluator scan again");
    return *found;
  };
  using Type = nlohmann::json::value_t;
  const auto units = attribute("units", Type::number_unsigned, "a number").get<uint64_t>();
  require(units == manifest.files.size(),
          lazy("{} lists {} shards", (folder / "manifest.json").string(), manifest.files.size()),
          lazy("the scan has {} units", units), "run mazescan-evaluator scan again");
  ReportInputs inputs;
  inputs.title = (fs::absolute(run) / "").lexically_normal().parent_path().filename().string();
  inputs.policy = attribute("policy", Type::object, "an object");
  inputs.world = world_of(inputs.policy);
  inputs.provenance = {
      {"scan", manifest.about},
      {datasets::kScan.key_name(), attribute(datasets::kScan.key_name(), Type::string, "a text")},
      {"config", attribute("config", Type::string, "a text")}};
  inputs.policy_hash = manifest.attributes.value(datasets::kPolicyHash, "");

  Progress progress("reading", "shards", manifest.files.size());
  for (const storage::ManifestFile& file : manifest.files) {
    const fs::path path = folder / file.name;
    require(fs::exists(path), lazy("{}: no such file", path.string()), "the scan's manifest lists it",
            "run mazescan-evaluator scan again: it computes the missing units");
    const storage::CheckedFile from(folder, file);
    const datasets::ShardHeader header = datasets::read_shard_header(from);
    require(
        header.payload_hash == file.payload_hash,
        lazy("{}: not the shard that the manifest lists", path.string()),
        lazy("its payload hash is {}, that in the manifest is {}", header.payload_hash, file.payload_hash),
        "remove it and run mazescan-evaluator scan again");
    inputs.shards.push_back(datasets::read_shard(from, /*with_activations=*/false));
    progress.update(inputs.shards.size());
  }
  inputs.rows = questions::summarise(inputs.shards);
  inputs.metrics = read_metrics(run);
  return inputs;
}

ReportInputs read_run(const fs::path& run) {
  // Check that all analyses are of one policy before reading shards. Analyses that are missing or not
  // finished count as not measured.
  const storage::Manifest scan = read_scan_manifest(run / datasets::kScan.name);
  const std::string policy_hash = scan.attributes.value(datasets::kPolicyHash, "");
  const auto is_finished = [&](const datasets::DatasetKind& kind) {
    return fs::exists(run / kind.name / "manifest.json");
  };
  for (const datasets::DatasetKind& kind : datasets::kDatasetKinds)
    if (kind.results && is_finished(kind))
      questions::expect_same_policy(
          policy_hash,
          datasets::read_results_manifest(run / kind.name, kind).attributes.at(datasets::kPolicyHash),
          kind.name);
  ReportInputs inputs = read_scan(run);
  std::map<std::string, datasets::Results> results;
  for (const datasets::DatasetKind& kind : datasets::kDatasetKinds)
    if (kind.results && is_finished(kind)) {
      const datasets::Results& read =
          results.emplace(kind.name, datasets::read_results(run / kind.name, kind)).first->second;
      inputs.provenance[kind.name] = read.about;
    }
  if (!inputs.world.corners) {  // the questions are about corners
    const auto probes = results.find(datasets::kProbe.name);
    if (probes != results.end())
      inputs.marks = questions::mark_figures(questions::Probing(probes->second), inputs.world.names);
    return inputs;
  }
  inputs.answers =
      questions::answer_all({inputs.shards, inputs.rows, policy_hash, results, trained_sizes(inputs)});
  const auto sparsity = results.find(datasets::kSparsity.name);
  if (sparsity != results.end())
    inputs.sparsity = questions::sparsity_figures(questions::measure_sparsity(sparsity->second));
  inputs.legibility = questions::legibility(results);
  const auto rationale = results.find(datasets::kRationale.name);
  if (rationale != results.end()) inputs.rationale = questions::rationale_figures(rationale->second);
  return inputs;
}

}  // namespace mazescan::report
