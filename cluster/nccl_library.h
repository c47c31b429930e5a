#pragma once
#include <climits>
#include <cstddef>
#include <string>

namespace mazescan::cluster {

// The part of NCCL's C interface that is used here, declared again so that one binary works on machines with
// and without GPUs. tests/gpu/nccl_abi.cc compares it with a real nccl.h.
struct NcclUniqueId {
  char bytes[128];
};
using NcclCommunicator = void*;
enum NcclResult : int { kNcclSuccess = 0, kNcclInProgress = 7 };
constexpr int kNcclFloat = 7, kNcclSum = 0;
constexpr int kMinNcclVersion = 21400;  // 2.14.0: the first version with communicators that do not block

// ncclConfig_t of NCCL 2.14. Newer libraries use size and version to fill in the fields that they added.
struct NcclConfig {
  size_t size = sizeof(NcclConfig);
  unsigned magic = 0xcafebeef, version = kMinNcclVersion;
  int blocking = 0;
  int padding = INT_MIN;  // "undefined": newer versions have a field here
};

struct NcclLibrary {
  NcclResult (*get_version)(int*);
  NcclResult (*get_unique_id)(NcclUniqueId*);
  NcclResult (*comm_init_rank_config)(NcclCommunicator*, int ranks, NcclUniqueId, int rank, NcclConfig*);
  NcclResult (*comm_get_async_error)(NcclCommunicator, NcclResult*);
  NcclResult (*comm_finalize)(NcclCommunicator);
  NcclResult (*comm_destroy)(NcclCommunicator);
  NcclResult (*all_reduce)(const void* from, void* to, size_t count, int type, int operation,
                           NcclCommunicator, void* stream);
  NcclResult (*broadcast)(const void* from, void* to, size_t count, int type, int root, NcclCommunicator,
                          void* stream);
  const char* (*get_error_string)(NcclResult);
  const char* (*get_last_error)(NcclCommunicator);
};

// Loads NCCL for the rest of the process.
// Throws UserError if it is missing or too old.
NcclLibrary load_nccl();

// Returns the version of NCCL that this machine has, such as "2.28.3", or "none".
std::string nccl_version();

}  // namespace mazescan::cluster
