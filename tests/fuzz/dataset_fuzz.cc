// Untrusted datasets: any bytes of a manifest or shard are either read or rejected with a UserError, even if their seals are right.
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "core/error.h"
#include "core/hash.h"
#include "datasets/activation_shard.h"
#include "storage/atomic_file.h"
#include "storage/hdf5/hdf5.h"
#include "storage/manifest.h"
#include "storage/seal.h"
#include "tests/datasets/sample_activations.h"
#include "tests/fuzz/fuzz_target.h"

namespace mazescan {
namespace {

namespace fs = std::filesystem;

// Returns the path of the input file. It is in memory if possible, because every input is written to it.
fs::path file() {
  static const fs::path path = (fs::exists("/dev/shm") ? fs::path("/dev/shm") : fs::temp_directory_path()) /
                               ("mazescan-dataset-fuzz-" + std::to_string(::getpid()));
  static const struct Remover {
    ~Remover() {
      std::error_code ignored;
      fs::remove(path, ignored);
    }
  } remover;
  return path;
}

template <class Act>
void try_to(Act act) {
  try {
    act();
  } catch (const UserError&) {
  }
}

std::string without_seal(size_t seal_bytes) {
  const std::string bytes = storage::read_file(file());
  return bytes.substr(0, bytes.size() - seal_bytes);
}

std::string without_file_seal() {
  return without_seal(storage::file_seal(hash_hex("")).size());
}

std::string shard_bytes(int levels, const char* storage_dtype, const char* compression) {
  SampleActivations(levels).write(file(), {storage_dtype, compression});
  return without_file_seal();
}

}  // namespace
}  // namespace mazescan

// The inputs have no seal: it is added here, because otherwise only the seal would be tested.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace mazescan;
  const std::string bytes(reinterpret_cast<const char*>(data), size), hash = hash_hex(bytes);
  // Distinguish HDF5 from JSON by the first byte, so that each is tested in proportion to its seeds.
  const bool is_hdf5 = size > 0 && data[0] == 0x89;
  std::ofstream(file(), std::ios::binary)
      << bytes << (is_hdf5 ? storage::file_seal(hash) : ",\n \"seal\": \"" + hash + "\"\n}\n");
  if (is_hdf5) {
    try_to([] { datasets::read_activation_header(file()); });
    try_to([] { datasets::read_activation_shard(file()); });
  } else {
    try_to([] {
      storage::read_manifest(file(), std::vector<std::string>{"mazescan-record", "mazescan-scan"}, 1);
    });
  }
  return 0;
}

std::vector<std::string> fuzz_seeds() {
  using namespace mazescan;
  std::vector<std::string> seeds = {shard_bytes(1, "float16", "none"), shard_bytes(2, "float16", "gzip"),
                                    shard_bytes(0, "float16", "none"), shard_bytes(2, "uint16", "seg"),
                                    shard_bytes(1, "uint8", "seg")};
  hdf5::H5File virtual_dataset = hdf5::H5File::create(file());
  virtual_dataset.write_virtual("/samples/level_seed", hdf5::H5Type::kInt32, {{"sample", 4}},
                                {{"shards/a.h5", "/samples/value", 2}, {"shards/b.h5", "/samples/value", 2}});
  for (const char* name : {"placement", "cells", "policy_hash", "record_key", "payload_hash"})
    virtual_dataset.set_attribute("/", name, "x");
  for (const char* name : {"size", "chunk", "seed", "limit", "region"})
    virtual_dataset.set_attribute("/", name, int64_t{3});
  virtual_dataset.set_attribute("/", "format", "mazescan-record-shard");
  virtual_dataset.set_attribute("/", "format_version", int64_t{1});
  virtual_dataset.write("/levels/level_seed", std::vector<int32_t>{1}, {{"level", 1}});
  virtual_dataset.close();
  seeds.push_back(without_file_seal());
  storage::Manifest manifest{"mazescan-record", 1, {{"policy_hash", "x"}}, {}, {{"code", "0"}}};
  manifest.files.push_back({"shards/a.h5", std::string(32, 'a'), 7, {{"size", 3}}, std::string(32, 'b')});
  storage::write_manifest(file(), manifest);
  seeds.insert(seeds.end(), 2,
               without_seal(storage::sealed_json({{"a", 1}}).size() - std::string("{\n \"a\": 1").size()));
  return seeds;
}
