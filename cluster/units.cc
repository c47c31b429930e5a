#include "cluster/units.h"

#include <mpi.h>

#include <atomic>
#include <chrono>
#include <cstring>
#include <exception>
#include <mutex>
#include <thread>

#include "cluster/mpi_comm.h"
#include "cluster/stop.h"

namespace mazescan::cluster {

namespace {
// Requests share one tag, because MPI keeps order only within a tag: the last report of a rank must arrive
// before its request for more. A request is a unit number with a report, or only kNothingDone or
// kReportsFollow.
constexpr int kRequestTag = 10, kUnitTag = 11;
constexpr int kNothingDone = -1, kReportsFollow = -2;
constexpr auto kIdle = std::chrono::microseconds(500);
}  // namespace

class UnitQueue::Dispatcher {
 public:
  Dispatcher(const Communicator& communicator, int total, OnDone on_done)
      : communicator_(communicator),
        others_(communicator.size() - 1),
        total_(total),
        on_done_(std::move(on_done)),
        thread_([this] { serve(); }) {}
  ~Dispatcher() {
    abandoned_ = std::uncaught_exceptions() > 0;
    if (thread_.joinable()) thread_.join();
  }

  // Takes a unit for rank 0 itself. When no units are left, it waits for the last reports of the other ranks,
  // so that no error of on_done is lost.
  int take_here(bool reports_follow) {
    const int unit = take();
    if (unit != kNothingDone || reports_follow) return unit;
    if (thread_.joinable()) thread_.join();
    return take();
  }
  void done(int unit, const std::string& report) {
    const std::lock_guard lock(mutex_);
    on_done_(unit, report);
  }

 private:
  int take() {
    const std::lock_guard lock(mutex_);
    if (failure_) std::rethrow_exception(failure_);
    return next_ < total_ && !StopSignal::requested() ? next_++ : kNothingDone;
  }

  // Polls with sleeps: a blocking receive of Open MPI would occupy the core that the work needs.
  void serve() {
    while (others_ > 0 && !abandoned_) {
      int waiting = 0;
      MPI_Status status;
      MPI_Iprobe(MPI_ANY_SOURCE, kRequestTag, communicator_.mpi().comm, &waiting, &status);
      if (waiting != 0) {
        reply(status);
      } else {
        std::this_thread::sleep_for(kIdle);
      }
    }
  }

  void reply(const MPI_Status& status) {
    int count = 0, unit = kNothingDone;
    MPI_Get_count(&status, MPI_BYTE, &count);
    std::string request(static_cast<size_t>(count), '\0');
    MPI_Recv(request.data(), count, MPI_BYTE, status.MPI_SOURCE, kRequestTag, communicator_.mpi().comm,
             MPI_STATUS_IGNORE);
    std::memcpy(&unit, request.data(), sizeof unit);
    const bool is_report = unit >= 0, reports_follow = unit == kReportsFollow;
    try {
      if (is_report) {
        done(unit, request.substr(sizeof unit));
        return;
      }
      unit = take();
    } catch (...) {  // rethrown by the next take of rank 0
      const std::lock_guard lock(mutex_);
      failure_ = std::current_exception();
      if (is_report) return;
      unit = kNothingDone;
    }
    MPI_Send(&unit, 1, MPI_INT, status.MPI_SOURCE, kUnitTag, communicator_.mpi().comm);
    if (unit == kNothingDone && !reports_follow) --others_;
  }

  const Communicator& communicator_;
  int others_;  // ranks that were not yet notified that no units are left
  const int total_;
  int next_ = 0;
  OnDone on_done_;
  std::mutex mutex_;
  std::exception_ptr failure_;  // thrown by on_done
  std::atomic<bool> abandoned_{false};
  std::thread thread_;
};

UnitQueue::UnitQueue(const Communicator& communicator, int total, OnDone on_done)
    : communicator_(communicator) {
  // No rank may send a request before rank 0 has finished an earlier queue, which would serve it as its own.
  communicator.barrier();
  if (communicator.is_root())
    dispatcher_ = std::make_unique<Dispatcher>(communicator, total, std::move(on_done));
}

UnitQueue::~UnitQueue() = default;

std::optional<int> UnitQueue::take(bool reports_follow) {
  int unit = reports_follow ? kReportsFollow : kNothingDone;
  if (dispatcher_) {
    unit = dispatcher_->take_here(reports_follow);
  } else {
    MPI_Send(&unit, sizeof unit, MPI_BYTE, 0, kRequestTag, communicator_.mpi().comm);
    MPI_Recv(&unit, 1, MPI_INT, 0, kUnitTag, communicator_.mpi().comm, MPI_STATUS_IGNORE);
  }
  if (unit == kNothingDone) return std::nullopt;
  return unit;
}

void UnitQueue::done(int unit, const std::string& report) {
  if (dispatcher_) {
    dispatcher_->done(unit, report);
    return;
  }
  std::string message(reinterpret_cast<const char*>(&unit), sizeof unit);
  message += report;
  MPI_Send(message.data(), static_cast<int>(message.size()), MPI_BYTE, 0, kRequestTag,
           communicator_.mpi().comm);
}

}  // namespace mazescan::cluster
