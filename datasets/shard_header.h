#pragma once
#include <string>

namespace mazescan::datasets {

// What a shard's header says of it.
struct ShardHeader {
  std::string payload_hash;
  std::string key;  // of the job that made it: of all that determines the payload
};

}  // namespace mazescan::datasets
