// Untrusted safetensors: any bytes are either rejected with a UserError, or read as tensors, and possibly a
// policy, that are unchanged when they are written and read again.
#include <torch/types.h>

#include <cstdlib>

#include "core/error.h"
#include "policy/formats/safetensors.h"
#include "policy/policy_file.h"
#include "tests/fuzz/fuzz_target.h"

namespace mazescan {
namespace {

void must(bool ok) {
  if (!ok) std::abort();
}

void try_to_read(const std::string& bytes) {
  try {
    const formats::TensorFile file = formats::decode_safetensors(bytes, "input");
    size_t total = 0;
    for (const auto& [name, values] : file.tensors) total += values.nbytes();
    must(total <= bytes.size());
    const std::string again = formats::encode_safetensors(file);
    must(formats::encode_safetensors(formats::decode_safetensors(again, "again")) == again);
    const policy::Policy policy = policy::decode_policy(bytes, "input");
    const std::string written = policy::encode_policy(policy.network, policy.environment, policy.training);
    must(torch::equal(policy::decode_policy(written, "again").network.parameters(),
                      policy.network.parameters()));
  } catch (const UserError&) {
  }
}

}  // namespace
}  // namespace mazescan

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string input(reinterpret_cast<const char*>(data), size);
  mazescan::try_to_read(input);
  // Also try the input with the right header length: otherwise few mutations of the header pass that check.
  const size_t end = input.rfind("}}");
  if (end != std::string::npos && end >= sizeof(uint64_t)) {
    const uint64_t length = end + 2 - sizeof(uint64_t);
    input.replace(0, sizeof length, reinterpret_cast<const char*>(&length), sizeof length);
    mazescan::try_to_read(input);
  }
  return 0;
}

std::vector<std::string> fuzz_seeds() {
  using namespace mazescan;
  formats::TensorFile file;
  file.metadata = {{"format", "pt"}};
  file.tensors = {{"a", torch::ones({2, 3})},
                  {"b", torch::ones({4}, torch::kBool)},
                  {"c", torch::ones({2, 0, 3}, torch::kInt64)},
                  {"d", torch::tensor(3, torch::kInt16)}};
  const policy::Network network({{2}, 0, 2, "relu"}, {1, 3, 3, 1, 2});
  return {"", formats::encode_safetensors(file), policy::encode_policy(network, "world: 3\n", "{}")};
}
