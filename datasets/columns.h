#pragma once
#include <array>
#include <cstdint>
#include <initializer_list>
#include <map>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "core/error.h"
#include "datasets/facts.h"
#include "datasets/result_shard.h"
#include "envs/maze_state.h"

// Stores results as structs. A struct lists the columns and facts of one kind of shard once,
//
//   struct JumpResult {
//     int64_t limit = 0;
//     std::vector<LevelRow> levels;
//     std::vector<JumpRow> jumps;
//     std::vector<double> heights;
//     std::optional<Examples> examples;
//     template <class Visitor>
//     void columns(Visitor& visit) {
//       visit.fact("limit", limit);             // a fact of the shard (facts.h)
//       visit.length("step", limit + 1);        // the length of an axis
//       visit("jumps/heights", heights, {"step"});  // a column, and the names of its axes
//       visit.table("level", levels);           // the rows of an axis, each of which lists its columns
//       visit.table("jump", jumps);
//       visit.part(examples);                   // std::optional: all of its columns and facts, or none
//     }
//   };
//   struct JumpRow {
//     std::string name;
//     int32_t level = 0;
//     std::array<float, kMoves> moves{};
//     template <class Visitor>
//     void columns(Visitor& visit) {
//       visit.fact("names", name);                   // one element per row of a fact that is a list
//       visit.index("jump/level", level, "level");   // a column whose values index the items of an axis
//       visit("jump/moves", moves, {"move"});        // axes after that of the table
//       visit.check(name != "", "a jump has no name");
//     }
//   };
//
// and that list is used to write, read and check a shard. `visit.size` is the maze size of the unit, and the
// length of the axes "x" and "y". A column's member is a number, bool (stored as uint8), an enum (int32), a
// Cell (int32 x 2; a cell of the maze, or kNoCell), a std::array, whose length is that of its axis, or a
// std::vector, whose axes may include one of unknown length.
namespace mazescan::datasets {

// The axis names of a column. An initializer_list, so that visiting a row copies nothing.
using AxisNames = std::initializer_list<const char*>;

namespace columns_detail {

// Describes how a member is stored, as elements of one type. kLength: 1 for a scalar, the length of the
// member's own axis, or kVaries if the named axes determine it.
inline constexpr int64_t kVaries = -1;

template <class T>
struct Member {
  using Element =
      std::conditional_t<std::is_same_v<T, bool>, uint8_t, std::conditional_t<std::is_enum_v<T>, int32_t, T>>;
  static constexpr int64_t kLength = 1;
  static void append(std::vector<Element>& all, T value) { all.push_back(static_cast<Element>(value)); }
  static bool take(const Element* from, int64_t, T& value) {
    value = static_cast<T>(*from);
    return true;
  }
};
template <>
struct Member<envs::Cell> {
  using Element = int32_t;
  static constexpr int64_t kLength = 2;
  static void append(std::vector<int32_t>& all, envs::Cell cell) { all.insert(all.end(), {cell.x, cell.y}); }
  static bool take(const int32_t* from, int64_t, envs::Cell& cell) {
    cell = {static_cast<int16_t>(from[0]), static_cast<int16_t>(from[1])};
    return cell.x == from[0] && cell.y == from[1];
  }
};
template <class T, size_t N>
struct Member<std::array<T, N>> {
  using Element = T;
  static constexpr int64_t kLength = N;
  static_assert(N > 1, "a length of 1 means one value without an axis");
  static void append(std::vector<T>& all, const std::array<T, N>& values) {
    all.insert(all.end(), values.begin(), values.end());
  }
  static bool take(const T* from, int64_t, std::array<T, N>& values) {
    for (size_t i = 0; i < N; ++i) values[i] = from[i];
    return true;
  }
};
template <class T>
struct Member<std::vector<T>> {
  using Element = T;
  static constexpr int64_t kLength = kVaries;
  static void append(std::vector<T>& all, const std::vector<T>& values) {
    all.insert(all.end(), values.begin(), values.end());
  }
  static bool take(const T* from, int64_t count, std::vector<T>& values) {
    values.assign(from, from + count);
    return true;
  }
};

// Lengths of axes, as far as they are known.
class AxisLengths {
 public:
  explicit AxisLengths(int size) : lengths_{{"x", size}, {"y", size}} {}
  void set(const std::string& axis, int64_t length) { lengths_[axis] = length; }
  int64_t of(const std::string& axis) const;  // kVaries if unknown

  // Returns the axes of a column with `count` values; the length of one unknown axis is derived from `count`.
  // count: kVaries if there are no rows to derive it from.
  std::vector<hdf5::H5Axis> of_values(const std::vector<const char*>& names, int64_t count);
  // Checks a column's axes against the expected ones and stores lengths that were unknown. Throws UserError
  // if they differ.
  void check(const ResultShard& shard, const char* column, const std::vector<const char*>& names);

 private:
  std::map<std::string, int64_t> lengths_;
};

// Collects the names of all columns and facts of a list.
struct Names {
  const int size = 0;
  std::vector<std::string> columns, facts;

  void length(const std::string&, int64_t) {}
  int64_t length(const std::string&) const { return 0; }
  template <class T>
  void fact(const char* name, T&) {
    facts.emplace_back(name);
  }
  template <class T>
  void operator()(const char* name, T&, AxisNames = {}) {
    columns.emplace_back(name);
  }
  template <class T>
  void index(const char* name, T&, const char*) {
    columns.emplace_back(name);
  }
  template <class Row>
  void table(const char*, std::vector<Row>&) {
    Row().columns(*this);
  }
  template <class Listed>
  void part(std::optional<Listed>&) {
    Listed().columns(*this);
  }
  void check(bool, const char*) {}
};
template <class Listed>
Names names_of() {
  Names names;
  Listed().columns(names);
  return names;
}

// Sums the bytes of the columns of one row.
struct RowBytes {
  const int size;
  AxisLengths lengths;
  double bytes = 0;

  void length(const std::string& axis, int64_t length) { lengths.set(axis, length); }
  int64_t length(const std::string& axis) const { return lengths.of(axis); }
  template <class T>
  void fact(const char*, T&) {}
  template <class T>
  void operator()(const char*, T&, AxisNames axes = {}) {
    double values = Member<T>::kLength == kVaries ? 1.0 : static_cast<double>(Member<T>::kLength);
    for (const char* axis : axes)
      if (Member<T>::kLength == kVaries) values *= static_cast<double>(lengths.of(axis));
    bytes += values * sizeof(typename Member<T>::Element);
  }
  template <class T>
  void index(const char* name, T& member, const char*) {
    (*this)(name, member);
  }
  void check(bool, const char*) {}
};

// Collects the columns of a table, row by row.
class RowWriter {
 public:
  RowWriter(ResultShard& shard, AxisLengths& lengths, const char* axis, int64_t rows)
      : size(shard.unit.size), shard_(shard), lengths_(lengths), axis_(axis), rows_(rows) {
    lengths_.set(axis, rows);
  }
  const int size;

  void next_row() { next_ = 0; }
  void length(const std::string& axis, int64_t length) { lengths_.set(axis, length); }
  int64_t length(const std::string& axis) const { return lengths_.of(axis); }
  template <class T>
  void fact(const char* name, const T& value) {
    nlohmann::json& list = shard_.facts[name];
    if (!list.is_array()) list = nlohmann::json::array();
    if (rows_ > 0) list.push_back(fact_to_json(value));
  }
  template <class T>
  void operator()(const char* name, const T& member, AxisNames axes = {}) {
    using Stored = Member<T>;
    if (next_ == columns_.size()) {
      if (Stored::kLength > 1) lengths_.set(*axes.begin(), Stored::kLength);
      columns_.push_back({name, axes, Stored::kLength, std::vector<typename Stored::Element>()});
    }
    Pending& column = columns_[next_++];
    if (rows_ == 0) return;
    auto& values = std::get<std::vector<typename Stored::Element>>(column.values);
    const size_t before = values.size();
    Stored::append(values, member);
    const auto added = static_cast<int64_t>(values.size() - before);
    if (column.length == kVaries) column.length = added;
    expect(added == column.length, "rows of one length");
  }
  template <class T>
  void index(const char* name, const T& member, const char* of) {
    if (rows_ > 0) expect(is_index(member, of), "an index within its axis");
    (*this)(name, member);
  }
  void check(bool ok, const char* what) const {
    if (rows_ > 0) expect(ok, what);
  }
  void write();

 private:
  struct Pending {
    const char* name;
    std::vector<const char*> axes;  // after the table's axis
    int64_t length;                 // number of values in a row
    ResultShard::Values values;
  };
  template <class T>
  bool is_index(const T& member, const char* of) const {
    return static_cast<int64_t>(member) >= 0 && static_cast<int64_t>(member) < lengths_.of(of);
  }
  ResultShard& shard_;
  AxisLengths& lengths_;
  const char* const axis_;
  const int64_t rows_;
  std::vector<Pending> columns_;
  size_t next_ = 0;
};

class ColumnWriter {
 public:
  explicit ColumnWriter(ResultShard& shard) : size(shard.unit.size), shard_(shard), lengths_(size) {}
  const int size;

  void length(const std::string& axis, int64_t length) { lengths_.set(axis, length); }
  int64_t length(const std::string& axis) const { return lengths_.of(axis); }
  template <class T>
  void fact(const char* name, const T& value) {
    FactWriter{shard_.facts}(name, value);
  }
  template <class T>
  void operator()(const char* name, const T& member, AxisNames axes) {
    using Stored = Member<T>;
    std::vector<typename Stored::Element> values;
    Stored::append(values, member);
    const auto count = static_cast<int64_t>(values.size());
    if (Stored::kLength > 1) lengths_.set(*axes.begin(), Stored::kLength);
    shard_.set(name, std::move(values), lengths_.of_values(axes, count));
  }
  template <class Row>
  void table(const char* axis, std::vector<Row>& rows) {
    RowWriter writer(shard_, lengths_, axis, static_cast<int64_t>(rows.size()));
    if (rows.empty()) Row().columns(writer);  // adds columns without values
    for (Row& row : rows) {
      writer.next_row();
      row.columns(writer);
    }
    writer.write();
  }
  template <class Listed>
  void part(std::optional<Listed>& part) {
    if (part) part->columns(*this);
  }
  void check(bool ok, const char* what) const { expect(ok, what); }

 private:
  ResultShard& shard_;
  AxisLengths lengths_;
};

// Fills rows from the columns of a table.
class RowReader {
 public:
  RowReader(const ResultShard& shard, AxisLengths& lengths, const char* axis, int64_t rows)
      : size(shard.unit.size), shard_(shard), lengths_(lengths), axis_(axis), rows_(rows) {
    lengths_.set(axis, rows);
  }
  const int size;

  void row(int64_t row) {
    row_ = row;
    next_ = 0;
  }
  void length(const std::string& axis, int64_t length) { lengths_.set(axis, length); }
  int64_t length(const std::string& axis) const { return lengths_.of(axis); }
  template <class T>
  void fact(const char* name, T& value) {
    if (rows_ == 0) return;
    if (!fact_from_json(shard_.facts[name][static_cast<size_t>(row_)], value)) bad_fact(name);
  }
  template <class T>
  void operator()(const char* name, T& member, AxisNames axes = {}) {
    using Stored = Member<T>;
    using Values = std::vector<typename Stored::Element>;
    if (next_ == columns_.size()) {
      if (Stored::kLength > 1) lengths_.set(*axes.begin(), Stored::kLength);
      std::vector<const char*> all = {axis_};
      all.insert(all.end(), axes.begin(), axes.end());
      lengths_.check(shard_, name, all);
      columns_.push_back(&shard_.get<typename Stored::Element>(name));
    }
    const auto& values = *static_cast<const Values*>(columns_[next_++]);
    if (rows_ == 0) return;
    const int64_t length = static_cast<int64_t>(values.size()) / rows_;
    bool fits = Stored::take(values.data() + row_ * length, length, member);
    if constexpr (std::is_same_v<T, envs::Cell>)
      fits = fits && (member == envs::kNoCell ||
                      (member.x >= 0 && member.y >= 0 && member.x < size && member.y < size));
    if (!fits) out_of_range(name);
  }
  template <class T>
  void index(const char* name, T& member, const char* of) {
    (*this)(name, member);
    const auto value = static_cast<int64_t>(member);
    if (rows_ > 0 && (value < 0 || value >= lengths_.of(of))) out_of_range(name);
  }
  void check(bool ok, const char* what) const {
    if (rows_ > 0 && !ok) shard_.damaged(what);
  }

 private:
  [[noreturn]] void bad_fact(const char* name) const;
  [[noreturn]] void out_of_range(const char* column) const;
  const ResultShard& shard_;
  AxisLengths& lengths_;
  const char* const axis_;
  const int64_t rows_;
  int64_t row_ = 0;
  std::vector<const void*> columns_;  // each a vector of the member's elements
  size_t next_ = 0;
};

class ColumnReader {
 public:
  explicit ColumnReader(const ResultShard& shard) : size(shard.unit.size), shard_(shard), lengths_(size) {}
  const int size;

  void length(const std::string& axis, int64_t length) { lengths_.set(axis, length); }
  int64_t length(const std::string& axis) const { return lengths_.of(axis); }
  template <class T>
  void fact(const char* name, T& value) {
    FactReader reader(shard_.facts);
    reader(name, value);
    if (!reader.fault().empty()) bad_fact(name);
  }
  template <class T>
  void operator()(const char* name, T& member, AxisNames axes) {
    using Stored = Member<T>;
    if (Stored::kLength > 1) lengths_.set(*axes.begin(), Stored::kLength);
    lengths_.check(shard_, name, axes);
    const auto& values = shard_.get<typename Stored::Element>(name);
    if (!Stored::take(values.data(), static_cast<int64_t>(values.size()), member)) out_of_range(name);
  }
  template <class Row>
  void table(const char* axis, std::vector<Row>& rows) {
    const int64_t count = row_count(names_of<Row>());
    RowReader reader(shard_, lengths_, axis, count);
    rows.assign(static_cast<size_t>(count), Row());
    if (rows.empty()) Row().columns(reader);  // checks columns without values
    for (size_t i = 0; i < rows.size(); ++i) {
      reader.row(static_cast<int64_t>(i));
      rows[i].columns(reader);
    }
  }
  template <class Listed>
  void part(std::optional<Listed>& part) {
    part.reset();
    if (has_some(names_of<Listed>())) part.emplace().columns(*this);
  }
  void check(bool ok, const char* what) const {
    if (!ok) shard_.damaged(what);
  }

 private:
  int64_t row_count(const Names& names) const;
  bool has_some(const Names& names) const;
  [[noreturn]] void bad_fact(const char* name) const;
  [[noreturn]] void out_of_range(const char* column) const;
  const ResultShard& shard_;
  AxisLengths lengths_;
};

}  // namespace columns_detail

// Returns the number of columns in a list.
template <class Listed>
size_t column_count() {
  return columns_detail::names_of<Listed>().columns.size();
}

// Returns the uncompressed bytes of a table's row in a shard, for mazes of `size`. lengths: lengths of axes
// that neither the size nor the types of the row's members determine.
template <class Row>
double row_bytes(int size, const std::map<std::string, int64_t>& lengths = {}) {
  columns_detail::RowBytes visit{size, columns_detail::AxisLengths(size)};
  for (const auto& [axis, length] : lengths) visit.length(axis, length);
  Row().columns(visit);
  return visit.bytes;
}

// Writes all columns and facts of a result into a shard.
template <class Result>
void write_columns(const Result& result, ResultShard& shard) {
  columns_detail::ColumnWriter writer(shard);
  const_cast<Result&>(result).columns(writer);  // columns() passes references; the writer changes nothing
}

// Returns a shard that holds the result of a unit.
template <class Result>
ResultShard result_shard(const DatasetKind& kind, const WorkUnit& unit, const std::string& key,
                         const Result& result) {
  ResultShard shard(kind, unit, key);
  write_columns(result, shard);
  return shard;
}

// Reads all columns and facts of a result. Throws UserError, naming the file and the column or fact, if one
// is missing or has another type or shape.
template <class Result>
Result read_columns(const ResultShard& shard) {
  Result result;
  columns_detail::ColumnReader reader(shard);
  result.columns(reader);
  return result;
}

}  // namespace mazescan::datasets
