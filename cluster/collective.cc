#include "cluster/collective.h"

#include <mpi.h>

#include <algorithm>
#include <vector>

#include "cluster/mpi_comm.h"

namespace mazescan::cluster {

namespace {

constexpr int kSumTag = 2;
constexpr size_t kPiece = size_t{1} << 26;  // floats in one message: MPI counts have 32 bits

// Calls piece(begin, count) for the pieces of a buffer, one after the other.
template <class Piece>
void in_pieces(float* data, size_t count, const Piece& piece) {
  for (size_t begin = 0; begin < count; begin += kPiece)
    piece(data + begin, static_cast<int>(std::min(kPiece, count - begin)));
}

class MpiCollective : public Collective {
 public:
  explicit MpiCollective(const Communicator& communicator) : communicator_(communicator) {}

  void all_reduce_sum(float* data, size_t count) override {
    in_pieces(data, count, [this](float* begin, int length) { sum_piece(begin, length); });
  }

  void broadcast(float* data, size_t count) override {
    in_pieces(data, count, [this](float* begin, int length) {
      MPI_Bcast(begin, length, MPI_FLOAT, 0, communicator_.mpi().comm);
    });
  }

 private:
  void sum_piece(float* data, int count) {
    const int ranks = communicator_.size();
    received_.resize(static_cast<size_t>(count));
    if ((ranks & (ranks - 1)) == 0) {
      // Recursive doubling: both partners add the same two numbers, so that all ranks get the same bits.
      for (int distance = 1; distance < ranks; distance *= 2) {
        const int partner = communicator_.rank() ^ distance;
        MPI_Sendrecv(data, count, MPI_FLOAT, partner, kSumTag, received_.data(), count, MPI_FLOAT, partner,
                     kSumTag, communicator_.mpi().comm, MPI_STATUS_IGNORE);
        add(data);
      }
      return;
    }
    if (communicator_.is_root()) {
      for (int source = 1; source < ranks; ++source) {
        MPI_Recv(received_.data(), count, MPI_FLOAT, source, kSumTag, communicator_.mpi().comm,
                 MPI_STATUS_IGNORE);
        add(data);
      }
    } else {
      MPI_Send(data, count, MPI_FLOAT, 0, kSumTag, communicator_.mpi().comm);
    }
    MPI_Bcast(data, count, MPI_FLOAT, 0, communicator_.mpi().comm);
  }

  void add(float* data) const {
    for (size_t i = 0; i < received_.size(); ++i) data[i] += received_[i];
  }

  const Communicator& communicator_;
  std::vector<float> received_;
};

}  // namespace

std::unique_ptr<Collective> make_mpi_collective(const Communicator& communicator) {
  return std::make_unique<MpiCollective>(communicator);
}

}  // namespace mazescan::cluster
