#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace mazescan::cluster {

class LauncherWatch;
struct MpiComm;  // cluster/mpi_comm.h

// An MPI communicator: all ranks of the job, or some of them. An MPI error aborts the job, which can then be
// submitted again and resumes (docs/decisions.md).
class Communicator {
 public:
  // Initialises MPI, and finalises it on destruction; contains all ranks. Only one per process.
  Communicator(int* argc, char*** argv);
  ~Communicator();
  Communicator(const Communicator&) = delete;
  Communicator& operator=(const Communicator&) = delete;

  int rank() const { return rank_; }
  int size() const { return size_; }
  bool is_root() const { return rank_ == 0; }
  int local_rank() const;  // rank among those of this node, which share its GPUs; collective

  // Returns a Communicator of the ranks that pass the same group, in their old order. It must be destroyed
  // before this one. Collective.
  Communicator split(int group) const;

  // Collective calls: every rank makes them, in the same order.
  void barrier() const;
  bool any(bool mine) const;  // whether it is true on any rank
  // Returns the texts of all ranks, by rank, on rank 0; elsewhere nothing.
  std::vector<std::string> gather(const std::string& mine) const;
  // Returns the text of rank 0.
  std::string broadcast(const std::string& text) const;
  // Returns the numbers of all ranks, by rank. Each rank passes the same count.
  std::vector<double> all_gather(const std::vector<double>& mine) const;

  const MpiComm& mpi() const { return *mpi_; }  // for MPI calls within cluster/

 private:
  explicit Communicator(std::unique_ptr<MpiComm> mpi);

  std::unique_ptr<LauncherWatch> watch_;  // of the communicator of all ranks
  std::unique_ptr<MpiComm> mpi_;
  int rank_ = 0, size_ = 1;
};

// Returns the name of the machine that this rank runs on.
std::string node_name();

// Returns the description of the MPI library, such as "Open MPI v4.1.4".
std::string mpi_version();

}  // namespace mazescan::cluster
