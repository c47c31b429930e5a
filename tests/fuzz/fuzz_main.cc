// Runs a fuzz target on its seeds and on ROUNDS random mutations of them. The mutations depend only on SEED.
//   fuzz ROUNDS [SEED]
//   fuzz FILE...            runs these inputs, e.g. crashes found by libFuzzer
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>

#include "core/random.h"
#include "tests/fuzz/fuzz_target.h"

namespace {

using mazescan::RandomStream;

std::string mutate(const std::vector<std::string>& seeds, RandomStream& random) {
  const auto below = [&random](size_t bound) { return random.below(static_cast<uint32_t>(bound)); };
  std::string bytes = seeds[below(seeds.size())];
  for (uint32_t edits = 1 + below(4); edits > 0; --edits) {
    const size_t at = bytes.empty() ? 0 : below(bytes.size());
    switch (below(8)) {
      case 0:
        bytes.resize(at);
        break;
      case 1:
        bytes.insert(at, 1 + below(8), static_cast<char>(random.next()));
        break;
      case 2:
        bytes.erase(at, 1 + below(8));
        break;
      case 3: {  // a piece of another seed
        const std::string& other = seeds[below(seeds.size())];
        const size_t from = other.empty() ? 0 : below(other.size());
        bytes.replace(at, below(64), other, from, below(64));
        break;
      }
      case 4: {  // an extreme number
        constexpr int32_t kNumbers[] = {-1,  0,   1,     2,      100,        101,
                                        102, 103, 32767, -32768, 2147483647, -2147483647 - 1};
        const int32_t number = kNumbers[below(std::size(kNumbers))];
        bytes.replace(at, sizeof number, reinterpret_cast<const char*>(&number), sizeof number);
        break;
      }
      case 5:
        if (!bytes.empty()) bytes[at] = "#. mc*\n\r"[below(8)];
        break;
      default:
        if (!bytes.empty()) bytes[at] = static_cast<char>(bytes[at] ^ (1U << below(8)));
    }
  }
  return bytes;
}

void run(const std::string& bytes) {
  LLVMFuzzerTestOneInput(reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size());
}

}  // namespace

int main(int argc, char** argv) {
  char* end = nullptr;
  const long rounds = argc > 1 ? std::strtol(argv[1], &end, 10) : 0;
  if (argc > 1 && *end != '\0') {
    for (int i = 1; i < argc; ++i) {
      std::ifstream file(argv[i], std::ios::binary);
      run({std::istreambuf_iterator<char>(file), {}});
    }
    return 0;
  }
  const auto seeds = fuzz_seeds();
  for (const auto& seed : seeds) run(seed);
  RandomStream random(argc > 2 ? std::strtoull(argv[2], nullptr, 10) : 1, "fuzz");
  for (long i = 0; i < rounds; ++i) run(mutate(seeds, random));
  std::printf("%zu seeds and %ld mutations passed\n", seeds.size(), rounds);
}
