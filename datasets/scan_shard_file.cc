#include "datasets/scan_shard_file.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>
#include <set>
#include <utility>

#include "core/error.h"
#include "core/hash.h"
#include "core/log.h"
#include "datasets/dataset_kind.h"
#include "datasets/scan_layout.h"
#include "datasets/scan_shard_check.h"
#include "datasets/validator.h"
#include "storage/hdf5/hdf5.h"

namespace mazescan::datasets {
namespace {

constexpr int64_t kScanVersion = 3;
constexpr const char* kMoments[] = {"first", "decision"};

using Axes = detail::Axes;
// Datasets by path, in the order in which they are hashed.
using Steps = std::map<std::string, std::function<void()>>;

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
                    "{}={}\n",
                    kScan.shard_format(), kScanVersion, shard.size, shard.placement, shard.chunk, shard.limit,
                    shard.region, kScan.key_name(), shard.scan_key));
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

detail::PackedFields pack(const std::vector<VectorField>& fields) {
  detail::PackedFields packed;
  for (const VectorField& field : fields) {
    packed.episode.push_back(field.episode);
    packed.probability.insert(packed.probability.end(), field.probability.begin(), field.probability.end());
    packed.value.insert(packed.value.end(), field.value.begin(), field.value.end());
  }
  return packed;
}

std::vector<VectorField> unpack(const detail::PackedFields& packed, int64_t size) {
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
  require(file.has_attribute("/", "format") && file.text_attribute("/", "format") == kScan.shard_format(),
          lazy("{} is not a shard", path.string()), lazy("its root lacks format = {}", kScan.shard_format()),
          right);
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

// Returns the number of objects that the file has room for in each level.
int64_t objects_of(const hdf5::H5File& file) {
  if (!file.has("/objects") || !file.has(detail::kObjectKind)) return 0;
  const std::vector<int64_t> shape = file.shape(detail::kObjectKind);
  return shape.size() == 2 ? shape[1] : 0;
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
  steps[dataset] = [type, dataset, tap = std::move(tap), kept, &file, &path, &hash]() mutable {
    if (type == hdf5::H5Type::kFloat16) {
      const auto array = file.read<storage::Float16>(dataset);
      hash.add(dataset, array.values, array.shape);
      if (kept) tap.values = storage::to_float32(array.values);
    } else {
      auto array = file.read<float>(dataset);
      hash.add(dataset, array.values, array.shape);
      if (kept) tap.values = std::move(array.values);
    }
    if (!kept) return;
    const auto infinite =
        std::count_if(tap.values.begin(), tap.values.end(), [](float value) { return std::isinf(value); });
    if (const int64_t due = file.int_attribute(dataset, "overflowed"); infinite != due)
      damaged(path, fmt::format("{} holds {} infinite values where {} overflowed", dataset, infinite, due));
    kept->push_back(std::move(tap));
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
  const detail::PackedFields fields = pack(shard.fields);
  Steps steps;
  detail::visit_datasets(shard, fields, detail::lengths_of(shard),
                         [&](const std::string& dataset, const auto& values, const Axes& axes) {
                           steps[dataset] = [&file, &hash, &values, dataset, axes, compression] {
                             hash.add(dataset, values, shape_of(axes));
                             file.write(dataset, values, axes, compression);
                           };
                         });
  for (const TapRecord& tap : shard.taps) {
    const std::string dataset = detail::kScanActivations + tap.moment + "/" + tap.tap;
    steps[dataset] = [&, dataset] { write_tap(file, dataset, tap, options, compression, hash); };
  }
  for (const auto& [dataset, write] : steps) write();

  file.set_attribute("/", "format", kScan.shard_format());
  file.set_attribute("/", "format_version", kScanVersion);
  file.set_attribute("/", "size", int64_t{shard.size});
  file.set_attribute("/", "placement", shard.placement);
  file.set_attribute("/", "chunk", int64_t{shard.chunk});
  file.set_attribute("/", "limit", int64_t{shard.limit});
  file.set_attribute("/", "region", int64_t{shard.region});
  file.set_attribute("/", kScan.key_name(), shard.scan_key);
  file.set_attribute("/", "payload_hash", hash.hex());
  file.set_attribute("/", "provenance", provenance);
  file.close();
  return hash.hex();
}

ScanShard read_shard(const storage::CheckedFile& from, bool with_activations) {
  const std::filesystem::path& path = from.path();
  const hdf5::H5File file = open_shard(path);
  ScanShard shard;
  shard.size = small_int(file, "size");
  shard.placement = file.text_attribute("/", "placement");
  shard.chunk = small_int(file, "chunk");
  shard.limit = small_int(file, "limit");
  shard.region = small_int(file, "region");
  shard.scan_key = file.text_attribute("/", kScan.key_name());
  const std::string claimed = file.text_attribute("/", "payload_hash");

  const auto length = [&](const std::string& dataset) { return file.shape(dataset)[0]; };
  const detail::Lengths lengths{shard.size,
                                shard.limit,
                                length(detail::kLevelSeeds),
                                length(detail::kDecisionEpisodes),
                                length(detail::kFieldEpisode),
                                length(std::string(detail::kSampledGroup) + detail::kPath),
                                length(std::string(detail::kGreedyGroup) + detail::kPath),
                                objects_of(file)};
  if (file.has("/measures"))
    for (const std::string& name : file.list("/measures")) {
      if (!is_tap_name(name)) damaged(path, fmt::format("\"{}\" is no name of a measure", name));
      shard.measures.push_back({name, {}});
    }
  ScanPayloadHash hash(shard);
  detail::PackedFields fields;
  Steps steps;
  std::set<std::string> axis_names = {"channel", "height", "width", "feature"};  // of taps
  detail::visit_datasets(
      shard, fields, lengths, [&](const std::string& dataset, auto& values, const Axes& axes) {
        for (const hdf5::H5Axis& axis : axes) axis_names.insert(axis.name);
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
    const std::string group = std::string(detail::kScanActivations) + moment;
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
  std::set<std::string> names;
  for (const auto& [dataset, read] : steps) names.insert(dataset);
  if (const std::string foreign = file.unexpected(names, axis_names); !foreign.empty())
    damaged(path, fmt::format("the format has no {}", foreign));
  for (const auto& [dataset, read] : steps) read();
  if (hash.hex() != claimed)
    damaged(path, fmt::format("its payload hash is {} where it claims {}", hash.hex(), claimed));
  shard.fields = unpack(fields, shard.size);
  if (const std::string fault = shard_fault(shard); !fault.empty()) damaged(path, fault);
  return shard;
}

ShardHeader read_shard_header(const storage::CheckedFile& from) {
  const hdf5::H5File file = open_shard(from.path());
  return {file.text_attribute("/", "payload_hash"), file.text_attribute("/", kScan.key_name())};
}

}  // namespace mazescan::datasets
