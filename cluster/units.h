#pragma once
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "cluster/communicator.h"

namespace mazescan::cluster {

// Distributes work units 0..total-1: all ranks take them from one counter, so that a slow rank does not delay
// the others. Rank 0 serves the counter in a separate thread, beside its share of the work. `on_done` is
// called on rank 0, one call at a time, with each finished unit and the report of the rank that finished it.
class UnitQueue {
 public:
  using OnDone = std::function<void(int unit, const std::string& report)>;
  // Collective.
  UnitQueue(const Communicator& communicator, int total, OnDone on_done);
  ~UnitQueue();  // on rank 0, waits until each rank was notified that no units are left
  UnitQueue(const UnitQueue&) = delete;
  UnitQueue& operator=(const UnitQueue&) = delete;

  // Returns the next unit; none if all are taken, or if rank 0 received a stop signal. Rank 0 gets "none"
  // after the last report of every rank.
  //   reports_follow: this rank still works on other units; after "none" it reports them and must take again
  // Throws, on rank 0, what on_done threw.
  std::optional<int> take(bool reports_follow = false);
  // Reports a finished unit.
  void done(int unit, const std::string& report);

 private:
  class Dispatcher;
  const Communicator& communicator_;
  std::unique_ptr<Dispatcher> dispatcher_;  // on rank 0
};

}  // namespace mazescan::cluster
