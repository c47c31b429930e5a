// Writes sample shards of codes, and what our reader returns for them, as input for tests/python/codes_test.py:
// FOLDER/uint8.h5 and FOLDER/uint16.h5, FOLDER/uint8-TAP.f32 and so on.
#include <cstdio>
#include <exception>
#include <filesystem>
#include <string>

#include "storage/atomic_file.h"
#include "tests/datasets/sample_activations.h"

namespace {

using namespace mazescan;

void write_codes(const std::filesystem::path& folder, const std::string& storage_dtype) {
  SampleActivations sample(20'000);  // several chunks
  for (float& value : sample.values[1]) value = value < 60 ? 0 : value - 60;
  const std::filesystem::path path = folder / (storage_dtype + ".h5");
  sample.write(path, {storage_dtype, "seg"}, 1000);
  const hdf5::H5File file = hdf5::H5File::open(path);
  for (size_t t = 0; t < sample.taps.size(); ++t) {
    std::vector<float> values(sample.values[t].size());
    datasets::read_tap_values(file, sample.taps[t].name, 0, sample.count(), values.data());
    storage::write_atomically(
        folder / (storage_dtype + "-" + sample.taps[t].name + ".f32"),
        std::string(reinterpret_cast<const char*>(values.data()), values.size() * sizeof(float)));
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: %s FOLDER\n", argv[0]);
    return 2;
  }
  try {
    for (const char* storage_dtype : {"uint8", "uint16"}) write_codes(argv[1], storage_dtype);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
}
