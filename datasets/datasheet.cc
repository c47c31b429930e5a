#include "datasets/datasheet.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <utility>

#include "core/progress.h"

namespace mazescan::datasets {

namespace {

using nlohmann::json;

// Describes how samples of a kind are chosen.
std::string sampled_how(const std::string& cells) {
  if (cells == "initial") return "the reset state of each level";
  if (cells == "decision_step")
    return "the first step at which a sampled rollout stood on the decision square, where the paths to the "
           "cheese and to the top-right corner part";
  if (cells == "every_cell") return "the mouse on every free cell of each level, facing left";
  return "every step of one sampled rollout of each level in which the policy chose a move";
}

std::string contents_table(const Verification& whole) {
  std::map<std::pair<int, std::string>, std::pair<int64_t, int64_t>> rows;  // levels, samples
  for (const VerifiedShard& shard : whole.shards) {
    auto& row = rows[{shard.unit.size, shard.unit.placement}];
    row.first += shard.levels;
    row.second += shard.samples;
  }
  std::string text = "| maze size | placement of the cheese | levels | samples |\n|---|---|---|---|\n";
  for (const auto& [place, counts] : rows)
    text += fmt::format("| {} | {} | {} | {} |\n", place.first, place.second, counts.first, counts.second);
  return text;
}

std::string taps_table(const Verification& whole) {
  std::map<std::string, int64_t> lost;
  for (const VerifiedShard& shard : whole.shards)
    for (const auto& tap : shard.taps) lost[tap.shape.name] += tap.lost;
  std::string text = "| tap | shape of a sample | type | values outside it |\n|---|---|---|---|\n";
  if (whole.shards.empty()) return text;
  for (const auto& tap : whole.shards.front().taps)
    text += fmt::format("| `{}` | {} | {} | {} |\n", tap.shape.name, fmt::join(tap.shape.shape, " x "),
                        describe_storage(tap), lost[tap.shape.name]);
  return text;
}

std::string indented(const std::string& text) {
  std::string out;
  for (size_t begin = 0; begin < text.size();) {
    const size_t end = std::min(text.find('\n', begin), text.size());
    out += "    " + text.substr(begin, end - begin) + "\n";
    begin = end + 1;
  }
  return out;
}

}  // namespace

std::string datasheet(const Verification& whole) {
  const json& attributes = whole.manifest.attributes;
  const std::string hash = dataset_hash(whole.manifest);
  uint64_t bytes = 0;
  for (const storage::ManifestFile& file : whole.manifest.files) bytes += file.bytes;
  std::set<std::string> cells;
  std::set<int> sizes;
  for (const VerifiedShard& shard : whole.shards) {
    cells.insert(shard.unit.sampling);
    if (shard.samples > 0) sizes.insert(shard.unit.size);
  }

  std::string text = fmt::format(
      "# Activations of a maze policy\n\n"
      "{} samples in {} shards, {}B. Each sample holds the activations of some layers of a neural network "
      "for one state of a maze, with the keys of that state: level, cells of mouse and cheese, step, the "
      "policy's probabilities, the outcome of the episode.\n\n"
      "Identity of the dataset: `{}`. It was verified byte for byte before this page was written.\n\n",
      whole.samples(), whole.shards.size(), format_count(static_cast<double>(bytes)), hash);
  text += "## Policy\n\nPolicy `" + attributes.at("policy_hash").get<std::string>() +
          "`, trained as follows (its layers are in `manifest.json`):\n\n" +
          indented(attributes.at("policy").value("environment", json::object()).dump(1)) + "\n";
  text += "## Sampling\n\n";
  for (const std::string& kind : cells) text += fmt::format("- `{}`: {}.\n", kind, sampled_how(kind));
  text +=
      "\n" + contents_table(whole) + "\n" + taps_table(whole) +
      "\nValues are rounded to nearest. Those outside the type are counted in the last column; they are stored as "
      "infinity, or as the nearest bound of codes. A code c of `uint8 from LO to HI` stands for LO + c * (HI - "
      "LO) / 255; of uint16 the divisor is 65535. The full configuration of each recording:\n\n";
  for (const json& recording : attributes.at("recordings"))
    text += indented(recording.at("config").get<std::string>()) + "\n";
  std::set<std::string> codes = whole.codes();
  if (codes.empty()) codes.insert(whole.manifest.about.value("code", json("?")).dump());
  const std::string several =
      codes.size() < 2
          ? ""
          : fmt::format(
                "Its shards were computed by {} versions of mazescan, {}; the attribute `provenance` of "
                "each shard records its version. The version below merged them.\n\n",
                codes.size(), fmt::join(codes, ", "));
  const std::string size = sizes.empty() ? "size09" : fmt::format("size{:02}", *sizes.rbegin());
  text += fmt::format(
      "## How to check it\n\n"
      "Always check before use: HDF5 does not report a missing shard, but returns NaN or an invalid number "
      "for its samples.\n\n"
      "    mazescan-evaluator verify FOLDER\n\n"
      "## How to open it\n\n"
      "`dataset.h5` shows all samples of a maze size as one array for each tap and key, without copying. In "
      "Python:\n\n"
      "    import xarray\n"
      "    samples = xarray.open_dataset(\"dataset.h5\", group=\"{}\", engine=\"h5netcdf\")\n\n"
      "The layout, with examples for h5py and PyTorch, is in mazescan's docs/dataset.md.\n\n"
      "Do not modify the files in place: a merged dataset shares its shards with its sources by hard links. "
      "Copy it first.\n\n"
      "## How to cite it\n\n"
      "    mazescan activation dataset {}, of policy {}, {} samples, made with mazescan {}.\n\n"
      "## Provenance\n\n{}{}",
      size, hash, attributes.at("policy_hash").get<std::string>(), whole.samples(), fmt::join(codes, ", "),
      several, indented(whole.manifest.about.dump(1)));
  return text;
}

}  // namespace mazescan::datasets
