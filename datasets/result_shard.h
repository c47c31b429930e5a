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
#include "storage/seal.h"

namespace mazescan::datasets {

// Name of the fact that holds the hash of a shard's policy.
inline constexpr const char* kPolicyHash = "policy_hash";

// Results of one unit of an analysis: columns of numbers with named axes, and short facts. The HDF5 file
// holds a dataset for each column; docs/analyses.md describes the layout. columns.h converts it from and to
// structs.
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
  std::string key;                                  // key of the job: hash of all that determines the payload
  nlohmann::json facts = nlohmann::json::object();  // part of the payload

  // Adds a column. name: "walks/steps", with its groups. The product of the axis lengths is the number of
  // values.
  template <class T>
  void set(const std::string& name, std::vector<T> values, std::vector<hdf5::H5Axis> axes) {
    add(name, {std::move(axes), Values(std::move(values))});
  }
  // Adds a column with one value for each item of an axis.
  template <class T>
  void set(const std::string& name, std::vector<T> values, const std::string& axis) {
    const auto length = static_cast<int64_t>(values.size());
    set(name, std::move(values), {{axis, length}});
  }
  bool has(const std::string& name) const { return columns_.count(name) != 0; }
  // Returns a column's values. Throws UserError, naming the file, if it is missing or has another type.
  template <class T>
  const std::vector<T>& get(const std::string& name) const {
    const auto* values = std::get_if<std::vector<T>>(&column(name).values);
    if (values == nullptr) other_type(name);
    return *values;
  }
  std::string policy_hash() const;  // "" if the facts have none
  const std::vector<hdf5::H5Axis>& axes(const std::string& name) const { return column(name).axes; }
  const Column& column(const std::string& name) const;
  const std::map<std::string, Column>& columns() const { return columns_; }
  // Throws UserError: the file is damaged. A shard that was not read from a file is named as its file would
  // be.
  [[noreturn]] void damaged(const std::string& why) const;
  const DatasetKind& kind() const { return kind_; }

 private:
  friend ResultShard read_result_shard(const storage::CheckedFile& from, const DatasetKind& kind);
  void add(const std::string& name, Column column);
  [[noreturn]] void other_type(const std::string& name) const;

  DatasetKind kind_ = kProbe;
  std::map<std::string, Column> columns_;
  std::string source_;  // the file that it was read from
};

// Writes the shard atomically and returns its payload hash, which covers kind, unit, key, facts and columns,
// but not `provenance` (a JSON text).
std::string write_result_shard(const std::filesystem::path& path, const ResultShard& shard,
                               const std::string& provenance);

// Reads and checks a shard. Throws UserError naming the file and what is wrong with it.
ResultShard read_result_shard(const storage::CheckedFile& from, const DatasetKind& kind);

// Reads the header from the file's attributes, unverified. Throws UserError if it is no shard of this kind.
ShardHeader read_result_header(const storage::CheckedFile& from, const DatasetKind& kind);

}  // namespace mazescan::datasets
