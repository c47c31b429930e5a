#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/hash.h"
#include "storage/hdf5/hdf5.h"
#include "storage/quantisation.h"

// How a recording stores the outputs of a layer ("tap"): as floats, or as the codes of a quantisation.
namespace mazescan::datasets {

constexpr const char* kActivations = "/activations/";  // the group of the taps

// Name and shape of a tap for one sample: C H W or features.
struct TapShape {
  std::string name;
  std::vector<int64_t> shape;
};

// A tap of a shard, without its values.
struct StoredTap {
  TapShape shape;
  hdf5::H5Type type = hdf5::H5Type::kFloat16;         // float16, float32, uint8 or uint16
  std::optional<storage::Quantisation> quantisation;  // of the integer types
  // Finite values that became infinite in float16, or that the quantisation clipped.
  int64_t lost = 0;
};

// Returns the type with the name storage_dtype.
hdf5::H5Type storage_type(const std::string& storage_dtype);
// Returns the bits of the codes of a type, 0 for floats.
int quantised_bits(hdf5::H5Type type);

// Returns the text that describes how the values of a tap are stored, such as "float16" or
// "uint8 from 0 to 3.5".
std::string describe_storage(const StoredTap& tap);

// Writes what a shard stores of a tap beside its values.
void write_tap_attributes(hdf5::H5File& file, const StoredTap& tap);
// Adds what write_tap_attributes writes to the hash of the values, if it gives them their meaning.
void hash_meaning(Hasher& hasher, const StoredTap& tap);
// Reads a tap's description, which stored_tap_fault checks: it returns the first fault, "" if there is none.
StoredTap read_stored_tap(const hdf5::H5File& file, const std::string& name);
std::string stored_tap_fault(const StoredTap& tap);

// Reads rows of a tap as float32, whatever their type. Values that were too large for float16 become its
// largest number. The shard has been checked before.
void read_tap_values(const hdf5::H5File& file, const std::string& tap, int64_t first, int64_t rows,
                     float* values);

}  // namespace mazescan::datasets
