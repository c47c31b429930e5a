#pragma once
#include <mpi.h>

namespace mazescan {

// What a World speaks through. For cluster/ only: nothing else includes mpi.h.
struct Communicator {
  MPI_Comm handle = MPI_COMM_NULL;
};

}  // namespace mazescan
