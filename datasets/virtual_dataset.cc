#include "datasets/virtual_dataset.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <map>
#include <set>
#include <utility>

#include "core/error.h"
#include "core/json.h"

namespace fs = std::filesystem;

namespace mazescan::datasets {

namespace {

constexpr const char* kDatasetFormat = "mazescan-record-virtual";
constexpr int64_t kDatasetVersion = 1;
constexpr const char* kNote =
    "Virtual datasets over the files in shards/. Where one is missing, HDF5 returns NaN, or the invalid value of an "
    "integer: run mazescan-evaluator verify on this folder first. Open it with h5py or h5netcdf (xarray: "
    "engine=\"h5netcdf\"): netCDF4 4.10 crashes on float16 with a fill value.";

using Shards = std::vector<const VerifiedShard*>;
// Called with every virtual dataset: path in dataset.h5, type, axes, path in the shards, rows in a shard.
using Visit = std::function<void(const std::string&, hdf5::H5Type, const std::vector<hdf5::H5Axis>&,
                                 const std::string&, int64_t VerifiedShard::*)>;

// Groups the shards that have samples by maze size.
std::map<int, Shards> by_size(const Verification& whole) {
  std::map<int, Shards> sizes;
  for (const VerifiedShard& shard : whole.shards)
    if (shard.samples > 0) sizes[shard.unit.size].push_back(&shard);
  return sizes;
}

std::string group_of(int size) {
  return fmt::format("size{:02}", size);
}

std::vector<std::string> placements_of(const Verification& whole) {
  std::set<std::string> placements;
  for (const VerifiedShard& shard : whole.shards) placements.insert(shard.unit.placement);
  return {placements.begin(), placements.end()};
}

int64_t sum(const Shards& shards, int64_t VerifiedShard::*rows) {
  int64_t total = 0;
  for (const VerifiedShard* shard : shards) total += shard->*rows;
  return total;
}

void visit_datasets(int size, const Shards& shards, const Visit& visit) {
  const std::string group = group_of(size), levels = group + "/levels";
  const hdf5::H5Axis sample{group + "/sample", sum(shards, &VerifiedShard::samples)};
  const hdf5::H5Axis level{levels + "/level", sum(shards, &VerifiedShard::levels)};
  const SampleKeys keys;
  visit_sample_keys(keys, sample, {group + "/coordinate", 2}, {group + "/move", 5},
                    [&](const std::string& name, const auto& values, const std::vector<hdf5::H5Axis>& axes) {
                      using Element = typename std::decay_t<decltype(values)>::value_type;
                      visit(fmt::format("/{}/{}", group, name), hdf5::H5TypeOf<Element>::value, axes,
                            kSamplesGroup + name, &VerifiedShard::samples);
                    });
  const LevelTable table;
  visit_level_table(table, level, {levels + "/y", size}, {levels + "/x", size}, {levels + "/coordinate", 2},
                    [&](const std::string& name, const auto& values, const std::vector<hdf5::H5Axis>& axes) {
                      using Element = typename std::decay_t<decltype(values)>::value_type;
                      visit(fmt::format("/{}/{}", levels, name), hdf5::H5TypeOf<Element>::value, axes,
                            kLevelsGroup + name, &VerifiedShard::levels);
                    });
  for (const auto& tap : shards.front()->taps)
    visit(fmt::format("/{}/{}", group, tap.shape.name), tap.type,
          tap_axes(sample, tap.shape.shape, group + "/"), kActivations + tap.shape.name,
          &VerifiedShard::samples);
}

// The attributes by which readers turn codes into numbers: those of the shards, and those of the CF conventions,
// which xarray applies by itself. Source: CF conventions, section "Packed Data".
using Numbers = std::vector<std::pair<const char*, double>>;
Numbers attributes_of(const storage::Quantisation& codes) {
  return {{"lo", codes.lo}, {"hi", codes.hi}, {"scale_factor", codes.step()}, {"add_offset", codes.lo}};
}

// Calls visit(path in dataset.h5, quantisation) for each tap of codes.
template <class VisitTap>
void visit_quantised(int size, const Shards& shards, const VisitTap& visit) {
  for (const StoredTap& tap : shards.front()->taps)
    if (tap.quantisation) visit(fmt::format("/{}/{}", group_of(size), tap.shape.name), *tap.quantisation);
}

std::vector<hdf5::H5Part> parts_of(const Shards& shards, const std::string& dataset,
                                   int64_t VerifiedShard::*rows) {
  std::vector<hdf5::H5Part> parts;
  for (const VerifiedShard* shard : shards)
    if (shard->*rows > 0) parts.push_back({shard->name, dataset, shard->*rows});
  return parts;
}

// Expands each shard's placement attribute to one index into the placements for each of its samples.
std::vector<uint16_t> placement_column(const Shards& shards, const std::vector<std::string>& placements) {
  std::vector<uint16_t> column;
  for (const VerifiedShard* shard : shards) {
    const auto found = std::find(placements.begin(), placements.end(), shard->unit.placement);
    column.insert(column.end(), static_cast<size_t>(shard->samples),
                  static_cast<uint16_t>(found - placements.begin()));
  }
  return column;
}

// Returns the hash of the manifest without the attribute that lists its derived files.
std::string hash_of_manifest(storage::Manifest manifest) {
  manifest.attributes.erase(kDerivedFiles);
  return storage::manifest_hash(manifest);
}

std::string check(const hdf5::H5File& file, const Verification& whole) {
  const std::string hash = dataset_hash(whole.manifest);
  if (file.text_attribute("/", "format") != kDatasetFormat ||
      file.int_attribute("/", "format_version") != kDatasetVersion)
    return "it is not a virtual dataset that this build can read";
  if (file.text_attribute("/", "dataset_hash") != hash)
    return fmt::format("it belongs to another dataset: its dataset_hash is {}, not {}",
                       file.text_attribute("/", "dataset_hash"), hash);
  if (file.text_attribute("/", "policy_hash") != whole.manifest.attributes.at("policy_hash"))
    return "it belongs to another policy: its policy_hash differs from the manifest's";
  if (file.text_attribute("/", "manifest_hash") != hash_of_manifest(whole.manifest))
    return "derived from another manifest.json: its policy, configuration or machine has changed";
  const std::vector<std::string> placements = placements_of(whole);
  // Avoids !=, which is false for discarded JSON.
  if (!(parse_json(file.text_attribute("/", "placements")) == nlohmann::json(placements)))
    return "its 'placements' are not those of the shards";
  for (const auto& of_size : by_size(whole)) {
    const int size = of_size.first;
    const Shards& shards = of_size.second;
    std::string fault;
    visit_datasets(
        size, shards,
        [&](const std::string& name, hdf5::H5Type type, const std::vector<hdf5::H5Axis>& axes,
            const std::string& dataset, int64_t VerifiedShard::*rows) {
          std::vector<int64_t> shape;
          for (const hdf5::H5Axis& axis : axes) shape.push_back(axis.length);
          const hdf5::H5Virtual there = file.virtual_dataset(name);
          if (there.type != type || there.shape != shape || there.parts != parts_of(shards, dataset, rows))
            fault = name + " does not show the shards' samples";
        });
    visit_quantised(size, shards, [&](const std::string& name, const storage::Quantisation& codes) {
      for (const auto& [key, value] : attributes_of(codes))
        if (file.virtual_attribute(name, key) != value) fault = fmt::format("{} has another {}", name, key);
    });
    if (!fault.empty()) return fault;
    const std::string name = fmt::format("/{}/placement", group_of(size));
    if (file.read<uint16_t>(name).values != placement_column(shards, placements))
      return name + " does not show the shards' placements";
  }
  return "";
}

}  // namespace

void write_virtual_dataset(const fs::path& folder, const Verification& whole) {
  expect(whole.faults.empty() && whole.is_recording(), "a recording that was found whole");
  hdf5::H5File file = hdf5::H5File::create(folder / kVirtualDataset);
  const std::vector<std::string> placements = placements_of(whole);
  for (const auto& of_size : by_size(whole)) {
    const int size = of_size.first;
    const Shards& shards = of_size.second;
    visit_datasets(size, shards,
                   [&](const std::string& name, hdf5::H5Type type, const std::vector<hdf5::H5Axis>& axes,
                       const std::string& dataset, int64_t VerifiedShard::*rows) {
                     file.write_virtual(name, type, axes, parts_of(shards, dataset, rows));
                   });
    visit_quantised(size, shards, [&](const std::string& name, const storage::Quantisation& codes) {
      for (const auto& [key, value] : attributes_of(codes)) file.set_attribute(name, key, value);
      file.set_attribute(name, "bits", int64_t{codes.bits});
    });
    const std::vector<uint16_t> column = placement_column(shards, placements);
    file.write(fmt::format("/{}/placement", group_of(size)), column,
               {{group_of(size) + "/sample", static_cast<int64_t>(column.size())}});
  }
  file.set_attribute("/", "format", kDatasetFormat);
  file.set_attribute("/", "format_version", kDatasetVersion);
  file.set_attribute("/", "dataset_hash", dataset_hash(whole.manifest));
  file.set_attribute("/", "manifest_hash", hash_of_manifest(whole.manifest));
  file.set_attribute("/", "policy_hash", whole.manifest.attributes.at("policy_hash").get<std::string>());
  file.set_attribute("/", "placements", nlohmann::json(placements).dump());
  file.set_attribute("/", "note", kNote);
  file.close();
}

std::string virtual_dataset_fault(const fs::path& folder, const Verification& whole) {
  try {
    return check(hdf5::H5File::open(folder / kVirtualDataset), whole);
  } catch (const UserError& fault) {
    return fault.what();
  }
}

}  // namespace mazescan::datasets
