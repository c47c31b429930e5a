// nccl_job [shared | stalled | broken]: makes a broadcast and ten sums over NCCL and checks every number;
// rank 0 prints "done" at the end.
//   shared: all ranks of a node use one GPU; stalled: the GPU does not finish; broken: the GPU reports an error
// tests/python/nccl_test.py runs it with the stand-in for NCCL and its faults.
#include <cstdio>
#include <cstdlib>
#include <numeric>
#include <stdexcept>
#include <vector>

#include "cluster/nccl.h"
#include "cluster/program.h"
#include "core/error.h"

namespace mazescan {
namespace {

int work(const cluster::Communicator& communicator, const std::string& fault) {
  cluster::Gpu gpu;
  gpu.name = "GPU " + std::to_string(fault == "shared" ? 0 : communicator.local_rank());
  int sums = 0;
  gpu.idle = [&] {
    if (fault == "broken" && sums == 2) throw std::runtime_error("CUDA error: an illegal memory access");
    return fault != "stalled" || sums != 2;
  };
  const auto collective =
      cluster::make_nccl_collective(communicator, std::move(gpu), cluster::end_process, {1, 1});

  std::vector<float> data(10'007);
  if (communicator.is_root()) std::iota(data.begin(), data.end(), 0.0F);
  collective->broadcast(data.data(), data.size());
  for (size_t i = 0; i < data.size(); ++i) expect(data[i] == static_cast<float>(i), "the numbers of rank 0");

  const auto ranks = static_cast<float>(communicator.size());
  for (; sums < 10; ++sums) {
    for (size_t i = 0; i < data.size(); ++i)
      data[i] = static_cast<float>(i % 100) * (communicator.rank() + 1.0F);
    collective->all_reduce_sum(data.data(), data.size());
    for (size_t i = 0; i < data.size(); ++i)
      expect(data[i] == static_cast<float>(i % 100) * ranks * (ranks + 1) / 2, "the sum over ranks");
  }
  if (communicator.is_root()) std::puts("done");
  std::fflush(stdout);
  communicator.barrier();  // a rank that fails while it ends must not end the one that prints
  return 0;
}

}  // namespace
}  // namespace mazescan

int main(int argc, char** argv) {
  return mazescan::cluster::run_program("nccl_job", [&] {
    const mazescan::cluster::Communicator communicator(&argc, &argv);
    return mazescan::work(communicator, argc > 1 ? argv[1] : "");
  });
}
