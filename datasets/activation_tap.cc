#include "datasets/activation_tap.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/error.h"
#include "storage/float16.h"

namespace mazescan::datasets {
namespace {

using hdf5::H5Type;

constexpr H5Type kTapTypes[] = {H5Type::kFloat16, H5Type::kFloat32, H5Type::kUint8, H5Type::kUint16};
constexpr float kLargestHalf = 65504;
// Attributes of a tap: of floats the first, of codes the others.
constexpr const char *kOverflowed = "overflowed", *kLo = "lo", *kHi = "hi", *kBits = "bits",
                     *kClipped = "clipped";

template <class Stored, class Convert>
void convert_rows(const hdf5::H5Rows& rows, int64_t first, int64_t count, const Convert& convert) {
  std::vector<Stored> stored(static_cast<size_t>(count * rows.row_bytes()) / sizeof(Stored));
  rows.read(first, count, stored.data());
  convert(stored);
}

}  // namespace

H5Type storage_type(const std::string& storage_dtype) {
  for (const H5Type type : kTapTypes)
    if (hdf5::h5_type_name(type) == storage_dtype) return type;
  throw InternalError("no storage_dtype " + storage_dtype);
}

int quantised_bits(H5Type type) {
  return type == H5Type::kUint8 ? 8 : type == H5Type::kUint16 ? 16 : 0;
}

std::string describe_storage(const StoredTap& tap) {
  const char* const type = hdf5::h5_type_name(tap.type);
  return tap.quantisation ? fmt::format("{} from {} to {}", type, tap.quantisation->lo, tap.quantisation->hi)
                          : type;
}

void write_tap_attributes(hdf5::H5File& file, const StoredTap& tap) {
  const std::string dataset = kActivations + tap.shape.name;
  if (!tap.quantisation) return file.set_attribute(dataset, kOverflowed, tap.lost);
  file.set_attribute(dataset, kLo, tap.quantisation->lo);
  file.set_attribute(dataset, kHi, tap.quantisation->hi);
  file.set_attribute(dataset, kBits, int64_t{tap.quantisation->bits});
  file.set_attribute(dataset, kClipped, tap.lost);
}

void hash_meaning(Hasher& hasher, const StoredTap& tap) {
  if (!tap.quantisation) return;
  const double bounds[] = {tap.quantisation->lo, tap.quantisation->hi};
  const int64_t counts[] = {tap.quantisation->bits, tap.lost};
  hasher.add(bounds, sizeof bounds).add(counts, sizeof counts);
}

StoredTap read_stored_tap(const hdf5::H5File& file, const std::string& name) {
  const std::string dataset = kActivations + name;
  const std::vector<int64_t> shape = file.shape(dataset);
  StoredTap tap{{name, {shape.begin() + 1, shape.end()}}, file.type(dataset), {}, 0};
  if (quantised_bits(tap.type) == 0) {
    if (std::find(std::begin(kTapTypes), std::end(kTapTypes), tap.type) != std::end(kTapTypes))
      tap.lost = file.int_attribute(dataset, kOverflowed);
    return tap;
  }
  tap.quantisation = {file.float_attribute(dataset, kLo), file.float_attribute(dataset, kHi),
                      static_cast<int>(std::clamp<int64_t>(file.int_attribute(dataset, kBits), 0, 64))};
  tap.lost = file.int_attribute(dataset, kClipped);
  return tap;
}

std::string stored_tap_fault(const StoredTap& tap) {
  const std::string dataset = kActivations + tap.shape.name;
  if (std::find(std::begin(kTapTypes), std::end(kTapTypes), tap.type) == std::end(kTapTypes))
    return fmt::format("{} holds {}, not float16, float32, uint8 or uint16", dataset,
                       hdf5::h5_type_name(tap.type));
  if (tap.lost < 0) return fmt::format("{} counts {} values that were lost", dataset, tap.lost);
  if (!tap.quantisation) return "";
  const auto& [lo, hi, bits] = *tap.quantisation;
  constexpr double kLargest = std::numeric_limits<float>::max();
  if (bits != quantised_bits(tap.type))
    return fmt::format("{} has codes of {} bits in {}", dataset, bits, hdf5::h5_type_name(tap.type));
  if (!(lo >= -kLargest && lo < hi && hi <= kLargest))
    return fmt::format("{} has codes from {} to {}, which is no range of float32", dataset, lo, hi);
  return "";
}

void read_tap_values(const hdf5::H5File& file, const std::string& tap, int64_t first, int64_t rows,
                     float* values) {
  const std::string dataset = kActivations + tap;
  const hdf5::H5Rows stored = file.open_rows(dataset);
  const auto dequantise = [&](const auto& codes) {
    const StoredTap header = read_stored_tap(file, tap);
    if (const std::string fault = stored_tap_fault(header); !fault.empty())
      throw UserError("cannot read activations", fault, "a recording that passes mazescan-evaluator verify");
    storage::dequantise(codes.data(), codes.size(), *header.quantisation, values);
  };
  switch (stored.type()) {
    case H5Type::kUint8:
      return convert_rows<uint8_t>(stored, first, rows, dequantise);
    case H5Type::kUint16:
      return convert_rows<uint16_t>(stored, first, rows, dequantise);
    case H5Type::kFloat16:
      return convert_rows<storage::Float16>(stored, first, rows, [&](const auto& half) {
        for (size_t i = 0; i < half.size(); ++i)
          values[i] = std::clamp(storage::to_float32(half[i]), -kLargestHalf, kLargestHalf);
      });
    default:
      stored.read(first, rows, values);
  }
}

}  // namespace mazescan::datasets
