#pragma once
#include <climits>
#include <cstddef>
#include <string>

namespace mazescan {

// The part of NCCL's C interface that is used here, declared anew so that one binary serves machines with and
// without GPUs. tests/gpu/nccl_abi.cc holds it against a real nccl.h.
struct NcclUniqueId {
  char bytes[128];
};
using NcclCommunicator = void*;
enum NcclResult : int { kNcclSuccess = 0, kNcclInProgress = 7 };
constexpr int kNcclFloat = 7, kNcclSum = 0;
constexpr int kNcclOldest = 21400;  // 2.14.0: the first with communicators that do not block

// As of 2.14; newer libraries fill in what they added since, by size and version.
struct NcclConfig {
  size_t size = sizeof(NcclConfig);
  unsigned magic = 0xcafebeef, version = kNcclOldest;
  int blocking = 0;
  int padding = INT_MIN;  // "undefined", where newer versions have a field
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

// Loads it for the rest of the process. Throws UserError where it is missing or too old.
NcclLibrary load_nccl();

}  // namespace mazescan
