#include "evaluator/policies/provenance.h"

#include "core/build_info.h"
#include "policy/threads.h"
#include "storage/hdf5/hdf5.h"

namespace mazescan::policies {

nlohmann::json evaluator_provenance(const cluster::Communicator& communicator) {
  nlohmann::json about = build_and_machine();
  about["libtorch"] = policy::torch_version();
  about["HDF5"] = hdf5::hdf5_version();
  about["MPI"] = cluster::mpi_version();
  about["ranks"] = communicator.size();
  return about;
}

}  // namespace mazescan::policies
