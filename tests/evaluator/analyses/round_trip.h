#pragma once
#include <gtest/gtest.h>

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "datasets/columns.h"
#include "tests/storage/temporary_folder.h"

// Writes a result with distinct values in every column and fact, and reads it back.
namespace mazescan {

inline constexpr int kRowsOfTest = 2;    // rows of every table
inline constexpr int kLengthOfTest = 3;  // length of every axis without a fixed length

// Fills every column and fact; no two numbers of one column are equal unless their type is too small.
class Filler {
 public:
  explicit Filler(int of_size) : size(of_size), lengths_{{"x", of_size}, {"y", of_size}} {}
  const int size;

  void length(const std::string& axis, int64_t length) { lengths_[axis] = length; }
  int64_t length(const std::string& axis) const {
    const auto found = lengths_.find(axis);
    return found == lengths_.end() ? kLengthOfTest : found->second;
  }
  template <class T>
  void fact(const char*, T& value) {
    fill(value);
  }
  // Fills a nested fact.
  template <class T>
  void operator()(const char*, T& value) {
    fill(value);
  }
  template <class T>
  void operator()(const char*, T& member, datasets::AxisNames axes) {
    int64_t count = 1;
    for (const char* axis : axes) count *= length(axis);
    fill_column(member, count);
  }
  template <class T>
  void index(const char*, T& member, const char* of) {
    member = static_cast<T>(++index_ % length(of));
  }
  template <class Row>
  void table(const char* axis, std::vector<Row>& rows) {
    lengths_[axis] = kRowsOfTest;
    rows.assign(kRowsOfTest, Row());
    for (Row& row : rows) row.columns(*this);
  }
  template <class Listed>
  void part(std::optional<Listed>& part) {
    part.emplace().columns(*this);
  }
  void check(bool, const char*) {}

 private:
  void fill(bool& value) { value = ++number_ % 2 == 0; }
  void fill(uint8_t& value) { value = static_cast<uint8_t>(++number_ % 251); }
  void fill(int32_t& value) { value = static_cast<int32_t>(++number_); }
  void fill(int64_t& value) { value = ++number_ + (int64_t{1} << 40); }
  void fill(float& value) { value = static_cast<float>(++number_) / 4; }
  void fill(double& value) { value = static_cast<double>(++number_) / 3; }
  void fill(std::string& value) { value = "text " + std::to_string(++number_); }
  void fill(envs::Cell& cell) {
    ++number_;
    cell = {static_cast<int16_t>(number_ % size), static_cast<int16_t>(number_ / size % size)};
  }
  template <class T>
  void fill(std::optional<T>& value) {
    fill(value.emplace());
  }
  template <class T>
  void fill(std::vector<T>& values) {
    values.resize(kLengthOfTest);
    for (T& value : values) fill(value);
  }
  template <class T>
  auto fill(T& value) -> decltype(value.facts(*this)) {
    value.facts(*this);
  }
  template <class T>
  void fill_column(T& member, int64_t) {
    fill(member);
  }
  template <class T, size_t N>
  void fill_column(std::array<T, N>& values, int64_t) {
    for (T& value : values) fill(value);
  }
  template <class T>
  void fill_column(std::vector<T>& values, int64_t count) {
    values.resize(static_cast<size_t>(count));
    for (T& value : values) fill(value);
  }
  std::map<std::string, int64_t> lengths_;
  int64_t number_ = 0, index_ = 0;
};

// Lists all numbers of each column, row by row.
class Flat {
 public:
  explicit Flat(int of_size) : size(of_size) {}
  const int size;
  std::map<std::string, std::vector<double>> columns;

  void length(const std::string&, int64_t) {}
  int64_t length(const std::string&) const { return 0; }
  template <class T>
  void fact(const char*, T&) {}
  template <class T>
  void operator()(const char* name, T& member, datasets::AxisNames = {}) {
    add(columns[name], member);
  }
  template <class T>
  void index(const char* name, T& member, const char*) {
    columns[name].push_back(static_cast<double>(member));
  }
  template <class Row>
  void table(const char*, std::vector<Row>& rows) {
    for (Row& row : rows) row.columns(*this);
  }
  template <class Listed>
  void part(std::optional<Listed>& part) {
    if (part) part->columns(*this);
  }
  void check(bool, const char*) {}

 private:
  template <class T>
  static void add(std::vector<double>& all, const T& value) {
    all.push_back(static_cast<double>(value));
  }
  static void add(std::vector<double>& all, envs::Cell cell) {
    all.insert(all.end(), {1.0 * cell.x, 1.0 * cell.y});
  }
  template <class T, size_t N>
  static void add(std::vector<double>& all, const std::array<T, N>& values) {
    all.insert(all.end(), values.begin(), values.end());
  }
  template <class T>
  static void add(std::vector<double>& all, const std::vector<T>& values) {
    all.insert(all.end(), values.begin(), values.end());
  }
};

template <class Result>
std::map<std::string, std::vector<double>> flat_columns(Result result, int size) {
  Flat flat(size);
  result.columns(flat);
  return flat.columns;
}

template <class Result>
Result filled(int size) {
  Result result;
  Filler filler(size);
  result.columns(filler);
  return result;
}

// Returns a copy of a shard with each column replaced by the result of `change`; nullopt removes the column.
inline datasets::ResultShard changed(const datasets::ResultShard& shard,
                                     const std::function<std::optional<datasets::ResultShard::Column>(
                                         const std::string&, const datasets::ResultShard::Column&)>& change) {
  datasets::ResultShard copy(shard.kind(), shard.unit, shard.key);
  copy.facts = shard.facts;
  for (const auto& [name, column] : shard.columns())
    if (auto other = change(name, column))
      std::visit([&, &name = name](const auto& values) { copy.set(name, values, other->axes); },
                 other->values);
  return copy;
}

// Lists what may be missing, and which axes may have any length, without an error.
struct Lenient {
  std::set<std::string> columns, facts, lengths;
};

// Writes `result` to a file, reads it back and expects the same contents. Then removes, lengthens and renames
// one column or fact after the other; each must be a UserError that names the file.
template <class Result>
void expect_round_trip(const datasets::DatasetKind& kind, const Result& result, int size,
                       const Lenient& lenient = {}) {
  const TemporaryFolder folder;
  const datasets::WorkUnit unit{size, "subject", 4};
  const auto path = folder / unit.file_name();
  datasets::write_result_shard(path, datasets::result_shard(kind, unit, "key", result), "{}");
  const datasets::ResultShard shard = datasets::read_result_shard(path, kind);
  const auto columns = flat_columns(result, size);
  EXPECT_EQ(columns.size(), shard.columns().size());
  for (const auto& [name, values] : columns) {
    ASSERT_TRUE(shard.has(name)) << name;
    const auto stored =
        std::visit([](const auto& all) { return std::vector<double>(all.begin(), all.end()); },
                   shard.column(name).values);
    EXPECT_EQ(stored, values) << name;
    EXPECT_FALSE(values.empty()) << name;
  }
  const auto read = datasets::read_columns<Result>(shard);
  EXPECT_EQ(flat_columns(read, size), columns);
  EXPECT_EQ(datasets::result_shard(kind, unit, "key", read).facts, shard.facts);

  for (const auto& each : columns) {
    const std::string& name = each.first;
    SCOPED_TRACE(name);
    const auto with =
        [&](const std::function<std::optional<datasets::ResultShard::Column>(datasets::ResultShard::Column)>&
                change) {
          return changed(shard, [&](const std::string& other, const datasets::ResultShard::Column& column) {
            return other == name ? change(column) : column;
          });
        };
    const datasets::ResultShard without = with([](const auto&) { return std::nullopt; });
    if (lenient.columns.count(name) == 0)
      EXPECT_USER_ERROR(datasets::read_columns<Result>(without), unit.file_name());
    const datasets::ResultShard longer = with([](datasets::ResultShard::Column column) {
      hdf5::H5Axis& axis = column.axes.front();
      std::visit(
          [&](auto& values) {
            values.resize(values.size() / static_cast<size_t>(axis.length) *
                          static_cast<size_t>(axis.length + 1));
          },
          column.values);
      ++axis.length;
      return column;
    });
    if (lenient.lengths.count(name) == 0)
      EXPECT_USER_ERROR(datasets::read_columns<Result>(longer), unit.file_name());
    const datasets::ResultShard renamed = with([](datasets::ResultShard::Column column) {
      column.axes.back().name = "other";
      return column;
    });
    EXPECT_USER_ERROR(datasets::read_columns<Result>(renamed), "column " + name);
    const datasets::ResultShard retyped = with([](datasets::ResultShard::Column column) {
      column.values = std::visit(
          [](const auto& values) -> datasets::ResultShard::Values {
            if constexpr (std::is_same_v<std::decay_t<decltype(values)>, std::vector<float>>)
              return std::vector<double>(values.begin(), values.end());
            else
              return std::vector<float>(values.begin(), values.end());
          },
          column.values);
      return column;
    });
    EXPECT_USER_ERROR(datasets::read_columns<Result>(retyped), "column " + name);
  }
  for (const auto& [name, fact] : shard.facts.items()) {
    SCOPED_TRACE(name);
    datasets::ResultShard without = shard;
    without.facts.erase(name);
    if (lenient.facts.count(name) == 0)
      EXPECT_USER_ERROR(datasets::read_columns<Result>(without), "fact '" + name + "'");
    datasets::ResultShard other = shard;
    other.facts[name] = nlohmann::json::object({{"no", "fact"}});
    EXPECT_USER_ERROR(datasets::read_columns<Result>(other), "fact '" + name + "'");
  }
}

}  // namespace mazescan
