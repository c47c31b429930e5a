#include "datasets/scan_shard_file.h"

#include <fmt/format.h>

#include <functional>
#include <map>
#include <utility>

#include "core/error.h"
#include "core/hash.h"
#include "core/log.h"
#include "datasets/scan_shard_check.h"
#include "storage/hdf5/hdf5.h"

namespace mazescan::datasets {
namespace {

constexpr const char* kScanFormat = "mazescan-scan-shard";
constexpr int64_t kScanVersion = 2;
constexpr const char* kScanActivations = "/activations/";
constexpr const char* kMoments[] = {"first", "decision"};

using Axes = std::vector<hdf5::H5Axis>;
// Datasets by path, in the order in which they are hashed.
using Steps = std::map<std::string, std::function<void()>>;

struct Lengths {
  int64_t size, limit, episodes, decisions, fields, sampled_entries, greedy_entries;
};

// All fields of a shard, as they are stored.
struct PackedFields {
  std::vector<int32_t> episode;
  std::vector<float> probability, value;
};

// Calls visit(path, values, axes) for every dataset whose name is fixed; writing and reading share this list.
template <class RolloutsT, class Visit>
void visit_rollouts(const std::string& group, RolloutsT& rollouts, int64_t episodes,
                    const hdf5::H5Axis& entry, Visit& visit) {
  const hdf5::H5Axis episode{"episode", episodes};
  visit(group + "success", rollouts.success, Axes{episode});
  visit(group + "outcome", rollouts.outcome, Axes{episode});
  visit(group + "steps", rollouts.steps, Axes{episode});
  visit(group + "decision_step", rollouts.decision_step, Axes{episode});
  visit(group + "path_offset", rollouts.path_offset, Axes{{"offset", episodes + 1}});
  visit(group + "path", rollouts.path, Axes{entry});
}

template <class ExactT, class Visit>
void visit_exact(ExactT& exact, const hdf5::H5Axis& episode, int64_t limit, Visit& visit) {
  const hdf5::H5Axis step{"step", limit + 1};
  visit("/exact/arrived", exact.arrived, Axes{episode, step});
  visit("/exact/expected_steps", exact.expected_steps, Axes{episode});
  visit("/exact/goal", exact.goal, Axes{episode});
  visit("/exact/proxy", exact.proxy, Axes{episode});
  visit("/exact/proxy_then_goal", exact.proxy_then_goal, Axes{episode});
  visit("/exact/decision_reached", exact.decision_reached, Axes{episode});
  visit("/exact/decision_to_goal", exact.decision_to_goal, Axes{episode});
  visit("/exact/decision_to_proxy", exact.decision_to_proxy, Axes{episode});
  visit("/exact/random_arrived", exact.random_arrived, Axes{episode, step});
  visit("/exact/blind_steps", exact.blind_steps, Axes{episode});
}

template <class Shard, class Fields, class Visit>
void visit_datasets(Shard& shard, Fields& fields, const Lengths& n, Visit&& visit) {
  const hdf5::H5Axis episode{"episode", n.episodes}, y{"y", n.size}, x{"x", n.size},
      coordinate{"coordinate", 2}, field{"field", n.fields};
  visit("/episodes/level_seed", shard.level_seed, Axes{episode});
  visit("/episodes/open", shard.open, Axes{episode, y, x});
  visit("/episodes/cheese", shard.cheese, Axes{episode, coordinate});
  visit("/episodes/optimal", shard.optimal, Axes{episode});
  visit("/episodes/on_path", shard.on_path, Axes{episode});
  visit("/episodes/decision", shard.decision, Axes{episode, coordinate});
  visit_rollouts("/episodes/sampled/", shard.sampled, n.episodes, {"sampled_entry", n.sampled_entries},
                 visit);
  visit_rollouts("/episodes/greedy/", shard.greedy, n.episodes, {"greedy_entry", n.greedy_entries}, visit);
  visit_exact(shard.exact, episode, n.limit, visit);
  visit("/activations/decision/episode", shard.decision_episode, Axes{{"decision", n.decisions}});
  visit("/fields/episode", fields.episode, Axes{field});
  visit("/fields/probability", fields.probability, Axes{field, y, x, {"move", 5}});
  visit("/fields/value", fields.value, Axes{field, y, x});
}

Axes tap_axes(const TapRecord& tap) {
  const char* sample = tap.moment == "first" ? "episode" : "decision";
  if (tap.shape.size() == 2) return {{sample, tap.shape[0]}, {"feature", tap.shape[1]}};
  return {
      {sample, tap.shape[0]}, {"channel", tap.shape[1]}, {"height", tap.shape[2]}, {"width", tap.shape[3]}};
}

std::vector<int64_t> shape_of(const Axes& axes) {
  std::vector<int64_t> shape;
  for (const auto& axis : axes) shape.push_back(axis.length);
  return shape;
}

// Computes the payload hash that docs/dataset.md defines, from the unit and then the datasets in order of
// their paths.
class ScanPayloadHash {
 public:
  explicit ScanPayloadHash(const ScanShard& shard) {
    hasher_.add(
        fmt::format("format={}\nformat_version={}\nsize={}\nplacement={}\nchunk={}\nlimit={}\nregion={}\n"
                    "scan_key={}\n",
                    kScanFormat, kScanVersion, shard.size, shard.placement, shard.chunk, shard.limit,
                    shard.region, shard.scan_key));
  }
  template <class T>
  void add(const std::string& path, const std::vector<T>& values, const std::vector<int64_t>& shape) {
    hasher_.add(
        fmt::format("{} {} {}\n", path, hdf5::h5_type_name(hdf5::H5TypeOf<T>::value), fmt::join(shape, "x")));
    hasher_.add(values.data(), values.size() * sizeof(T));
  }
  std::string hex() const { return hasher_.hex(); }

 private:
  Hasher hasher_;
};

PackedFields pack(const std::vector<VectorField>& fields) {
  PackedFields packed;
  for (const VectorField& field : fields) {
    packed.episode.push_back(field.episode);
    packed.probability.insert(packed.probability.end(), field.probability.begin(), field.probability.end());
    packed.value.insert(packed.value.end(), field.value.begin(), field.value.end());
  }
  return packed;
}

std::vector<VectorField> unpack(const PackedFields& packed, int64_t size) {
  std::vector<VectorField> fields(packed.episode.size());
  const int64_t cells = size * size;
  for (size_t f = 0; f < fields.size(); ++f) {
    const auto i = static_cast<int64_t>(f);
    fields[f].episode = packed.episode[f];
    fields[f].probability.assign(packed.probability.begin() + i * cells * 5,
                                 packed.probability.begin() + (i + 1) * cells * 5);
    fields[f].value.assign(packed.value.begin() + i * cells, packed.value.begin() + (i + 1) * cells);
  }
  return fields;
}

void write_tap(hdf5::H5File& file, const std::string& path, const TapRecord& tap, const ShardOptions& options,
               hdf5::H5Compression compression, ScanPayloadHash& hash) {
  const Axes axes = tap_axes(tap);
  int64_t overflowed = 0;
  if (options.storage_dtype == "float16") {
    const storage::Float16Array half = storage::to_float16(tap.values.data(), tap.values.size());
    overflowed = half.overflowed;
    hash.add(path, half.values, tap.shape);
    file.write(path, half.values, axes, compression);
  } else {
    hash.add(path, tap.values, tap.shape);
    file.write(path, tap.values, axes, compression);
  }
  file.set_attribute(path, "overflowed", overflowed);
  if (overflowed > 0)
    log_warning(
        "{} of {} values of {} are too large for float16 and stored as infinity; float32 would hold them",
        overflowed, tap.values.size(), path);
}

hdf5::H5File open_shard(const std::filesystem::path& path) {
  hdf5::H5File file = hdf5::H5File::open(path);
  const std::string right = fmt::format("a shard that this build can read (format_version {})", kScanVersion);
  require(file.has_attribute("/", "format") && file.text_attribute("/", "format") == kScanFormat,
          lazy("{} is not a shard", path.string()), lazy("its root lacks format = {}", kScanFormat), right);
  const int64_t version = file.int_attribute("/", "format_version");
  require(version == kScanVersion, lazy("{} is of format_version {}", path.string(), version),
          "this build reads another version", right);
  return file;
}

// Reads an int attribute of the root; values out of range become -1, which shard_fault rejects.
int small_int(const hdf5::H5File& file, const char* key) {
  const int64_t value = file.int_attribute("/", key);
  return value >= 0 && value <= INT32_MAX ? static_cast<int>(value) : -1;
}

[[noreturn]] void damaged(const std::filesystem::path& path, const std::string& why) {
  throw UserError(fmt::format("shard {} is damaged", path.string()), why,
                  "an undamaged copy, or remove it and scan again");
}

// Shapes and names of a stored tap, and a function that reads it.
void plan_tap(const hdf5::H5File& file, const std::filesystem::path& path, const std::string& dataset,
              TapRecord tap, std::vector<TapRecord>* kept, ScanPayloadHash& hash, Steps& steps) {
  const hdf5::H5Type type = file.type(dataset);
  if (type != hdf5::H5Type::kFloat16 && type != hdf5::H5Type::kFloat32)
    damaged(path, fmt::format("{} holds {}, not float16 or float32", dataset, hdf5::h5_type_name(type)));
  steps[dataset] = [type, dataset, tap = std::move(tap), kept, &file, &hash]() mutable {
    if (type == hdf5::H5Type::kFloat16) {
      const auto array = file.read<storage::Float16>(dataset);
      hash.add(dataset, array.values, array.shape);
      if (kept) tap.values = storage::to_float32(array.values);
    } else {
      auto array = file.read<float>(dataset);
      hash.add(dataset, array.values, array.shape);
      if (kept) tap.values = std::move(array.values);
    }
    if (kept) kept->push_back(std::move(tap));
  };
}

}  // namespace

std::string write_shard(const std::filesystem::path& path, const ScanShard& shard,
                        const ShardOptions& options, const std::string& provenance) {
  expect(options.storage_dtype == "float16" || options.storage_dtype == "float32", "a known precision");
  expect(options.compression == "gzip" || options.compression == "none", "a known compression");
  if (const std::string fault = shard_fault(shard); !fault.empty())
    throw InternalError("a shard to be written: " + fault);
  const auto compression =
      options.compression == "gzip" ? hdf5::H5Compression::kGzip : hdf5::H5Compression::kNone;

  hdf5::H5File file = hdf5::H5File::create(path);
  ScanPayloadHash hash(shard);
  const PackedFields fields = pack(shard.fields);
  const Lengths lengths{shard.size,
                        shard.limit,
                        shard.episodes(),
                        static_cast<int64_t>(shard.decision_episode.size()),
                        static_cast<int64_t>(shard.fields.size()),
                        static_cast<int64_t>(shard.sampled.path.size()),
                        static_cast<int64_t>(shard.greedy.path.size())};
  Steps steps;
  visit_datasets(shard, fields, lengths,
                 [&](const std::string& dataset, const auto& values, const Axes& axes) {
                   steps[dataset] = [&file, &hash, &values, dataset, axes, compression] {
                     hash.add(dataset, values, shape_of(axes));
                     file.write(dataset, values, axes, compression);
                   };
                 });
  for (const TapRecord& tap : shard.taps) {
    const std::string dataset = kScanActivations + tap.moment + "/" + tap.tap;
    steps[dataset] = [&, dataset] { write_tap(file, dataset, tap, options, compression, hash); };
  }
  for (const auto& [dataset, write] : steps) write();

  file.set_attribute("/", "format", kScanFormat);
  file.set_attribute("/", "format_version", kScanVersion);
  file.set_attribute("/", "size", int64_t{shard.size});
  file.set_attribute("/", "placement", shard.placement);
  file.set_attribute("/", "chunk", int64_t{shard.chunk});
  file.set_attribute("/", "limit", int64_t{shard.limit});
  file.set_attribute("/", "region", int64_t{shard.region});
  file.set_attribute("/", "scan_key", shard.scan_key);
  file.set_attribute("/", "payload_hash", hash.hex());
  file.set_attribute("/", "provenance", provenance);
  file.close();
  return hash.hex();
}

ScanShard read_shard(const std::filesystem::path& path, bool with_activations) {
  const hdf5::H5File file = open_shard(path);
  ScanShard shard;
  shard.size = small_int(file, "size");
  shard.placement = file.text_attribute("/", "placement");
  shard.chunk = small_int(file, "chunk");
  shard.limit = small_int(file, "limit");
  shard.region = small_int(file, "region");
  shard.scan_key = file.text_attribute("/", "scan_key");
  const std::string claimed = file.text_attribute("/", "payload_hash");

  const auto length = [&](const char* dataset) { return file.shape(dataset)[0]; };
  const Lengths lengths{shard.size,
                        shard.limit,
                        length("/episodes/level_seed"),
                        length("/activations/decision/episode"),
                        length("/fields/episode"),
                        length("/episodes/sampled/path"),
                        length("/episodes/greedy/path")};
  ScanPayloadHash hash(shard);
  PackedFields fields;
  Steps steps;
  visit_datasets(shard, fields, lengths, [&](const std::string& dataset, auto& values, const Axes& axes) {
    steps[dataset] = [&file, &path, &hash, &values, dataset, axes] {
      using Element = typename std::decay_t<decltype(values)>::value_type;
      auto array = file.read<Element>(dataset);
      const std::vector<int64_t> due = shape_of(axes);
      if (array.shape != due)
        damaged(path, fmt::format("{} is of shape {}, not {}", dataset, fmt::join(array.shape, " x "),
                                  fmt::join(due, " x ")));
      hash.add(dataset, array.values, array.shape);
      values = std::move(array.values);
    };
  });
  for (const char* moment : kMoments) {
    const std::string group = std::string(kScanActivations) + moment;
    if (!file.has(group)) continue;
    for (const std::string& name : file.list(group)) {
      const std::string dataset = group + "/" + name;
      if (steps.count(dataset)) continue;
      const TapRecord tap{name, moment, file.shape(dataset), {}};
      const std::string fault = tap_fault(tap, tap.moment == "first" ? lengths.episodes : lengths.decisions);
      if (!fault.empty()) damaged(path, fault);
      plan_tap(file, path, dataset, tap, with_activations ? &shard.taps : nullptr, hash, steps);
    }
  }
  for (const auto& [dataset, read] : steps) read();
  if (hash.hex() != claimed)
    damaged(path, fmt::format("its payload hash is {} where it claims {}", hash.hex(), claimed));
  shard.fields = unpack(fields, shard.size);
  if (const std::string fault = shard_fault(shard); !fault.empty()) damaged(path, fault);
  return shard;
}

ShardHeader read_shard_header(const std::filesystem::path& path) {
  const hdf5::H5File file = open_shard(path);
  return {file.text_attribute("/", "payload_hash"), file.text_attribute("/", "scan_key")};
}

}  // namespace mazescan::datasets
