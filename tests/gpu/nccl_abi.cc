// Compiles only if the declarations of cluster/nccl_library.h are compatible with nccl.h.
#include <nccl.h>

#include <type_traits>

#include "cluster/nccl_library.h"

namespace mazescan {
namespace {

// Checks that two types are passed the same way: their sizes are equal, and both or neither are pointers or
// classes.
template <class Ours, class Theirs>
constexpr bool same_argument() {
  return sizeof(Ours) == sizeof(Theirs) && std::is_pointer_v<Ours> == std::is_pointer_v<Theirs> &&
         std::is_class_v<Ours> == std::is_class_v<Theirs>;
}
template <class Ours, class Theirs>
struct SameFunction : std::false_type {};
template <class R, class... A, class S, class... B>
struct SameFunction<R (*)(A...), S (*)(B...)> {
  template <class...>
  struct Arguments {};
  template <class... X, class... Y>
  static constexpr bool same(Arguments<X...>, Arguments<Y...>) {
    if constexpr (sizeof...(X) == sizeof...(Y)) return (same_argument<X, Y>() && ...);
    return false;
  }
  static constexpr bool value = same_argument<R, S>() && same(Arguments<A...>{}, Arguments<B...>{});
};
template <class Ours, class Theirs>
constexpr bool kSame = SameFunction<Ours, Theirs>::value;

using L = cluster::NcclLibrary;
static_assert(kSame<decltype(L::get_version), decltype(&ncclGetVersion)>);
static_assert(kSame<decltype(L::get_unique_id), decltype(&ncclGetUniqueId)>);
static_assert(kSame<decltype(L::comm_init_rank_config), decltype(&ncclCommInitRankConfig)>);
static_assert(kSame<decltype(L::comm_get_async_error), decltype(&ncclCommGetAsyncError)>);
static_assert(kSame<decltype(L::comm_finalize), decltype(&ncclCommFinalize)>);
static_assert(kSame<decltype(L::comm_destroy), decltype(&ncclCommDestroy)>);
static_assert(kSame<decltype(L::all_reduce), decltype(&ncclAllReduce)>);
static_assert(kSame<decltype(L::broadcast), decltype(&ncclBroadcast)>);
static_assert(kSame<decltype(L::get_error_string), decltype(&ncclGetErrorString)>);
static_assert(kSame<decltype(L::get_last_error), decltype(&ncclGetLastError)>);

static_assert(sizeof(cluster::NcclUniqueId) == sizeof(ncclUniqueId));
static_assert(offsetof(cluster::NcclConfig, size) == offsetof(ncclConfig_t, size));
static_assert(offsetof(cluster::NcclConfig, magic) == offsetof(ncclConfig_t, magic));
static_assert(offsetof(cluster::NcclConfig, version) == offsetof(ncclConfig_t, version));
static_assert(offsetof(cluster::NcclConfig, blocking) == offsetof(ncclConfig_t, blocking));
static_assert(sizeof(cluster::NcclConfig) <= sizeof(ncclConfig_t) &&
              cluster::NcclConfig{}.padding == NCCL_CONFIG_UNDEF_INT);
static_assert(cluster::NcclConfig{}.magic == ncclConfig_t(NCCL_CONFIG_INITIALIZER).magic);
static_assert(cluster::kMinNcclVersion == NCCL_VERSION(2, 14, 0));

static_assert(static_cast<int>(cluster::kNcclSuccess) == ncclSuccess);
static_assert(static_cast<int>(cluster::kNcclInProgress) == ncclInProgress);
static_assert(cluster::kNcclFloat == ncclFloat && cluster::kNcclSum == ncclSum);

}  // namespace
}  // namespace mazescan
