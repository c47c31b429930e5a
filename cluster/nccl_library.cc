#include "cluster/nccl_library.h"

#include <dlfcn.h>
#include <fmt/format.h>

#include <cstdlib>

#include "core/error.h"

namespace mazescan::cluster {

namespace {

constexpr const char* kHint =
    "install NCCL 2.14 or newer where the loader finds libnccl.so.2, set the environment variable "
    "MAZESCAN_NCCL to its file, or set train.device: cpu";

template <class Function>
void find(void* library, const std::string& file, const char* name, Function& function) {
  function = reinterpret_cast<Function>(dlsym(library, name));
  require(function != nullptr, lazy("'{}' has no {}", file, name),
          "it is older than NCCL 2.14, or it is another library", kHint);
}

}  // namespace

NcclLibrary load_nccl() {
  const char* given = std::getenv("MAZESCAN_NCCL");
  const std::string file = given != nullptr ? given : "libnccl.so.2";
  void* library = dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr)
    throw UserError(fmt::format("NCCL cannot be loaded: {}", dlerror()),
                    "learners on GPUs need it to add up their gradients", kHint);
  NcclLibrary nccl{};
  find(library, file, "ncclGetVersion", nccl.get_version);
  int version = 0;
  nccl.get_version(&version);
  require(version >= kMinNcclVersion, lazy("'{}' is NCCL of version code {}", file, version),
          lazy("{} (2.14.0) is the oldest supported version", kMinNcclVersion), kHint);
  find(library, file, "ncclGetUniqueId", nccl.get_unique_id);
  find(library, file, "ncclCommInitRankConfig", nccl.comm_init_rank_config);
  find(library, file, "ncclCommGetAsyncError", nccl.comm_get_async_error);
  find(library, file, "ncclCommFinalize", nccl.comm_finalize);
  find(library, file, "ncclCommDestroy", nccl.comm_destroy);
  find(library, file, "ncclAllReduce", nccl.all_reduce);
  find(library, file, "ncclBroadcast", nccl.broadcast);
  find(library, file, "ncclGetErrorString", nccl.get_error_string);
  find(library, file, "ncclGetLastError", nccl.get_last_error);
  return nccl;
}

std::string nccl_version() {
  try {
    int code = 0;
    load_nccl().get_version(&code);
    return fmt::format("{}.{}.{}", code / 10000, code / 100 % 100, code % 100);
  } catch (const UserError&) {
    return "none";
  }
}

}  // namespace mazescan::cluster
