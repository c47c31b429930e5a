#pragma once
#include <functional>
#include <memory>
#include <string>

#include "cluster/collective.h"

namespace mazescan {

// This rank's GPU, told by the library that computes on it: nothing here links CUDA. It must be the current
// device of the calling thread.
struct Gpu {
  std::string name;            // the same for two ranks of a node if, and only if, they would share the GPU
  void* stream = nullptr;      // cudaStream_t in which buffers are written before a call and read after it
  std::function<bool()> idle;  // has the stream done all its work? Throws what went wrong in it.
};

// Seconds after which a rank ends the job instead of waiting on. They cover the skew between ranks.
struct NcclDeadlines {
  double start = 300, operation = 600;
};

// The collective for CUDA memory, over NCCL 2.14 or newer, which is loaded here: libnccl.so.2, or the file
// that the environment variable MAZESCAN_NCCL names. Throws UserError where there is no such library or two
// ranks share a GPU. Any later fault, of this rank or another, is said with rank, node and operation, and
// ends the process with _exit(1): destructors and ncclCommAbort may wait for a GPU that no longer answers.
std::unique_ptr<Collective> make_nccl_collective(const World& world, Gpu gpu, NcclDeadlines deadlines = {});

}  // namespace mazescan
