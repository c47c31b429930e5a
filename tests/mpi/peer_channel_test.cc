#include "cluster/peer_channel.h"

#include <gtest/gtest.h>

#include <chrono>
#include <thread>

#include "tests/mpi/mpi_main.h"

namespace mazescan {
namespace {

std::string text_of(int from, int number) {
  return std::string(static_cast<size_t>(number) * 37'000 % 2'000'000, static_cast<char>('a' + from)) +
         std::to_string(number);
}

// Returns the other rank of a pair; -1 if there is none.
int partner() {
  const int peer = test_communicator().rank() ^ 1;
  return peer < test_communicator().size() ? peer : -1;
}

// MPI sends large messages only when the receiver is ready; here both sides send first.
TEST(PeerChannel, BothSidesMaySendFirst) {
  if (partner() < 0) return;
  cluster::PeerChannel channel(test_communicator(), partner());
  constexpr int kMessages = 40;
  for (int i = 0; i < kMessages; ++i) channel.send(text_of(test_communicator().rank(), i));
  for (int i = 0; i < kMessages; ++i) EXPECT_TRUE(channel.receive() == text_of(partner(), i)) << i;
}

TEST(PeerChannel, RequestsAndRepliesAreInOrder) {
  if (partner() < 0) return;
  cluster::PeerChannel channel(test_communicator(), partner());
  const bool requests = test_communicator().rank() < partner();
  for (int i = 0; i < 300; ++i) {
    if (requests) {
      channel.send(std::to_string(i));
      EXPECT_EQ(channel.receive(), "reply " + std::to_string(i));
    } else {
      channel.send("reply " + channel.receive());
    }
  }
}

TEST(PeerChannel, EmptyMessagesAndLatePeers) {
  if (partner() < 0) return;
  cluster::PeerChannel channel(test_communicator(), partner());
  if (test_communicator().rank() < partner()) std::this_thread::sleep_for(std::chrono::milliseconds(100));
  channel.send("");
  EXPECT_EQ(channel.receive(), "");
}

// PeerChannels to different peers do not receive the messages of one another.
TEST(PeerChannel, OneRankMayHaveManyPeers) {
  const cluster::Communicator& communicator = test_communicator();
  if (!communicator.is_root()) {
    cluster::PeerChannel channel(communicator, 0);
    for (int i = 0; i < 20; ++i)
      channel.send(channel.receive() + " to " + std::to_string(communicator.rank()));
    return;
  }
  std::deque<cluster::PeerChannel> channels;
  for (int peer = 1; peer < communicator.size(); ++peer) channels.emplace_back(communicator, peer);
  for (int i = 0; i < 20; ++i) {
    for (cluster::PeerChannel& channel : channels) channel.send(std::to_string(i));
    for (size_t peer = channels.size(); peer > 0; --peer)
      EXPECT_EQ(channels[peer - 1].receive(), std::to_string(i) + " to " + std::to_string(peer));
  }
}

}  // namespace
}  // namespace mazescan
