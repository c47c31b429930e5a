// Untrusted streams of the codec: any bytes are decoded or refused, and what decodes is what an encoder makes.
#include <algorithm>
#include <cstdlib>
#include <iterator>
#include <memory>

#include "storage/seg/codec.h"
#include "tests/fuzz/fuzz_target.h"

namespace {

using namespace mazescan::seg;

// Decodes from and to memory of exactly the claimed size, so that sanitizers find each access outside of it.
void decode_as(const uint8_t* data, size_t size, Format format) {
  const std::unique_ptr<char[]> stream(new char[size]);
  std::copy_n(data, size, stream.get());
  size_t count = 0;
  if (read_count(stream.get(), size, format, count) != nullptr) return;
  if (count > size_t{1} << 20) return;
  const std::unique_ptr<char[]> values(new char[count * format.element_bytes]);
  if (decode(stream.get(), size, format, values.get(), count) != nullptr) return;
  const auto again = encode(values.get(), count, format, static_cast<unsigned char>(stream[1]));
  const bool is_raw = (stream[2] & 1) != 0;  // its k and its choice of raw elements are free
  if (!is_raw && (again[2] & 1) == 0 &&
      !std::equal(again.begin(), again.end(), stream.get(), stream.get() + size))
    std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  for (const size_t element_bytes : {1, 2})
    for (const bool is_signed : {false, true}) decode_as(data, size, {element_bytes, is_signed});
  return 0;
}

std::vector<std::string> fuzz_seeds() {
  std::vector<std::string> seeds;
  const uint16_t sparse[] = {0, 0, 3, 0, 1, 0, 0, 12, 0, 0, 0, 0, 1, 2, 0, 0, 65535, 0, 0, 300, 0};
  for (const size_t element_bytes : {1, 2})
    for (const bool is_signed : {false, true})
      for (const unsigned k : {0U, 3U, 16U}) {
        const auto stream = encode(sparse, std::size(sparse), {element_bytes, is_signed}, k);
        seeds.emplace_back(stream.begin(), stream.end());
      }
  return seeds;
}
