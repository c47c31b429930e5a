#include "cluster/nccl.h"

#include <fmt/format.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstring>
#include <exception>
#include <map>
#include <thread>

#include "cluster/nccl_library.h"
#include "core/error.h"

namespace mazescan {

namespace {

using Clock = std::chrono::steady_clock;

constexpr int kEagerPolls = 2000;  // about a millisecond without sleep, so that short operations stay short
constexpr auto kPoll = std::chrono::microseconds(100);

// NCCL refuses this as well, but as "invalid usage".
void require_own_gpus(const World& world, const std::string& gpu) {
  std::map<std::string, size_t> owners;
  const std::vector<std::string> all = world.gather(fmt::format("{} of node {}", gpu, node_name()));
  for (size_t rank = 0; rank < all.size(); ++rank) {
    const auto [owner, is_new] = owners.emplace(all[rank], rank);
    require(
        is_new, fmt::format("ranks {} and {} would share {}", owner->second, rank, all[rank]),
        "NCCL wants a GPU for every rank, and here a node has more ranks than GPUs",
        "at most as many learners a node as it has GPUs (sbatch --ntasks-per-node), or train.device: cpu");
  }
}

class NcclCollective : public Collective {
 public:
  NcclCollective(const World& world, Gpu gpu, NcclDeadlines deadlines)
      : nccl_(load_nccl()), rank_(world.rank()), gpu_(std::move(gpu)), deadlines_(deadlines) {
    require_own_gpus(world, gpu_.name);
    operation_ = "ncclGetUniqueId";
    NcclUniqueId id{};
    if (world.is_root()) check(nccl_.get_unique_id(&id));
    const std::string shared = world.broadcast({id.bytes, sizeof id.bytes});
    std::memcpy(id.bytes, shared.data(), sizeof id.bytes);
    operation_ = fmt::format("ncclCommInitRankConfig of {} ranks", world.size());
    NcclConfig config;
    check(nccl_.comm_init_rank_config(&communicator_, world.size(), id, rank_, &config));
    wait(deadlines_.start, [] { return true; });
  }

  ~NcclCollective() override {
    if (std::uncaught_exceptions() > 0) return;  // other ranks may not come, and the process ends anyway
    operation_ = "ncclCommFinalize";
    check(nccl_.comm_finalize(communicator_));
    wait(deadlines_.operation, [] { return true; });
    operation_ = "ncclCommDestroy";
    check(nccl_.comm_destroy(communicator_));
  }
  NcclCollective(const NcclCollective&) = delete;
  NcclCollective& operator=(const NcclCollective&) = delete;

  void sum(float* data, size_t count) override {
    begin("ncclAllReduce", count);
    check(nccl_.all_reduce(data, data, count, kNcclFloat, kNcclSum, communicator_, gpu_.stream));
    wait(deadlines_.operation, gpu_.idle);
  }

  void broadcast(float* data, size_t count) override {
    begin("ncclBroadcast", count);
    check(nccl_.broadcast(data, data, count, kNcclFloat, 0, communicator_, gpu_.stream));
    wait(deadlines_.operation, gpu_.idle);
  }

 private:
  void begin(const char* call, size_t count) {
    operation_ = fmt::format("operation {}, {} of {} floats", ++operations_, call, count);
  }

  // Until NCCL has taken the operation on and `done`. An operation of a communicator that does not block may
  // be put into the stream later than its call returns, so the order of the two questions matters.
  void wait(double seconds, const std::function<bool()>& done) {
    const auto deadline = Clock::now() + std::chrono::duration<double>(seconds);
    for (int polls = 0;; ++polls) {
      NcclResult state = kNcclSuccess;
      check(nccl_.comm_get_async_error(communicator_, &state));
      check(state);
      if (state == kNcclSuccess && is_done(done)) return;
      if (Clock::now() > deadline) fail(fmt::format("not done after {} s", seconds));
      if (polls < kEagerPolls) {
        std::this_thread::yield();
      } else {
        std::this_thread::sleep_for(kPoll);
      }
    }
  }

  bool is_done(const std::function<bool()>& done) const {
    try {
      return done();
    } catch (const std::exception& e) {
      fail(e.what());
    }
  }

  void check(NcclResult result) const {
    if (result == kNcclSuccess || result == kNcclInProgress) return;
    fail(fmt::format("{}: {}", nccl_.get_error_string(result), nccl_.get_last_error(communicator_)));
  }

  [[noreturn]] void fail(const std::string& why) const {
    fmt::print(stderr, "mazescan: rank {} on node {} ({}): NCCL, {}: {}\n", rank_, node_name(), gpu_.name,
               operation_, why);
    std::fflush(nullptr);
    _exit(1);
  }

  const NcclLibrary nccl_;
  const int rank_;
  const Gpu gpu_;
  const NcclDeadlines deadlines_;
  NcclCommunicator communicator_ = nullptr;
  std::string operation_;  // the current one, for messages
  int64_t operations_ = 0;
};

}  // namespace

std::unique_ptr<Collective> make_nccl_collective(const World& world, Gpu gpu, NcclDeadlines deadlines) {
  return std::make_unique<NcclCollective>(world, std::move(gpu), deadlines);
}

}  // namespace mazescan
