#pragma once
#include <mpi.h>

namespace mazescan {

// Holds the MPI handle of a World. For cluster/ only: no other folder includes mpi.h.
struct Communicator {
  MPI_Comm handle = MPI_COMM_NULL;
};

}  // namespace mazescan
