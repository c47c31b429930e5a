#pragma once
#include <cstdint>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <variant>
#include <vector>

#include "datasets/dataset_kind.h"
#include "datasets/shard_header.h"
#include "datasets/work_unit.h"
#include "storage/hdf5/hdf5.h"

namespace mazescan::datasets {

// The fact that says of which policy a shard is.
inline constexpr const char* kPolicyHash = "policy_hash";

// What a unit of an analysis found: columns of numbers with named axes, and facts of a few words. The HDF5
// file holds a dataset for each column; docs/analyses.md describes the layout. columns.h makes a struct of it.
class ResultShard {
 public:
  using Values = std::variant<std::vector<uint8_t>, std::vector<int32_t>, std::vector<int64_t>,
                              std::vector<float>, std::vector<double>>;
  struct Column {
    std::vector<hdf5::H5Axis> axes;
    Values values;  // row-major
  };

  ResultShard() = default;
  ResultShard(const DatasetKind& kind, WorkUnit work_unit, std::string job_key);

  WorkUnit unit;
  std::string key;                                  // of the job: of all that determines the payload
  nlohmann::json facts = nlohmann::json::object();  // part of the payload

  // name: "walks/steps", groups and a name. The axes' lengths multiply to the number of values.
  template <class T>
  void set(const std::string& name, std::vector<T> values, std::vector<hdf5::H5Axis> axes) {
    add(name, {std::move(axes), Values(std::move(values))});
  }
  // One value of each item of an axis.
  template <class T>
  void set(const std::string& name, std::vector<T> values, const std::string& axis) {
    const auto length = static_cast<int64_t>(values.size());
    set(name, std::move(values), {{axis, length}});
  }
  bool has(const std::string& name) const { return columns_.count(name) != 0; }
  // Throws UserError, naming the file, if there is no such column, or of another type.
  template <class T>
  const std::vector<T>& get(const std::string& name) const {
    const auto* values = std::get_if<std::vector<T>>(&column(name).values);
    if (values == nullptr) other_type(name);
    return *values;
  }
  std::string policy_hash() const;  // "" where the facts have none
  const std::vector<hdf5::H5Axis>& axes(const std::string& name) const { return column(name).axes; }
  const Column& column(const std::string& name) const;
  const std::map<std::string, Column>& columns() const { return columns_; }
  // Throws UserError: the file (of a shard that was not read, the name that its file would have) is damaged.
  [[noreturn]] void damaged(const std::string& why) const;
  const DatasetKind& kind() const { return kind_; }

 private:
  friend ResultShard read_result_shard(const std::filesystem::path& path, const DatasetKind& kind);
  void add(const std::string& name, Column column);
  [[noreturn]] void other_type(const std::string& name) const;

  DatasetKind kind_ = kProbe;
  std::map<std::string, Column> columns_;
  std::string source_;  // the file that it was read from
};

// Writes the shard atomically and returns its payload hash: of kind, unit, key, facts and columns, but not of
// `provenance` (a JSON text).
std::string write_result_shard(const std::filesystem::path& path, const ResultShard& shard,
                               const std::string& provenance);

// Reads and checks a shard. Throws UserError naming the file and what is wrong with it.
ResultShard read_result_shard(const std::filesystem::path& path, const DatasetKind& kind);

// What the file's attributes claim; throws UserError if it is no shard of this kind.
ShardHeader read_result_header(const std::filesystem::path& path, const DatasetKind& kind);

}  // namespace mazescan::datasets
