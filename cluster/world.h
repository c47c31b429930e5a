#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace mazescan {

struct Communicator;  // cluster/communicator.h

// All ranks of the job, or some of them. Any MPI error ends the job: crash loud, be requeued, resume
// (docs/decisions.md).
class World {
 public:
  // All ranks. One a process; MPI lives as long as it does.
  World(int* argc, char*** argv);
  ~World();
  World(const World&) = delete;
  World& operator=(const World&) = delete;

  int rank() const { return rank_; }
  int size() const { return size_; }
  bool is_root() const { return rank_ == 0; }
  int local_rank() const;  // among the ranks of this node, which share its GPUs. Collective.

  // The ranks that name the same group, in their old order, as a world of their own, which must end before
  // this one. Collective.
  World split(int group) const;

  // Collective calls: every rank takes part, in the same order.
  void barrier() const;
  bool any(bool mine) const;
  std::vector<std::string> gather(const std::string& mine) const;  // at rank 0, by rank; elsewhere empty
  std::string broadcast(const std::string& text) const;            // rank 0's text
  std::vector<double> all_gather(const std::vector<double>& mine) const;  // equal counts, by rank

  const Communicator& communicator() const { return *communicator_; }  // for MPI calls within cluster/

 private:
  explicit World(std::unique_ptr<Communicator> communicator);

  std::unique_ptr<Communicator> communicator_;
  int rank_ = 0, size_ = 1;
};

std::string node_name();  // of the machine that this rank runs on

// "Open MPI v4.1.4, ...": the library's own words, first line.
std::string mpi_version();

}  // namespace mazescan
