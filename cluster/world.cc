#include "cluster/world.h"

#include <mpi.h>
#include <unistd.h>

#include <exception>

#include "cluster/communicator.h"
#include "core/error.h"

namespace mazescan {

World::World(int* argc, char*** argv) {
  int provided = 0;
  // The dispatcher of UnitQueue is a thread beside the work of rank 0.
  MPI_Init_thread(argc, argv, MPI_THREAD_MULTIPLE, &provided);
  expect(provided == MPI_THREAD_MULTIPLE, "an MPI library with MPI_THREAD_MULTIPLE");
  communicator_ = std::make_unique<Communicator>(Communicator{MPI_COMM_WORLD});
  MPI_Comm_rank(communicator_->handle, &rank_);
  MPI_Comm_size(communicator_->handle, &size_);
}

World::World(std::unique_ptr<Communicator> communicator) : communicator_(std::move(communicator)) {
  MPI_Comm_rank(communicator_->handle, &rank_);
  MPI_Comm_size(communicator_->handle, &size_);
}

World World::split(int group) const {
  auto communicator = std::make_unique<Communicator>();
  MPI_Comm_split(communicator_->handle, group, rank_, &communicator->handle);
  return World(std::move(communicator));
}

World::~World() {
  // A rank that unwinds from an error must not wait in MPI_Finalize for ranks that know nothing of the error.
  if (std::uncaught_exceptions() > 0) return;
  if (communicator_->handle != MPI_COMM_WORLD) {
    MPI_Comm_free(&communicator_->handle);
    return;
  }
  // No rank may be in MPI_Finalize while another may still abort: mpirun 4.1 can hang then (in PMIx).
  barrier();
  MPI_Finalize();
}

void World::barrier() const {
  MPI_Barrier(communicator_->handle);
}

bool World::any(bool mine) const {
  int flag = mine ? 1 : 0;
  MPI_Allreduce(MPI_IN_PLACE, &flag, 1, MPI_INT, MPI_LOR, communicator_->handle);
  return flag != 0;
}

std::vector<std::string> World::gather(const std::string& mine) const {
  // Sends each text separately: together they may exceed the 2 GiB of an MPI count.
  std::vector<std::string> all;
  constexpr int kTag = 1;
  if (!is_root()) {
    MPI_Send(mine.data(), static_cast<int>(mine.size()), MPI_BYTE, 0, kTag, communicator_->handle);
    return all;
  }
  all.push_back(mine);
  for (int source = 1; source < size_; ++source) {
    MPI_Status status;
    MPI_Probe(source, kTag, communicator_->handle, &status);
    int count = 0;
    MPI_Get_count(&status, MPI_BYTE, &count);
    std::string text(static_cast<size_t>(count), '\0');
    MPI_Recv(text.data(), count, MPI_BYTE, source, kTag, communicator_->handle, MPI_STATUS_IGNORE);
    all.push_back(std::move(text));
  }
  return all;
}

std::string World::broadcast(const std::string& text) const {
  uint64_t count = text.size();
  MPI_Bcast(&count, 1, MPI_UINT64_T, 0, communicator_->handle);
  std::string out = is_root() ? text : std::string(count, '\0');
  MPI_Bcast(out.data(), static_cast<int>(count), MPI_BYTE, 0, communicator_->handle);
  return out;
}

std::vector<double> World::all_gather(const std::vector<double>& mine) const {
  std::vector<double> all(mine.size() * static_cast<size_t>(size_));
  MPI_Allgather(mine.data(), static_cast<int>(mine.size()), MPI_DOUBLE, all.data(),
                static_cast<int>(mine.size()), MPI_DOUBLE, communicator_->handle);
  return all;
}

int World::local_rank() const {
  MPI_Comm node = MPI_COMM_NULL;
  MPI_Comm_split_type(communicator_->handle, MPI_COMM_TYPE_SHARED, rank_, MPI_INFO_NULL, &node);
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
  const std::string whole(text, static_cast<size_t>(length));
  return whole.substr(0, whole.find(", package"));
}

}  // namespace mazescan
