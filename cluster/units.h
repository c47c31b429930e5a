#pragma once
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "cluster/world.h"

namespace mazescan {

// Work units 0..total-1 taken by all ranks from one counter, so that a slow rank delays nobody. Rank 0 keeps
// the counter in a thread of its own beside its share of the work. `on_done` is called on rank 0, one call at
// a time, with the report that a rank gave with each finished unit.
class UnitQueue {
 public:
  using OnDone = std::function<void(int unit, const std::string& report)>;
  UnitQueue(const World& world, int total, OnDone on_done);  // collective
  ~UnitQueue();  // on rank 0, waits until every rank has been told that nothing is left
  UnitQueue(const UnitQueue&) = delete;
  UnitQueue& operator=(const UnitQueue&) = delete;

  // The next unit, none when all are taken or rank 0 was signalled to stop; on rank 0 "none" comes after the
  // last report of every rank. Throws at rank 0 what on_done threw.
  // reports_follow: this rank still works on other units; after "none" it reports them and must take again.
  std::optional<int> take(bool reports_follow = false);
  void done(int unit, const std::string& report);

 private:
  class Dispatcher;
  const World& world_;
  std::unique_ptr<Dispatcher> dispatcher_;  // on rank 0
};

}  // namespace mazescan
