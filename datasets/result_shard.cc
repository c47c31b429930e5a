#include "datasets/result_shard.h"

#include <fmt/format.h>

#include <sstream>
#include <utility>

#include "core/error.h"
#include "core/hash.h"
#include "core/json.h"

namespace fs = std::filesystem;

namespace mazescan::datasets {
namespace {

constexpr int64_t kResultVersion = 1;
constexpr const char* kResults = "/results";

[[noreturn]] void damaged_result(const fs::path& path, const std::string& why) {
  throw UserError(fmt::format("{} is damaged", path.string()), why,
                  "an undamaged copy; or remove it and run the same job again");
}

hdf5::H5File open_result(const fs::path& path, const DatasetKind& kind) {
  hdf5::H5File file = hdf5::H5File::open(path);
  const std::string format =
      file.has_attribute("/", "format") ? file.text_attribute("/", "format") : "nothing";
  require(format == kind.shard_format(),
          lazy("{} is no shard of {} {}", path.string(),
               std::string("aeiou").find(kind.noun[0]) == std::string::npos ? "a" : "an", kind.noun),
          lazy("its root has format = {}", format), lazy("format = {}", kind.shard_format()));
  const int64_t version = file.int_attribute("/", "format_version");
  require(version == kResultVersion, lazy("{} is of format_version {}", path.string(), version),
          "this build reads another version", lazy("format_version {}", kResultVersion));
  return file;
}

class ResultHash {
 public:
  explicit ResultHash(const ResultShard& shard) {
    hasher_.add(fmt::format("format={}\nformat_version={}\nsize={}\nsubject={}\nchunk={}\nkey={}\nfacts={}\n",
                            shard.kind().shard_format(), kResultVersion, shard.unit.size, shard.unit.subject,
                            shard.unit.chunk, shard.key, shard.facts.dump()));
    for (const auto& [name, column] : shard.columns())
      std::visit(
          [&, &name = name, &axes = column.axes](const auto& values) {
            using Element = typename std::decay_t<decltype(values)>::value_type;
            hasher_.add(fmt::format("{} {}", name, hdf5::h5_type_name(hdf5::H5TypeOf<Element>::value)));
            for (const hdf5::H5Axis& axis : axes) hasher_.add(fmt::format(" {}={}", axis.name, axis.length));
            hasher_.add("\n");
            hasher_.add(values.data(), values.size() * sizeof(Element));
          },
          column.values);
  }
  std::string hex() const { return hasher_.hex(); }

 private:
  Hasher hasher_;
};

// Lists the names of all datasets below a group, relative to /results. Groups of a hostile file may contain
// themselves, so the number of its objects and their depth are bounded.
class ColumnNames {
 public:
  ColumnNames(const hdf5::H5File& file, const fs::path& path) : file_(file), path_(path) {
    if (file.has(kResults)) list(kResults, 0);
  }
  const std::vector<std::string>& names() const { return names_; }

 private:
  void list(const std::string& group, int depth) {
    constexpr int kMaxDepth = 8;
    constexpr size_t kMaxObjects = 10000;
    for (const std::string& name : file_.list(group)) {
      const std::string path = group + "/" + name;
      if (++objects_ > kMaxObjects || depth > kMaxDepth)
        damaged_result(path_, "its groups hold too many objects, or contain themselves");
      if (file_.is_group(path)) {
        list(path, depth + 1);
      } else {
        names_.push_back(path.substr(std::string(kResults).size() + 1));
      }
    }
  }
  const hdf5::H5File& file_;
  const fs::path& path_;
  std::vector<std::string> names_;
  size_t objects_ = 0;
};

// The names of a column's axes are also stored as one text of fixed length: libhdf5 may crash on a hostile
// file's labels, which are texts of variable length.
constexpr const char* kAxes = "axes";

std::string joined_names(const std::vector<hdf5::H5Axis>& axes) {
  std::vector<std::string> names;
  for (const hdf5::H5Axis& axis : axes) names.push_back(axis.name);
  return fmt::format("{}", fmt::join(names, " "));
}

template <class T>
ResultShard::Column read_column(const hdf5::H5File& file, const fs::path& file_path,
                                const std::string& path) {
  hdf5::H5Array<T> array = file.read<T>(path);
  ResultShard::Column column;
  std::istringstream names(file.text_attribute(path, kAxes));
  size_t count = 0;
  for (std::string name; names >> name; ++count)
    if (count < array.shape.size()) column.axes.push_back({name, array.shape[count]});
  if (count != array.shape.size())
    damaged_result(file_path, fmt::format("{} has other axes than its attribute '{}' names", path, kAxes));
  column.values = std::move(array.values);
  return column;
}

}  // namespace

ResultShard::ResultShard(const DatasetKind& kind, WorkUnit work_unit, std::string job_key)
    : unit(std::move(work_unit)), key(std::move(job_key)), kind_(kind) {}

void ResultShard::add(const std::string& name, Column column) {
  int64_t count = 1;
  for (const hdf5::H5Axis& axis : column.axes) count *= axis.length;
  std::visit(
      [&](const auto& values) {
        expect(static_cast<int64_t>(values.size()) == count, "axes as long as values");
      },
      column.values);
  columns_[name] = std::move(column);
}

std::string ResultShard::policy_hash() const {
  const auto found = facts.find(kPolicyHash);
  return found != facts.end() && found->is_string() ? found->get<std::string>() : "";
}

void ResultShard::damaged(const std::string& why) const {
  damaged_result(source_.empty() ? unit.file_name() : source_, why);
}

const ResultShard::Column& ResultShard::column(const std::string& name) const {
  const auto found = columns_.find(name);
  if (found == columns_.end()) damaged(fmt::format("it has no column {}", name));
  return found->second;
}

void ResultShard::other_type(const std::string& name) const {
  damaged(fmt::format("column {} is of another type than this build writes", name));
}

std::string write_result_shard(const fs::path& path, const ResultShard& shard,
                               const std::string& provenance) {
  hdf5::H5File file = hdf5::H5File::create(path);
  for (const auto& [name, column] : shard.columns())
    std::visit(
        [&, &name = name, &axes = column.axes](const auto& values) {
          const std::string dataset = std::string(kResults) + "/" + name;
          file.write(dataset, values, axes);
          file.set_attribute(dataset, kAxes, joined_names(axes));
        },
        column.values);
  const std::string hash = ResultHash(shard).hex();
  file.set_attribute("/", "format", shard.kind().shard_format());
  file.set_attribute("/", "format_version", kResultVersion);
  file.set_attribute("/", "size", int64_t{shard.unit.size});
  file.set_attribute("/", "subject", shard.unit.subject);
  file.set_attribute("/", "chunk", int64_t{shard.unit.chunk});
  file.set_attribute("/", shard.kind().key_name(), shard.key);
  file.set_attribute("/", "facts", shard.facts.dump());
  file.set_attribute("/", "payload_hash", hash);
  file.set_attribute("/", "provenance", provenance);
  file.close();
  return hash;
}

ResultShard read_result_shard(const storage::CheckedFile& from, const DatasetKind& kind) {
  const fs::path& path = from.path();
  const hdf5::H5File file = open_result(path, kind);
  ResultShard shard;
  shard.kind_ = kind;
  shard.source_ = path.string();
  const auto small = [&](const char* attribute) {
    const int64_t value = file.int_attribute("/", attribute);
    if (value < 0 || value > INT32_MAX) damaged_result(path, fmt::format("its {} is {}", attribute, value));
    return static_cast<int>(value);
  };
  shard.unit = {small("size"), file.text_attribute("/", "subject"), small("chunk")};
  shard.key = file.text_attribute("/", kind.key_name());
  shard.facts = parse_json(file.text_attribute("/", "facts"));
  if (!shard.facts.is_object()) damaged_result(path, "its facts are not a JSON object");
  const ColumnNames columns(file, path);
  for (const std::string& name : columns.names()) {
    const std::string dataset = std::string(kResults) + "/" + name;
    switch (file.type(dataset)) {
      case hdf5::H5Type::kUint8:
        shard.columns_[name] = read_column<uint8_t>(file, path, dataset);
        break;
      case hdf5::H5Type::kInt32:
        shard.columns_[name] = read_column<int32_t>(file, path, dataset);
        break;
      case hdf5::H5Type::kInt64:
        shard.columns_[name] = read_column<int64_t>(file, path, dataset);
        break;
      case hdf5::H5Type::kFloat32:
        shard.columns_[name] = read_column<float>(file, path, dataset);
        break;
      case hdf5::H5Type::kFloat64:
        shard.columns_[name] = read_column<double>(file, path, dataset);
        break;
      default:
        damaged_result(path, fmt::format("column {} has a type that results cannot have", name));
    }
  }
  const std::string hash = ResultHash(shard).hex(), claimed = file.text_attribute("/", "payload_hash");
  if (hash != claimed)
    damaged_result(path, fmt::format("its payload hash is {} where it claims {}", hash, claimed));
  return shard;
}

ShardHeader read_result_header(const storage::CheckedFile& from, const DatasetKind& kind) {
  const hdf5::H5File file = open_result(from.path(), kind);
  return {file.text_attribute("/", "payload_hash"), file.text_attribute("/", kind.key_name())};
}

}  // namespace mazescan::datasets
