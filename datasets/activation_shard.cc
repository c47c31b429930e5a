#include "datasets/activation_shard.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <numeric>
#include <set>
#include <utility>

#include "core/error.h"
#include "core/hash.h"
#include "core/json.h"
#include "core/log.h"
#include "datasets/activation_check.h"
#include "datasets/dataset_kind.h"
#include "datasets/validator.h"

namespace mazescan::datasets {
namespace {

constexpr int64_t kActivationsVersion = 1;
constexpr int64_t kPiece = 8 << 20;                 // bytes read at a time
constexpr int64_t kMaxKeyBytes = int64_t{1} << 29;  // largest size of one key of a shard
constexpr int64_t kCached = 256 << 10;  // bytes of values that stay in the CPU cache between check and copy

constexpr double kMaxClipped = 0.001;  // share of clipped values without a warning

using Axes = std::vector<hdf5::H5Axis>;

hdf5::H5Compression tap_compression(const ShardOptions& options) {
  if (options.compression == "seg") return hdf5::H5Compression::kSeg;
  return options.compression == "gzip" ? hdf5::H5Compression::kGzip : hdf5::H5Compression::kNone;
}
hdf5::H5Compression table_compression(const ShardOptions& options) {
  return options.compression == "none" ? hdf5::H5Compression::kNone : hdf5::H5Compression::kGzip;
}

std::vector<int64_t> lengths_of(const Axes& axes) {
  std::vector<int64_t> lengths;
  for (const auto& axis : axes) lengths.push_back(axis.length);
  return lengths;
}

int64_t width_of(const TapShape& tap) {
  return std::accumulate(tap.shape.begin(), tap.shape.end(), int64_t{1}, std::multiplies<>());
}

// Computes the payload hash that docs/dataset.md defines, from the unit's lines and one line for each
// dataset.
class ActivationsPayloadHash {
 public:
  void add(const std::string& path, hdf5::H5Type type, const std::vector<int64_t>& shape,
           const Hasher& elements) {
    lines_[path] =
        fmt::format("{} {} {} {}\n", path, hdf5::h5_type_name(type), fmt::join(shape, "x"), elements.hex());
  }
  template <class T>
  void add(const std::string& path, const std::vector<T>& values, const std::vector<int64_t>& shape) {
    add(path, hdf5::H5TypeOf<T>::value, shape, Hasher().add(values.data(), values.size() * sizeof(T)));
  }
  std::string hex(const ActivationUnit& unit) const {
    Hasher hasher;
    hasher.add(fmt::format(
        "format={}\nformat_version={}\nsize={}\nplacement={}\nchunk={}\nsampling={}\nseed={}\n"
        "limit={}\nregion={}\npolicy_hash={}\n{}={}\n",
        kRecording.shard_format(), kActivationsVersion, unit.size, unit.placement, unit.chunk, unit.sampling,
        unit.seed, unit.limit, unit.region, unit.policy_hash, kRecording.key_name(), unit.record_key));
    for (const auto& [path, line] : lines_) hasher.add(line);
    return hasher.hex();
  }

 private:
  std::map<std::string, std::string> lines_;  // by path, in bytewise order
};

hdf5::H5File open_shard(const std::filesystem::path& path) {
  hdf5::H5File file = hdf5::H5File::open(path);
  const std::string right =
      fmt::format("a shard that this build can read (format_version {})", kActivationsVersion);
  require(
      file.has_attribute("/", "format") && file.text_attribute("/", "format") == kRecording.shard_format(),
      lazy("{} is not a shard of activations", path.string()),
      lazy("its root lacks format = {}", kRecording.shard_format()), right);
  const int64_t version = file.int_attribute("/", "format_version");
  require(version == kActivationsVersion, lazy("{} is of format_version {}", path.string(), version),
          "this build reads another version", right);
  return file;
}

[[noreturn]] void damaged(const std::filesystem::path& path, const std::string& why) {
  throw UserError(fmt::format("shard {} is damaged", path.string()), why,
                  "an undamaged copy, or remove it and record again");
}

ActivationUnit read_unit(const hdf5::H5File& file) {
  // Values outside the range of int become -1, which unit_fault rejects.
  const auto small = [&](const char* key) {
    const int64_t value = file.int_attribute("/", key);
    return value >= 0 && value <= INT32_MAX ? static_cast<int>(value) : -1;
  };
  ActivationUnit unit;
  unit.size = small("size");
  unit.placement = file.text_attribute("/", "placement");
  unit.chunk = small("chunk");
  unit.sampling = file.text_attribute("/", "sampling");
  unit.seed = file.int_attribute("/", "seed");
  unit.limit = small("limit");
  unit.region = small("region");
  unit.policy_hash = file.text_attribute("/", "policy_hash");
  unit.record_key = file.text_attribute("/", kRecording.key_name());
  return unit;
}

// Counts of non-finite values in a tap.
struct Oddities {
  int64_t not_a_number = 0, infinite = 0;
};
void count_oddities(const storage::Float16* values, int64_t count, Oddities& odd) {
  for (int64_t i = 0; i < count; ++i) {
    const int magnitude = values[i].bits & 0x7fff;
    odd.not_a_number += magnitude > 0x7c00 ? 1 : 0;
    odd.infinite += magnitude == 0x7c00 ? 1 : 0;
  }
}
void count_oddities(const float* values, int64_t count, Oddities& odd) {
  for (int64_t i = 0; i < count; ++i) {
    odd.not_a_number += std::isnan(values[i]) ? 1 : 0;
    odd.infinite += std::isinf(values[i]) ? 1 : 0;
  }
}
template <class Code>
void count_oddities(const Code*, int64_t, Oddities&) {}  // each code is a finite value

template <class T>
Oddities read_values_as(const hdf5::H5Rows& rows, Hasher& hasher) {
  Oddities odd;
  const int64_t row_bytes = rows.row_bytes(), samples = rows.shape()[0];
  if (row_bytes == 0) return odd;
  const int64_t some = std::max<int64_t>(kPiece / row_bytes, 1);
  std::vector<T> values(static_cast<size_t>(std::min(some, samples) * row_bytes) / sizeof(T));
  for (int64_t first = 0; first < samples; first += some) {
    const int64_t count = std::min(some, samples - first);
    rows.read(first, count, values.data());
    hasher.add(values.data(), static_cast<size_t>(count * row_bytes));
    count_oddities(values.data(), count * row_bytes / static_cast<int64_t>(sizeof(T)), odd);
  }
  return odd;
}

Oddities read_values(const hdf5::H5Rows& rows, Hasher& hasher) {
  switch (rows.type()) {
    case hdf5::H5Type::kUint8:
      return read_values_as<uint8_t>(rows, hasher);
    case hdf5::H5Type::kUint16:
      return read_values_as<uint16_t>(rows, hasher);
    case hdf5::H5Type::kFloat16:
      return read_values_as<storage::Float16>(rows, hasher);
    default:
      return read_values_as<float>(rows, hasher);
  }
}

bool all_finite(const float* values, size_t count) {
  // The exponent of infinities and NaN is all ones; adding one carries into the sign bit.
  uint32_t carries = 0;
  for (size_t i = 0; i < count; ++i) {
    uint32_t bits;
    std::memcpy(&bits, values + i, sizeof bits);
    carries |= (bits & 0x7f800000) + 0x00800000;
  }
  return carries >> 31 == 0;
}

// Reads a tap's description, without its values.
StoredTap read_tap_header(const hdf5::H5File& file, const std::filesystem::path& path,
                          const std::string& name, int64_t samples) {
  const std::string dataset = kActivations + name;
  if (!is_tap_name(name)) damaged(path, fmt::format("{} is no name of a tap", dataset));
  StoredTap tap = read_stored_tap(file, name);
  if (const std::string fault = stored_tap_fault(tap); !fault.empty()) damaged(path, fault);
  const std::vector<int64_t> shape = file.open_rows(dataset).shape();
  if (shape[0] != samples || (shape.size() != 2 && shape.size() != 4))
    damaged(path,
            fmt::format("{} is of shape {}, not that of a tap's {} samples: 2 (features) or 4 (channel, "
                        "height, width) dimensions",
                        dataset, fmt::join(shape, " x "), samples));
  return tap;
}

StoredTap read_tap(const hdf5::H5File& file, const std::filesystem::path& path, const std::string& name,
                   int64_t samples, ActivationsPayloadHash& hash) {
  const std::string dataset = kActivations + name;
  StoredTap tap = read_tap_header(file, path, name, samples);
  const hdf5::H5Rows rows = file.open_rows(dataset);
  Hasher hasher;
  const Oddities odd = read_values(rows, hasher);
  hash_meaning(hasher, tap);
  hash.add(dataset, rows.type(), rows.shape(), hasher);
  if (odd.not_a_number > 0) damaged(path, fmt::format("{} holds {} NaN", dataset, odd.not_a_number));
  if (!tap.quantisation && odd.infinite != tap.lost)
    damaged(path,
            fmt::format("{} holds {} infinite values where {} overflowed", dataset, odd.infinite, tap.lost));
  return tap;
}

// Reads the version from an untrusted provenance.
std::string code_of(const std::string& provenance) {
  const nlohmann::json json = parse_json(provenance);
  const auto code = json.is_object() ? json.find("code") : json.end();
  return code != json.end() && code->is_string() ? code->get<std::string>() : "";
}

// Reads everything except the taps, and starts the payload hash with it.
ActivationShard read_tables(const hdf5::H5File& file, const std::filesystem::path& path,
                            ActivationsPayloadHash& hash) {
  ActivationShard shard;
  shard.unit = read_unit(file);
  if (const std::string fault = unit_fault(shard.unit); !fault.empty()) damaged(path, fault);
  shard.payload_hash = file.text_attribute("/", "payload_hash");
  shard.code = code_of(file.text_attribute("/", "provenance"));
  const int64_t levels = file.shape(kLevelsGroup + std::string(kLevelSeed))[0],
                samples = file.shape(kSamplesGroup + std::string(kLevelSeed))[0];
  visit_tables(shard.levels, shard.samples, levels, samples, shard.unit.size,
               [&](const std::string& dataset, auto& values, const Axes& axes) {
                 using Element = typename std::decay_t<decltype(values)>::value_type;
                 auto array = file.read<Element>(dataset, kMaxKeyBytes);
                 const std::vector<int64_t> due = lengths_of(axes);
                 if (array.shape != due)
                   damaged(path, fmt::format("{} is of shape {}, not {}", dataset,
                                             fmt::join(array.shape, " x "), fmt::join(due, " x ")));
                 hash.add(dataset, array.values, array.shape);
                 values = std::move(array.values);
               });
  return shard;
}

}  // namespace

std::string shard_name(const std::string& record_key, const std::string& unit) {
  return record_key.substr(0, 8) + "-" + unit;
}

std::vector<hdf5::H5Axis> tap_axes(const hdf5::H5Axis& sample, const std::vector<int64_t>& shape,
                                   const std::string& prefix) {
  if (shape.size() == 1) return {sample, {prefix + "feature", shape[0]}};
  expect(shape.size() == 3, "a map or a vector");
  return {
      sample, {prefix + "channel", shape[0]}, {prefix + "height", shape[1]}, {prefix + "width", shape[2]}};
}

struct ActivationShardWriter::Tap {
  Tap(StoredTap of_tap, hdf5::H5Rows of_rows) : tap(std::move(of_tap)), rows(std::move(of_rows)) {}

  void append(const float* values, size_t count, int64_t some) {
    if (tap.type == hdf5::H5Type::kUint8) return append_codes<uint8_t>(values, count, some);
    if (tap.type == hdf5::H5Type::kUint16) return append_codes<uint16_t>(values, count, some);
    if (tap.type == hdf5::H5Type::kFloat32) return append_stored(values, count, some);
    const storage::Float16Array half = storage::to_float16(values, count);
    tap.lost += half.overflowed;
    append_stored(half.values.data(), count, some);
  }
  template <class Code>
  void append_codes(const float* values, size_t count, int64_t some) {
    std::vector<Code> codes(count);
    tap.lost += storage::quantise(values, count, *tap.quantisation, codes.data());
    append_stored(codes.data(), count, some);
  }
  template <class Stored>
  void append_stored(const Stored* stored, size_t count, int64_t some) {
    hasher.add(stored, count * sizeof(Stored));
    rows.append(some, stored);
    next += some;
  }

  StoredTap tap;
  hdf5::H5Rows rows;
  Hasher hasher;
  int64_t next = 0;  // sample
};

ActivationShardWriter::ActivationShardWriter(const std::filesystem::path& path, const ActivationUnit& unit,
                                             int64_t samples, const std::vector<TapShape>& taps,
                                             const ShardOptions& options,
                                             const std::vector<storage::Quantisation>& quantisations)
    : unit_(unit), samples_(samples), options_(options), file_(hdf5::H5File::create_on_disk(path)) {
  const hdf5::H5Type type = storage_type(options.storage_dtype);
  const bool quantised = quantised_bits(type) != 0;
  expect(quantisations.size() == (quantised ? taps.size() : 0), "a quantisation of each tap of integers");
  for (size_t t = 0; t < taps.size(); ++t) {
    StoredTap tap{taps[t], type, {}, 0};
    if (quantised) tap.quantisation = quantisations[t];
    taps_.push_back(std::make_unique<Tap>(
        tap, file_.create_rows(kActivations + taps[t].name, type,
                               tap_axes({"sample", samples}, taps[t].shape), tap_compression(options))));
  }
}

ActivationShardWriter::~ActivationShardWriter() {
  taps_.clear();  // close before the file
}

void ActivationShardWriter::append(size_t index, const float* values, int64_t rows) {
  Tap& tap = *taps_.at(index);
  const int64_t width = width_of(tap.tap.shape);
  const int64_t at_once = std::max<int64_t>(kCached / std::max<int64_t>(width * 4, 1), 1);
  while (rows > 0) {
    const int64_t some = std::min(rows, at_once);
    const auto count = static_cast<size_t>(some * width);
    require(all_finite(values, count), lazy("{} has values that are not finite", tap.tap.shape.name),
            lazy("samples {} to {} of size {}, {}: the policy has diverged", tap.next, tap.next + some - 1,
                 unit_.size, unit_.placement),
            "a policy with finite activations");
    tap.append(values, count, some);
    values += count;
    rows -= some;
  }
}

namespace {

void warn_of_loss(const ActivationUnit& unit, const StoredTap& tap, int64_t samples) {
  const auto values = static_cast<double>(samples * width_of(tap.shape));
  if (static_cast<double>(tap.lost) <= (tap.quantisation ? kMaxClipped * values : 0)) return;
  log_warning("{} values of {}, size {}, {}, are {}; float32 would hold them", tap.lost, tap.shape.name,
              unit.size, unit.placement,
              tap.quantisation
                  ? fmt::format("outside {} to {} and clipped", tap.quantisation->lo, tap.quantisation->hi)
                  : "too large for float16 and stored as infinity");
}

}  // namespace

std::string ActivationShardWriter::finish(const LevelTable& levels, const SampleKeys& samples,
                                          const std::string& provenance) {
  if (const std::string fault = activation_fault(unit_, levels, samples); !fault.empty())
    throw InternalError("a shard to be written: " + fault);
  expect(samples_ == static_cast<int64_t>(samples.level_seed.size()), "keys of every sample");
  ActivationsPayloadHash hash;
  for (const auto& tap : taps_) {
    expect(tap->next == samples_, "a tap with all its samples");
    const StoredTap& stored = tap->tap;
    hash_meaning(tap->hasher, stored);
    hash.add(kActivations + stored.shape.name, stored.type, tap->rows.shape(), tap->hasher);
    write_tap_attributes(file_, stored);
    warn_of_loss(unit_, stored, samples_);
  }
  taps_.clear();
  visit_tables(levels, samples, static_cast<int64_t>(levels.level_seed.size()), samples_, unit_.size,
               [&](const std::string& dataset, const auto& values, const Axes& axes) {
                 hash.add(dataset, values, lengths_of(axes));
                 file_.write(dataset, values, axes, table_compression(options_));
               });
  std::string payload_hash = hash.hex(unit_);
  file_.set_attribute("/", "format", kRecording.shard_format());
  file_.set_attribute("/", "format_version", kActivationsVersion);
  file_.set_attribute("/", "size", int64_t{unit_.size});
  file_.set_attribute("/", "placement", unit_.placement);
  file_.set_attribute("/", "chunk", int64_t{unit_.chunk});
  file_.set_attribute("/", "sampling", unit_.sampling);
  file_.set_attribute("/", "seed", unit_.seed);
  file_.set_attribute("/", "limit", int64_t{unit_.limit});
  file_.set_attribute("/", "region", int64_t{unit_.region});
  file_.set_attribute("/", "policy_hash", unit_.policy_hash);
  file_.set_attribute("/", kRecording.key_name(), unit_.record_key);
  file_.set_attribute("/", "payload_hash", payload_hash);
  file_.set_attribute("/", "provenance", provenance);
  file_.close();
  return payload_hash;
}

// Throws UserError if the file has an object that the format does not name.
void require_known_objects(const hdf5::H5File& file, const std::filesystem::path& path) {
  const ActivationShard tables;
  std::set<std::string> names, axis_names = {"channel", "height", "width", "feature"};  // of taps
  visit_tables(tables.levels, tables.samples, 0, 0, 0,
               [&](const std::string& dataset, auto&, const Axes& axes) {
                 names.insert(dataset);
                 for (const hdf5::H5Axis& axis : axes) axis_names.insert(axis.name);
               });
  for (const std::string& name : file.list("/activations")) names.insert(kActivations + name);
  if (const std::string foreign = file.unexpected(names, axis_names); !foreign.empty())
    damaged(path, fmt::format("the format has no {}", foreign));
}

ActivationShard read_activation_shard(const storage::CheckedFile& from) {
  const std::filesystem::path& path = from.path();
  const hdf5::H5File file = open_shard(path);
  ActivationsPayloadHash hash;
  ActivationShard shard = read_tables(file, path, hash);
  require_known_objects(file, path);
  for (const std::string& name : file.list("/activations"))
    shard.taps.push_back(read_tap(file, path, name, shard.count(), hash));
  if (const std::string is = hash.hex(shard.unit); is != shard.payload_hash)
    damaged(path, fmt::format("its payload hash is {} where it claims {}", is, shard.payload_hash));
  if (const std::string fault = activation_fault(shard.unit, shard.levels, shard.samples); !fault.empty())
    damaged(path, fault);
  return shard;
}

ActivationShard read_activation_tables(const storage::CheckedFile& from) {
  const std::filesystem::path& path = from.path();
  const hdf5::H5File file = open_shard(path);
  ActivationsPayloadHash hash;
  ActivationShard shard = read_tables(file, path, hash);
  if (const std::string fault = activation_fault(shard.unit, shard.levels, shard.samples); !fault.empty())
    damaged(path, fault);
  for (const std::string& name : file.list("/activations"))
    shard.taps.push_back(read_tap_header(file, path, name, shard.count()));
  return shard;
}

ActivationHeader read_activation_header(const storage::CheckedFile& from) {
  const hdf5::H5File file = open_shard(from.path());
  return {{file.text_attribute("/", "payload_hash"), file.text_attribute("/", kRecording.key_name())},
          file.text_attribute("/", "policy_hash"),
          file.shape(kSamplesGroup + std::string(kLevelSeed))[0]};
}

}  // namespace mazescan::datasets
