#include "trainer/provenance.h"

#include "cluster/communicator.h"
#include "cluster/nccl_library.h"
#include "policy/threads.h"

namespace mazescan::trainer {

namespace {

Versions library_versions() {
  return {{"libtorch", policy::torch_version()},
          {"CUDA", policy::cuda_version()},
          {"MPI", cluster::mpi_version()},
          {"NCCL", cluster::nccl_version()}};
}

}  // namespace

Versions trainer_versions() {
  Versions versions = build_versions();
  versions.merge(library_versions());
  return versions;
}

nlohmann::json trainer_provenance(const TrainerConfig& config, int learners) {
  nlohmann::json about = build_and_machine();
  about.update(library_versions());
  about["program"] = "mazescan-trainer";
  about["learners"] = learners;
  about["workers_per_learner"] = config.ranks.workers_per_learner;
  return about;
}

}  // namespace mazescan::trainer
