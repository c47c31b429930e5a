#pragma once
#include <string>

namespace mazescan::datasets {

// The header of a shard.
struct ShardHeader {
  std::string payload_hash;
  std::string key;  // key of the job that made it: hash of all that determines the payload
};

}  // namespace mazescan::datasets
