#include "cluster/nccl.h"

#include <fmt/format.h>

#include <chrono>
#include <cstring>
#include <exception>
#include <map>
#include <thread>

#include "cluster/nccl_library.h"
#include "core/error.h"

namespace mazescan::cluster {

namespace {

using Clock = std::chrono::steady_clock;

constexpr int kEagerPolls = 2000;  // about a millisecond without sleep, for short operations
constexpr auto kPoll = std::chrono::microseconds(100);

// Requires a GPU for each rank. NCCL requires it, too, but reports "invalid usage" only.
void require_own_gpus(const Communicator& communicator, const std::string& gpu) {
  std::map<std::string, size_t> owners;
  const std::vector<std::string> all = communicator.gather(fmt::format("{} of node {}", gpu, node_name()));
  for (size_t rank = 0; rank < all.size(); ++rank) {
    const auto [owner, is_new] = owners.emplace(all[rank], rank);
    require(is_new, lazy("ranks {} and {} would share {}", owner->second, rank, all[rank]),
            "NCCL needs a GPU for each rank, and this node has more ranks than GPUs",
            "start at most as many learners on a node as it has GPUs (sbatch --ntasks-per-node), or set "
            "train.device: cpu");
  }
}

class NcclCollective : public Collective {
 public:
  NcclCollective(const Communicator& communicator, Gpu gpu, NcclFailureHandler on_failure,
                 NcclDeadlines deadlines)
      : nccl_(load_nccl()),
        rank_(communicator.rank()),
        gpu_(std::move(gpu)),
        on_failure_(on_failure),
        deadlines_(deadlines) {
    require_own_gpus(communicator, gpu_.name);
    operation_ = "ncclGetUniqueId";
    NcclUniqueId id{};
    if (communicator.is_root()) check(nccl_.get_unique_id(&id));
    const std::string shared = communicator.broadcast({id.bytes, sizeof id.bytes});
    std::memcpy(id.bytes, shared.data(), sizeof id.bytes);
    operation_ = fmt::format("ncclCommInitRankConfig of {} ranks", communicator.size());
    NcclConfig config;
    check(nccl_.comm_init_rank_config(&communicator_, communicator.size(), id, rank_, &config));
    wait(deadlines_.start, [] { return true; });
  }

  ~NcclCollective() override {
    if (std::uncaught_exceptions() > 0) return;  // other ranks may not take part, and the process ends
    operation_ = "ncclCommFinalize";
    check(nccl_.comm_finalize(communicator_));
    wait(deadlines_.operation, [] { return true; });
    operation_ = "ncclCommDestroy";
    check(nccl_.comm_destroy(communicator_));
  }
  NcclCollective(const NcclCollective&) = delete;
  NcclCollective& operator=(const NcclCollective&) = delete;

  void all_reduce_sum(float* data, size_t count) override {
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

  // Waits until NCCL has accepted the operation, and then until `done`. A communicator that does not block
  // may put an operation into the stream after its call returns, so the order of the two checks matters.
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

  [[noreturn]] void fail(const std::string& reason) const {
    const std::string message = fmt::format("rank {} on node {} ({}): NCCL, {}: {}", rank_, node_name(),
                                            gpu_.name, operation_, reason);
    on_failure_(message);
    throw InternalError(message);
  }

  const NcclLibrary nccl_;
  const int rank_;
  const Gpu gpu_;
  const NcclFailureHandler on_failure_;
  const NcclDeadlines deadlines_;
  NcclCommunicator communicator_ = nullptr;
  std::string operation_;  // the current operation, for messages
  int64_t operations_ = 0;
};

}  // namespace

std::unique_ptr<Collective> make_nccl_collective(const Communicator& communicator, Gpu gpu,
                                                 NcclFailureHandler on_failure, NcclDeadlines deadlines) {
  return std::make_unique<NcclCollective>(communicator, std::move(gpu), on_failure, deadlines);
}

}  // namespace mazescan::cluster
