#include "cluster/collective.h"

#include <mpi.h>

#include <algorithm>
#include <vector>

#include "cluster/communicator.h"

namespace mazescan {

namespace {

constexpr int kTag = 2;
constexpr size_t kPiece = size_t{1} << 26;  // floats in one message: MPI counts have 32 bits

// Calls piece(begin, count) for the pieces of a buffer, one after the other.
template <class Piece>
void in_pieces(float* data, size_t count, const Piece& piece) {
  for (size_t begin = 0; begin < count; begin += kPiece)
    piece(data + begin, static_cast<int>(std::min(kPiece, count - begin)));
}

class MpiCollective : public Collective {
 public:
  explicit MpiCollective(const World& world) : world_(world) {}

  void sum(float* data, size_t count) override {
    in_pieces(data, count, [this](float* begin, int length) { sum_piece(begin, length); });
  }

  void broadcast(float* data, size_t count) override {
    in_pieces(data, count, [this](float* begin, int length) {
      MPI_Bcast(begin, length, MPI_FLOAT, 0, world_.communicator().handle);
    });
  }

 private:
  void sum_piece(float* data, int count) {
    const int ranks = world_.size();
    received_.resize(static_cast<size_t>(count));
    if ((ranks & (ranks - 1)) == 0) {
      // Recursive doubling: both partners add the same two numbers, so that all ranks get the same bits.
      for (int distance = 1; distance < ranks; distance *= 2) {
        const int partner = world_.rank() ^ distance;
        MPI_Sendrecv(data, count, MPI_FLOAT, partner, kTag, received_.data(), count, MPI_FLOAT, partner, kTag,
                     world_.communicator().handle, MPI_STATUS_IGNORE);
        add(data);
      }
      return;
    }
    if (world_.is_root()) {
      for (int source = 1; source < ranks; ++source) {
        MPI_Recv(received_.data(), count, MPI_FLOAT, source, kTag, world_.communicator().handle,
                 MPI_STATUS_IGNORE);
        add(data);
      }
    } else {
      MPI_Send(data, count, MPI_FLOAT, 0, kTag, world_.communicator().handle);
    }
    MPI_Bcast(data, count, MPI_FLOAT, 0, world_.communicator().handle);
  }

  void add(float* data) const {
    for (size_t i = 0; i < received_.size(); ++i) data[i] += received_[i];
  }

  const World& world_;
  std::vector<float> received_;
};

}  // namespace

std::unique_ptr<Collective> make_mpi_collective(const World& world) {
  return std::make_unique<MpiCollective>(world);
}

}  // namespace mazescan
