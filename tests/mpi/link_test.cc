#include "cluster/link.h"

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
  const int peer = test_world().rank() ^ 1;
  return peer < test_world().size() ? peer : -1;
}

// MPI sends large messages only when the receiver is ready; here both sides send first.
TEST(Link, BothSidesMaySendFirst) {
  if (partner() < 0) return;
  Link link(test_world(), partner());
  constexpr int kMessages = 40;
  for (int i = 0; i < kMessages; ++i) link.send(text_of(test_world().rank(), i));
  for (int i = 0; i < kMessages; ++i) EXPECT_TRUE(link.receive() == text_of(partner(), i)) << i;
}

TEST(Link, RequestsAndRepliesAreInOrder) {
  if (partner() < 0) return;
  Link link(test_world(), partner());
  const bool requests = test_world().rank() < partner();
  for (int i = 0; i < 300; ++i) {
    if (requests) {
      link.send(std::to_string(i));
      EXPECT_EQ(link.receive(), "reply " + std::to_string(i));
    } else {
      link.send("reply " + link.receive());
    }
  }
}

TEST(Link, EmptyMessagesAndLatePeers) {
  if (partner() < 0) return;
  Link link(test_world(), partner());
  if (test_world().rank() < partner()) std::this_thread::sleep_for(std::chrono::milliseconds(100));
  link.send("");
  EXPECT_EQ(link.receive(), "");
}

// Links to different peers do not receive the messages of one another.
TEST(Link, OneRankMayHaveManyPeers) {
  const World& world = test_world();
  if (!world.is_root()) {
    Link link(world, 0);
    for (int i = 0; i < 20; ++i) link.send(link.receive() + " to " + std::to_string(world.rank()));
    return;
  }
  std::deque<Link> links;
  for (int peer = 1; peer < world.size(); ++peer) links.emplace_back(world, peer);
  for (int i = 0; i < 20; ++i) {
    for (Link& link : links) link.send(std::to_string(i));
    for (size_t peer = links.size(); peer > 0; --peer)
      EXPECT_EQ(links[peer - 1].receive(), std::to_string(i) + " to " + std::to_string(peer));
  }
}

}  // namespace
}  // namespace mazescan
