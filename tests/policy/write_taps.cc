// Writes every tap of a policy, for tests/python/torch_test.py to compare with another implementation.
//   write_taps POLICY OBSERVATIONS OUT    all safetensors; observations: [N, C, H, W] uint8, of that name
#include <torch/types.h>
#include <torch/utils.h>

#include <cstdio>
#include <exception>

#include "policy/formats/safetensors.h"
#include "policy/policy_file.h"
#include "policy/threads.h"
#include "storage/atomic_file.h"

int main(int argc, char** argv) {
  using namespace mazescan;
  if (argc != 4) {
    std::fprintf(stderr, "usage: %s POLICY OBSERVATIONS OUT\n", argv[0]);
    return 2;
  }
  try {
    policy::use_one_compute_thread();
    const torch::NoGradGuard no_grad;
    const policy::Policy policy = policy::decode_policy(storage::read_file(argv[1]), argv[1]);
    const formats::TensorFile given = formats::decode_safetensors(storage::read_file(argv[2]), argv[2]);
    formats::TensorFile out;
    policy.network.forward(given.tensors.at("observations"),
                           [&](const std::string& tap, torch::Tensor output) {
                             out.tensors[tap] = output.contiguous();
                             return output;
                           });
    storage::write_atomically(argv[3], formats::encode_safetensors(out));
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
}
