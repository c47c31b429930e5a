// Prints hashes of the whole state of tiny trainings after two updates: with every loss term in use, with an
// activation function that has state, with each kind of advantages, with each kind of convolutions. They are the same on 1, 2 and 4 ranks.
#include <cstdio>

#include "cluster/collective.h"
#include "cluster/program.h"
#include "core/hash.h"
#include "policy/convolution.h"
#include "tests/policy/keep_largest.h"
#include "tests/trainer/tiny_training.h"
#include "trainer/learner.h"

int main(int argc, char** argv) {
  using namespace mazescan;
  return cluster::run_program("learner_bits", [&] {
    const cluster::Communicator communicator(&argc, &argv);
    const auto collective = cluster::make_mpi_collective(communicator);
    const auto print = [&](const char* title, trainer::TrainerConfig config) {
      config.train.loss.coefficients["activation_l1"] =
          config.train.loss.coefficients["weight_l2"] = {0.01, 0.02};
      trainer::Learner learner(config, communicator, *collective, trainer::local_environments(config));
      for (int update = 0; update < 2; ++update) learner.update();
      for (const auto& [name, bytes] : learner.state())
        std::printf("%s %s %s\n", hash_hex(bytes).c_str(), title, name.c_str());
    };
    print("sampled", tiny_training());
    const KeepLargestInTable in_table;
    trainer::TrainerConfig with_state = tiny_training();
    with_state.network.activation = "keep_largest";
    print("keep_largest", with_state);
    trainer::TrainerConfig exact = tiny_exact_training();
    print("exact", exact);
    exact.train.exact.backward = 0.3;
    print("backward", exact);
    exact.train.advantages = trainer::Advantages::clone;
    print("clone", exact);
    trainer::TrainerConfig with_kernels = tiny_exact_training();  // policy/kernels need 16 channels
    with_kernels.network.channels = {16, 32};
    print("kernels", with_kernels);
    if (policy::multiplies_bfloat16()) with_kernels.train.convolutions = trainer::Products::bfloat16;
    print("bfloat16", with_kernels);  // on processors without AMX the same as before
    return 0;
  });
}
