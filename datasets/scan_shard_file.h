#pragma once
#include <filesystem>
#include <string>

#include "datasets/scan_shard.h"
#include "datasets/shard_header.h"

namespace mazescan::datasets {

struct ShardOptions {
  std::string storage_dtype = "float16";  // of activations: "float16" or "float32"
  std::string compression = "gzip";       // "gzip" (with shuffle) or "none"; Fletcher32 always
};

// Writes the shard (temporary name, fsync, rename) and returns its payload hash, which covers every dataset
// and the unit's attributes, but not `provenance` (a JSON text stored as an attribute).
std::string write_shard(const std::filesystem::path& path, const ScanShard& shard,
                        const ShardOptions& options, const std::string& provenance);

// Reads and checks a shard: format, shapes against each other, cells within the maze, payload hash. Throws
// UserError naming the file and what is wrong. Activations are verified always, kept in `taps` only if wanted
// (as float32).
ScanShard read_shard(const std::filesystem::path& path, bool with_activations);

// The payload hash and scan key that the file's attributes claim; throws UserError if it is not a shard.
ShardHeader read_shard_header(const std::filesystem::path& path);

}  // namespace mazescan::datasets
