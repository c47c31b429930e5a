#pragma once
#include <mpi.h>

namespace mazescan::cluster {

// Holds the MPI handle of a Communicator. For cluster/ only: no other folder includes mpi.h.
struct MpiComm {
  MPI_Comm comm = MPI_COMM_NULL;
};

}  // namespace mazescan::cluster
