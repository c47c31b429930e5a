#include "evaluator/policies/provenance.h"

#include "policy/threads.h"
#include "storage/hdf5/hdf5.h"

namespace mazescan::policies {

namespace {

Versions library_versions() {
  return {{"libtorch", policy::torch_version()},
          {"CUDA", policy::cuda_version()},
          {"HDF5", hdf5::hdf5_version()},
          {"MPI", cluster::mpi_version()}};
}

}  // namespace

Versions evaluator_versions() {
  Versions versions = build_versions();
  versions.merge(library_versions());
  return versions;
}

nlohmann::json evaluator_provenance(const cluster::Communicator& communicator) {
  nlohmann::json about = build_and_machine();
  about.update(library_versions());
  about["ranks"] = communicator.size();
  return about;
}

}  // namespace mazescan::policies
