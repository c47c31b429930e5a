#include "datasets/columns.h"

#include <fmt/format.h>

namespace mazescan::datasets::columns_detail {

int64_t AxisLengths::of(const std::string& axis) const {
  const auto found = lengths_.find(axis);
  return found == lengths_.end() ? kVaries : found->second;
}

std::vector<hdf5::H5Axis> AxisLengths::of_values(const std::vector<const char*>& names, int64_t count) {
  int64_t product = 1;
  const char* unknown = nullptr;
  for (const char* name : names) {
    if (of(name) != kVaries) {
      product *= of(name);
    } else {
      expect(unknown == nullptr, "one unknown length at most");
      unknown = name;
    }
  }
  if (unknown != nullptr) {
    const int64_t length = count == kVaries || product == 0 ? 0 : count / product;
    set(unknown, length);
    product *= length;
  }
  expect(count == kVaries || product == count, "as many values as the axes have places");
  std::vector<hdf5::H5Axis> axes;
  for (const char* name : names) axes.push_back({name, of(name)});
  return axes;
}

void AxisLengths::check(const ResultShard& shard, const char* column, const std::vector<const char*>& names) {
  const std::vector<hdf5::H5Axis>& found = shard.axes(column);
  bool fits = found.size() == names.size();
  for (size_t i = 0; fits && i < found.size(); ++i) {
    fits = found[i].name == names[i] && (of(names[i]) == kVaries || of(names[i]) == found[i].length);
    if (fits) set(names[i], found[i].length);
  }
  if (fits) return;
  std::string has, due;
  for (const hdf5::H5Axis& axis : found) has += fmt::format(" {}={}", axis.name, axis.length);
  for (const char* name : names)
    due += fmt::format(" {}={}", name, of(name) == kVaries ? "any" : std::to_string(of(name)));
  shard.damaged(
      fmt::format("column {} has the axes{}, where{} are due", column, has.empty() ? " none" : has, due));
}

void RowWriter::write() {
  for (Pending& column : columns_) {
    std::vector<hdf5::H5Axis> axes = lengths_.of_values(column.axes, column.length);
    axes.insert(axes.begin(), {axis_, rows_});
    std::visit([&](auto& values) { shard_.set(column.name, std::move(values), axes); }, column.values);
  }
}

void RowReader::bad_fact(const char* name) const {
  shard_.damaged(fmt::format("fact '{}' of row {} is incomplete or has another type", name, row_));
}

void RowReader::out_of_range(const char* column) const {
  shard_.damaged(fmt::format("column {} has a value out of range in row {}", column, row_));
}

int64_t ColumnReader::row_count(const Names& names) const {
  if (names.facts.empty()) {
    const ResultShard::Column& first = shard_.column(names.columns.front());
    const int64_t rows = first.axes.empty() ? 0 : first.axes.front().length;
    const size_t values = std::visit([](const auto& all) { return all.size(); }, first.values);
    if (rows > static_cast<int64_t>(values)) out_of_range(names.columns.front().c_str());  // rows of length 0
    return rows;
  }
  size_t rows = 0;
  for (const std::string& fact : names.facts) {
    const auto list = shard_.facts.find(fact);
    if (list == shard_.facts.end() || !list->is_array()) bad_fact(fact.c_str());
    if (fact == names.facts.front()) rows = list->size();
    if (list->size() != rows) bad_fact(fact.c_str());
  }
  return static_cast<int64_t>(rows);
}

bool ColumnReader::has_some(const Names& names) const {
  for (const std::string& column : names.columns)
    if (shard_.has(column)) return true;
  return false;
}

void ColumnReader::bad_fact(const char* name) const {
  shard_.damaged(fmt::format("fact '{}' is missing or has another type", name));
}

void ColumnReader::out_of_range(const char* column) const {
  shard_.damaged(fmt::format("column {} has a value out of range", column));
}

}  // namespace mazescan::datasets::columns_detail
