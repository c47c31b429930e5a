#pragma once
#include <functional>
#include <memory>
#include <string>

#include "cluster/collective.h"

namespace mazescan::cluster {

// The GPU of this rank, as described by the library that computes on it: cluster/ does not link CUDA. It must
// be the current device of the calling thread.
struct Gpu {
  std::string name;            // equal for two ranks of a node if, and only if, they would share the GPU
  void* stream = nullptr;      // cudaStream_t in which buffers are written before a call and read after it
  std::function<bool()> idle;  // returns whether the stream has finished its work; throws its errors
};

// Seconds after which an operation counts as failed. They include the skew between ranks.
struct NcclDeadlines {
  double start = 300, operation = 600;
};

// Handles a failed operation of this rank or of another; `message` names rank, node, GPU and operation. It
// must end the process without running destructors (end_process of cluster/program.h does): destructors and
// ncclCommAbort may wait for a GPU that no longer responds. If it returns, InternalError is thrown.
using NcclFailureHandler = void (*)(const std::string& message);

// Makes the collective for CUDA memory, and loads NCCL 2.14 or newer for it: libnccl.so.2, or the file that
// the environment variable MAZESCAN_NCCL names.
// Throws UserError if there is no such library, or if two ranks share a GPU.
std::unique_ptr<Collective> make_nccl_collective(const Communicator& communicator, Gpu gpu,
                                                 NcclFailureHandler on_failure, NcclDeadlines deadlines = {});

}  // namespace mazescan::cluster
