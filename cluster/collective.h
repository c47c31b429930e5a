#pragma once
#include <cstddef>
#include <memory>

#include "cluster/world.h"

namespace mazescan {

// What data-parallel learners need, on the buffers of their device: MPI for host memory (here), NCCL for GPU
// memory (cluster/nccl.h). Every rank takes part in every call, in the same order; a call returns when the
// result is there. Statistics and the stop flag are host memory and go through World.
class Collective {
 public:
  virtual ~Collective() = default;
  // data[0..count) becomes its sum over ranks, the same bits on every rank.
  virtual void sum(float* data, size_t count) = 0;
  // data[0..count) becomes rank 0's.
  virtual void broadcast(float* data, size_t count) = 0;
};

// Sums have the same bits in every run; with a power of two of ranks the order is a balanced tree over ranks.
std::unique_ptr<Collective> make_mpi_collective(const World& world);

}  // namespace mazescan
