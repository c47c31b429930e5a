#pragma once
#include <deque>
#include <memory>
#include <string>

#include "cluster/communicator.h"

namespace mazescan::cluster {

// Exchanges messages of bytes with another rank of the same Communicator, in order in each direction. A pair
// of ranks may have one PeerChannel.
class PeerChannel {
 public:
  PeerChannel(const Communicator& communicator, int peer);
  ~PeerChannel();  // waits until MPI has read all sent messages
  PeerChannel(const PeerChannel&) = delete;
  PeerChannel& operator=(const PeerChannel&) = delete;

  // Sends a message of less than 2 GiB. Returns at once, even if the peer does not receive yet: both may send
  // before they receive.
  void send(std::string message);
  // Waits for the next message. Polls without sleep at first, because most replies come soon; then with
  // sleeps that grow, to leave the core to a peer that computes for long.
  std::string receive();

 private:
  struct Sent;
  void release_sent();

  const Communicator& communicator_;
  const int peer_;
  std::deque<std::unique_ptr<Sent>> sent_;  // oldest first: messages that MPI may still read
};

}  // namespace mazescan::cluster
