// Untrusted files of torch.save: any bytes are either rejected with a UserError, or read as weights that take
// at most twice the file's size, and as a policy that is unchanged when it is written and read again.
#include <torch/types.h>

#include <cstdlib>

#include "core/error.h"
#include "policy/formats/pickle_words.h"
#include "policy/formats/zip.h"
#include "policy/policy_file.h"
#include "tests/fuzz/fuzz_target.h"

namespace mazescan {
namespace {

const policy::NetworkInterface kInterface{2, 4, 3, 1, 2};

void must(bool ok) {
  if (!ok) std::abort();
}

policy::Network sample_network() {
  policy::Network network({{2, 1}, 1, 2, "relu"}, kInterface);
  RandomStream random(1, "weights");
  network.initialise(random);
  return network;
}

std::string sample_file() {
  return encode_pth(sample_network().tensors(), {});
}

// Returns the pickle with its weights under the other accepted key.
std::string with_other_key(std::string pickle) {
  const std::string key = formats::pickled_text("model_state_dict");
  return pickle.replace(pickle.find(key), key.size(), formats::pickled_text("state_dict"));
}

constexpr const char* kPickle = "archive/data.pkl";

// Returns the sample file with another pickle: mutations of the file itself rarely pass the zip's checksums.
std::string with_pickle(std::string_view pickle) {
  static const std::string sample = sample_file();
  static const auto records = formats::read_zip(sample, "sample");
  std::vector<std::pair<std::string, std::string_view>> changed(records.begin(), records.end());
  for (auto& [name, content] : changed)
    if (name == kPickle) content = pickle;
  return formats::write_zip(changed);
}

void try_to_read(std::string_view bytes) {
  try {
    const formats::PthFile file = formats::decode_pth(bytes, "input");
    size_t total = 0;
    for (const auto& [name, values] : file.weights) total += values.nbytes();
    must(total <= 2 * bytes.size());
    const policy::Policy policy = policy::import_pth(file, kInterface, "world: 9\n", "{}", "input");
    const std::string again = encode_pth(policy);
    const formats::PthFile back = formats::decode_pth(again, "again");
    must(policy::import_pth(back, kInterface, "world: 9\n", "{}", "again").hash == policy.hash);
  } catch (const UserError&) {
  }
}

}  // namespace
}  // namespace mazescan

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  mazescan::try_to_read(input);
  mazescan::try_to_read(mazescan::with_pickle(input));
  return 0;
}

std::vector<std::string> fuzz_seeds() {
  const std::string sample = mazescan::sample_file();
  const std::string pickle(mazescan::formats::read_zip(sample, "sample").at(mazescan::kPickle));
  // A pickle of a single weight, so that more mutations hit its sizes, strides and offset.
  const std::string one = "\x80\x02}" + mazescan::formats::pickled_text("w") +
                          mazescan::formats::pickled_tensor("0", {2, 18}) + "s.";
  return {"", sample, pickle, mazescan::with_other_key(pickle), one, one};
}
