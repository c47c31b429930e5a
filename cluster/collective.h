#pragma once
#include <cstddef>
#include <memory>

#include "cluster/communicator.h"

namespace mazescan::cluster {

// Collective operations of data-parallel learners on the buffers of their device: by MPI for host memory
// (here), by NCCL for GPU memory (cluster/nccl.h). Every rank makes the same calls in the same order; a call
// returns when its result is complete. Statistics and the stop flag are in host memory and use Communicator.
class Collective {
 public:
  virtual ~Collective() = default;
  // Replaces data[0..count) by its sum over all ranks, with the same bits on every rank.
  virtual void all_reduce_sum(float* data, size_t count) = 0;
  // Replaces data[0..count) by that of rank 0.
  virtual void broadcast(float* data, size_t count) = 0;
};

// Makes the collective for host memory. Its sums have the same bits in every run; if the number of ranks is a
// power of two, they are added in a balanced tree over the ranks.
std::unique_ptr<Collective> make_mpi_collective(const Communicator& communicator);

}  // namespace mazescan::cluster
