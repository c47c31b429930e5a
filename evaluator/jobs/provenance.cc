#include "evaluator/jobs/provenance.h"

#include "core/build_info.h"
#include "policy/threads.h"
#include "storage/hdf5/hdf5.h"

namespace mazescan {

nlohmann::json evaluator_provenance(const Communicator& communicator) {
  nlohmann::json about = build_and_machine();
  about["libtorch"] = torch_version();
  about["HDF5"] = hdf5_version();
  about["MPI"] = mpi_version();
  about["ranks"] = communicator.size();
  return about;
}

}  // namespace mazescan
