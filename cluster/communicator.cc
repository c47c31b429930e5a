#include "cluster/communicator.h"

#include <mpi.h>
#include <unistd.h>

#include <algorithm>
#include <exception>

#include "cluster/launcher_watch.h"
#include "cluster/mpi_comm.h"
#include "cluster/surroundings.h"
#include "core/error.h"

namespace mazescan::cluster {

Communicator::Communicator(int* argc, char*** argv) : watch_(std::make_unique<LauncherWatch>()) {
  require_temporary_folder();
  int provided = 0;
  // The dispatcher of UnitQueue is a thread beside the work of rank 0.
  MPI_Init_thread(argc, argv, MPI_THREAD_MULTIPLE, &provided);
  expect(provided == MPI_THREAD_MULTIPLE, "an MPI library with MPI_THREAD_MULTIPLE");
  mpi_ = std::make_unique<MpiComm>(MpiComm{MPI_COMM_WORLD});
  MPI_Comm_rank(mpi_->comm, &rank_);
  MPI_Comm_size(mpi_->comm, &size_);
}

Communicator::Communicator(std::unique_ptr<MpiComm> mpi) : mpi_(std::move(mpi)) {
  MPI_Comm_rank(mpi_->comm, &rank_);
  MPI_Comm_size(mpi_->comm, &size_);
}

Communicator Communicator::split(int group) const {
  auto mpi = std::make_unique<MpiComm>();
  MPI_Comm_split(mpi_->comm, group, rank_, &mpi->comm);
  return Communicator(std::move(mpi));
}

Communicator::~Communicator() {
  // A rank that unwinds from an error must not wait in MPI_Finalize for ranks that are not aware of the
  // error.
  if (std::uncaught_exceptions() > 0) return;
  if (mpi_->comm != MPI_COMM_WORLD) {
    MPI_Comm_free(&mpi_->comm);
    return;
  }
  // No rank may be in MPI_Finalize while another may still abort: mpirun 4.1 can hang then (in PMIx).
  barrier();
  MPI_Finalize();
}

void Communicator::barrier() const {
  MPI_Barrier(mpi_->comm);
}

bool Communicator::any(bool mine) const {
  int flag = mine ? 1 : 0;
  MPI_Allreduce(MPI_IN_PLACE, &flag, 1, MPI_INT, MPI_LOR, mpi_->comm);
  return flag != 0;
}

std::vector<std::string> Communicator::gather(const std::string& mine) const {
  // Sends each text separately: together they may exceed the 2 GiB of an MPI count.
  std::vector<std::string> all;
  constexpr int kTag = 1;
  if (!is_root()) {
    MPI_Send(mine.data(), static_cast<int>(mine.size()), MPI_BYTE, 0, kTag, mpi_->comm);
    return all;
  }
  all.push_back(mine);
  for (int source = 1; source < size_; ++source) {
    MPI_Status status;
    MPI_Probe(source, kTag, mpi_->comm, &status);
    int count = 0;
    MPI_Get_count(&status, MPI_BYTE, &count);
    std::string text(static_cast<size_t>(count), '\0');
    MPI_Recv(text.data(), count, MPI_BYTE, source, kTag, mpi_->comm, MPI_STATUS_IGNORE);
    all.push_back(std::move(text));
  }
  return all;
}

std::string Communicator::broadcast(const std::string& text) const {
  uint64_t count = text.size();
  MPI_Bcast(&count, 1, MPI_UINT64_T, 0, mpi_->comm);
  std::string out = is_root() ? text : std::string(count, '\0');
  MPI_Bcast(out.data(), static_cast<int>(count), MPI_BYTE, 0, mpi_->comm);
  return out;
}

std::vector<double> Communicator::all_gather(const std::vector<double>& mine) const {
  std::vector<double> all(mine.size() * static_cast<size_t>(size_));
  MPI_Allgather(mine.data(), static_cast<int>(mine.size()), MPI_DOUBLE, all.data(),
                static_cast<int>(mine.size()), MPI_DOUBLE, mpi_->comm);
  return all;
}

int Communicator::local_rank() const {
  MPI_Comm node = MPI_COMM_NULL;
  MPI_Comm_split_type(mpi_->comm, MPI_COMM_TYPE_SHARED, rank_, MPI_INFO_NULL, &node);
  int local = 0;
  MPI_Comm_rank(node, &local);
  MPI_Comm_free(&node);
  return local;
}

std::string node_name() {
  char name[256] = {};
  return gethostname(name, sizeof name - 1) == 0 ? name : "unknown";
}

std::string mpi_version() {
  char text[MPI_MAX_LIBRARY_VERSION_STRING];
  int length = 0;
  MPI_Get_library_version(text, &length);
  // MPICH returns several lines with tabs, Open MPI adds its package.
  std::string whole(text, static_cast<size_t>(length));
  whole.erase(std::min({whole.find('\n'), whole.find(", package"), whole.size()}));
  std::replace(whole.begin(), whole.end(), '\t', ' ');
  return whole;
}

}  // namespace mazescan::cluster
