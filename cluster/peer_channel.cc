#include "cluster/peer_channel.h"

#include <mpi.h>

#include <algorithm>
#include <chrono>
#include <exception>
#include <limits>
#include <thread>

#include "cluster/mpi_comm.h"
#include "core/error.h"

namespace mazescan::cluster {

namespace {
constexpr int kMessageTag = 20;
constexpr auto kPollWithoutSleep = std::chrono::microseconds(200);
constexpr auto kMaxSleep = std::chrono::milliseconds(1);
}  // namespace

struct PeerChannel::Sent {
  std::string bytes;
  MPI_Request request = MPI_REQUEST_NULL;
};

PeerChannel::PeerChannel(const Communicator& communicator, int peer)
    : communicator_(communicator), peer_(peer) {
  expect(peer >= 0 && peer < communicator.size() && peer != communicator.rank(),
         "another rank of the same communicator");
}

PeerChannel::~PeerChannel() {
  if (std::uncaught_exceptions() > 0) return;  // the job ends; the peer may not receive any more
  for (const auto& sent : sent_) MPI_Wait(&sent->request, MPI_STATUS_IGNORE);
}

void PeerChannel::send(std::string message) {
  release_sent();
  expect(message.size() <= static_cast<size_t>(std::numeric_limits<int>::max()), "a message below 2 GiB");
  sent_.push_back(std::make_unique<Sent>());
  Sent& sent = *sent_.back();
  sent.bytes = std::move(message);
  MPI_Isend(sent.bytes.data(), static_cast<int>(sent.bytes.size()), MPI_BYTE, peer_, kMessageTag,
            communicator_.mpi().comm, &sent.request);
}

void PeerChannel::release_sent() {
  while (!sent_.empty()) {
    int done = 0;
    MPI_Test(&sent_.front()->request, &done, MPI_STATUS_IGNORE);
    if (done == 0) return;
    sent_.pop_front();
  }
}

std::string PeerChannel::receive() {
  const auto begin = std::chrono::steady_clock::now();
  MPI_Status status;
  for (;;) {
    int arrived = 0;
    MPI_Iprobe(peer_, kMessageTag, communicator_.mpi().comm, &arrived, &status);
    if (arrived != 0) break;
    const auto waited = std::chrono::steady_clock::now() - begin;
    if (waited < kPollWithoutSleep) {
      std::this_thread::yield();
    } else {
      std::this_thread::sleep_for(std::min<std::chrono::nanoseconds>(waited / 8, kMaxSleep));
    }
  }
  int count = 0;
  MPI_Get_count(&status, MPI_BYTE, &count);
  std::string message(static_cast<size_t>(count), '\0');
  MPI_Recv(message.data(), count, MPI_BYTE, peer_, kMessageTag, communicator_.mpi().comm, MPI_STATUS_IGNORE);
  return message;
}

}  // namespace mazescan::cluster
