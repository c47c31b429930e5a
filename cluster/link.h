#pragma once
#include <deque>
#include <memory>
#include <string>

#include "cluster/world.h"

namespace mazescan {

// Messages of bytes between this rank and another of the same world, in order each way. One link a pair.
class Link {
 public:
  Link(const World& world, int peer);
  ~Link();  // waits until all that was sent is on its way
  Link(const Link&) = delete;
  Link& operator=(const Link&) = delete;

  // Returns at once, whether or not the peer listens: both may send before they receive. Less than 2 GiB.
  void send(std::string message);
  // Waits for the next message: watching at first, as the answer to a step is there soon, then with sleeps
  // that grow, as a peer that is busy for long shall have the core.
  std::string receive();

 private:
  struct Sent;
  void forget_sent();

  const World& world_;
  const int peer_;
  std::deque<std::unique_ptr<Sent>> sent_;  // oldest first: bytes that MPI may still read
};

}  // namespace mazescan
