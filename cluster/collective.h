#pragma once
#include <cstddef>
#include <memory>
#include <vector>

#include "cluster/world.h"

namespace mazescan {

// The one operation that data-parallel learners need, on the buffers of their device: MPI for host memory
// (here); a library for GPU memory stands behind the same interface.
class Collective {
 public:
  virtual ~Collective() = default;
  // data[0..count) becomes its sum over ranks, the same bits on every rank and in every run. With a power of
  // two of ranks the order is a balanced tree over ranks.
  virtual void sum(float* data, size_t count) = 0;
};

std::unique_ptr<Collective> make_mpi_collective(const World& world);

}  // namespace mazescan
