// Prints hashes of the whole state of tiny trainings after two updates: one with every loss term in use, one
// whose activation function has state. They are the same on 1, 2 and 4 ranks.
#include <cstdio>

#include "cluster/collective.h"
#include "cluster/program.h"
#include "core/hash.h"
#include "tests/policy/keep_largest.h"
#include "tests/trainer/tiny_training.h"
#include "trainer/learner.h"

int main(int argc, char** argv) {
  using namespace mazescan;
  return cluster::run_program("learner_bits", [&] {
    const cluster::Communicator communicator(&argc, &argv);
    const auto collective = cluster::make_mpi_collective(communicator);
    trainer::TrainerConfig config = tiny_training();
    config.train.loss.coefficients["activation_l1"] =
        config.train.loss.coefficients["weight_l2"] = {0.01, 0.02};
    const KeepLargestInTable in_table;
    for (const char* activation : {"relu", "keep_largest"}) {
      config.network.activation = activation;
      trainer::Learner learner(config, communicator, *collective, trainer::local_environments(config));
      for (int update = 0; update < 2; ++update) learner.update();
      for (const auto& [name, bytes] : learner.state())
        std::printf("%s %s %s\n", hash_hex(bytes).c_str(), activation, name.c_str());
    }
    return 0;
  });
}
