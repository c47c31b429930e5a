#pragma once
#include <filesystem>
#include <string>

#include "datasets/scan_shard.h"
#include "datasets/shard_header.h"
#include "storage/seal.h"

namespace mazescan::datasets {

struct ShardOptions {
  std::string storage_dtype = "float16";  // type of activations: "float16" or "float32"; in recordings also
                                          // "uint8" or "uint16"
  std::string compression = "gzip";       // "gzip" (with shuffle) or "none"; Fletcher32 always; for integer
                                          // types "seg", which leaves gzip to all but the activations
};

// Writes the shard (temporary name, fsync, rename) and returns its payload hash, which covers every dataset
// and the unit's attributes, but not `provenance` (a JSON text stored as an attribute).
std::string write_shard(const std::filesystem::path& path, const ScanShard& shard,
                        const ShardOptions& options, const std::string& provenance);

// Reads and checks a shard: format, consistent shapes, cells within the maze, payload hash. Activations are
// always verified, but returned in `taps` (as float32) only if `with_activations`. Throws UserError naming
// file and fault.
ScanShard read_shard(const storage::CheckedFile& from, bool with_activations);

// Reads payload hash and scan key from the file's attributes, unverified. Throws UserError if it is not a
// shard.
ShardHeader read_shard_header(const storage::CheckedFile& from);

}  // namespace mazescan::datasets
