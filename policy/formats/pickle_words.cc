#include "policy/formats/pickle_words.h"

#include "core/bytes.h"

namespace mazescan::formats {

namespace {

std::string global(std::string_view name) {
  return std::string("c").append(name) + "\n";
}

}  // namespace

std::string pickled_text(std::string_view value) {
  ByteWriter out;
  out.put('X');
  out.put(static_cast<uint32_t>(value.size()));
  return out.take().append(value);
}

std::string pickled_integer(int64_t value) {
  ByteWriter out;
  if (value >= INT32_MIN && value <= INT32_MAX) {
    out.put('J');
    out.put(static_cast<int32_t>(value));
  } else {
    out.put('\x8a');
    out.put(static_cast<uint8_t>(sizeof value));
    out.put(value);
  }
  return out.take();
}

std::string pickled_integers(const std::vector<int64_t>& values) {
  std::string out = "(";
  for (const int64_t value : values) out += pickled_integer(value);
  return out + "t";
}

std::string pickled_ordered_dict() {
  return global(kOrderedDict) + ")R";
}

std::string pickled_tensor(const std::string& key, const std::vector<int64_t>& sizes) {
  std::vector<int64_t> strides(sizes.size(), 1);
  int64_t count = 1;
  for (size_t i = sizes.size(); i-- > 0;) {
    strides[i] = count;
    count *= sizes[i];
  }
  const std::string storage = "(" + pickled_text("storage") + global("torch\nFloatStorage") +
                              pickled_text(key) + pickled_text("cpu") + pickled_integer(count) + "tQ";
  return global(kRebuildTensor) + "(" + storage + pickled_integer(0) + pickled_integers(sizes) +
         pickled_integers(strides) + "\x89" + pickled_ordered_dict() + "tR";
}

}  // namespace mazescan::formats
