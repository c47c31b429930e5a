#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace mazescan::formats {

// What torch.save pickles, read as data. A pickle is a program that may call any function; this reader calls
// none. It knows the operations of protocol 2 that write texts, numbers, lists, dicts and tensors, and the
// names of OrderedDict, tensors, parameters and storages; anything else is refused by its name. Values lie in
// one list and refer to each other by their place in it, so that nesting and cycles cost nothing.
class Pickle {
 public:
  enum class Kind {
    kNone,
    kBoolean,
    kInteger,
    kLargeInteger,  // of more than 64 bits: there, and no more is known of it
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
    int64_t integer = 0;  // integers, booleans; of a storage: how many elements
    double number = 0;
    std::string_view text;        // texts; of a global: its name; of a storage: its record under data/
    std::string_view type;        // of a storage: "FloatStorage"
    std::vector<uint32_t> items;  // tuples, lists; of a dict: key, value, key, value, ...
                                  // of a tensor: its storage, offset, tuple of sizes, tuple of strides
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
