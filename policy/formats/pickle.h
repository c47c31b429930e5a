#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace mazescan::formats {

// Reads a pickle of torch.save as data. A pickle is a program that may call any function; this reader calls
// none. It supports the operations of protocol 2 that write strings, numbers, lists, dicts and tensors, and
// the names of OrderedDict, tensors, parameters and storages. It rejects everything else and names it in the
// message. All values are in one list and refer to each other by index, so deep nesting and cycles are
// harmless.
class Pickle {
 public:
  enum class Kind {
    kNone,
    kBoolean,
    kInteger,
    kLargeInteger,  // more than 64 bits; the value is not kept
    kNumber,
    kText,
    kGlobal,
    kTuple,
    kList,
    kDict,
    kStorage,
    kTensor
  };
  struct Value {
    Kind kind = Kind::kNone;
    int64_t integer = 0;  // integers, booleans; storage: number of elements
    double number = 0;
    std::string_view text;        // strings; global: its name; storage: its record under data/
    std::string_view type;        // storage: "FloatStorage"
    std::vector<uint32_t> items;  // tuples, lists; dict: key, value, key, value, ...;
                                  // tensor: its storage, offset, tuple of sizes, tuple of strides
  };

  // `bytes` must outlive the object. `name` is used in messages. Throws UserError.
  Pickle(std::string_view bytes, const std::string& name);

  const Value& top() const { return values_[top_]; }
  const Value& at(uint32_t place) const { return values_[place]; }

 private:
  std::vector<Value> values_;
  uint32_t top_ = 0;
};

}  // namespace mazescan::formats
