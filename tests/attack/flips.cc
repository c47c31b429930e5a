// Flips single bits in the files of a run, of every kind in turn, and verifies them. Each flip must be noticed, within
// ten seconds and without a crash.
//   flip_attack RUN FLIPS [SEED]
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "core/error.h"
#include "core/random.h"
#include "datasets/verify.h"
#include "storage/atomic_file.h"
#include "storage/checkpoint.h"

namespace mazescan {
namespace {

namespace fs = std::filesystem;

// Files of one kind. `notices` returns whether the damage of one of them is noticed, and named.
struct Kind {
  std::vector<fs::path> files;
  std::function<bool(const fs::path& file)> notices;
  int64_t flips = 0, noticed = 0;
};

bool is_noticed_by_verify(const fs::path& folder, const fs::path& file) {
  const std::string name = file.lexically_relative(folder).string();
  try {
    for (const std::string& fault : datasets::verify_dataset(folder).faults)
      if (fault.rfind(name + ": ", 0) == 0) return true;
  } catch (const UserError& error) {
    return std::string(error.what()).find(name) != std::string::npos;
  }
  return false;
}

bool is_noticed_by_checkpoint(const fs::path& file) {
  try {
    storage::load_checkpoint(file.parent_path());
  } catch (const UserError& error) {
    return std::string(error.what()).find(file.filename().string()) != std::string::npos;
  }
  return false;
}

void add_dataset(const fs::path& folder, std::map<std::string, Kind>& kinds) {
  const std::string job = folder.filename().string();
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    const std::string name = entry.path().filename().string(), extension = entry.path().extension().string();
    if (!entry.is_regular_file() || extension == ".lock") continue;
    const bool is_shard = entry.path().parent_path() != folder;
    Kind& kind = kinds[job + ": " + (is_shard ? "shards" : name)];
    kind.files.push_back(entry.path());
    kind.notices = [folder](const fs::path& file) { return is_noticed_by_verify(folder, file); };
  }
}

std::map<std::string, Kind> kinds_of(const fs::path& run) {
  std::map<std::string, Kind> kinds;
  for (const auto& entry : fs::directory_iterator(run))
    if (fs::exists(entry.path() / "manifest.json")) add_dataset(entry.path(), kinds);
  for (const fs::path& folder : storage::checkpoint_folders(run / "checkpoints"))
    for (const auto& entry : fs::directory_iterator(folder)) {
      const bool is_manifest = entry.path().filename() == "manifest.json";
      Kind& kind = kinds[is_manifest ? "checkpoints: manifest.json" : "checkpoints: blobs"];
      kind.files.push_back(entry.path());
      kind.notices = is_noticed_by_checkpoint;
    }
  for (auto& [name, kind] : kinds) std::sort(kind.files.begin(), kind.files.end());
  return kinds;
}

std::string current;  // the flip that is being tried

void on_crash(int signal) {
  std::printf("signal %d at %s\n", signal, current.c_str());
  std::fflush(stdout);
  _exit(1);
}

int attack(const fs::path& run, int64_t flips, uint64_t seed) {
  std::map<std::string, Kind> kinds = kinds_of(run);
  expect(!kinds.empty(), "a run with files");
  RandomStream random(seed, "flips");
  int failed = 0;
  auto next = kinds.begin();
  for (int64_t i = 0; i < flips; ++i, ++next) {
    if (next == kinds.end()) next = kinds.begin();
    Kind& kind = next->second;
    const fs::path& file = kind.files[random.below(static_cast<uint32_t>(kind.files.size()))];
    const std::string bytes = storage::read_file(file);
    if (bytes.empty()) continue;  // of a checkpoint
    std::string flipped = bytes;
    const size_t at = random.below(static_cast<uint32_t>(bytes.size()));
    const uint32_t bit = random.below(8);
    flipped[at] = static_cast<char>(flipped[at] ^ (1U << bit));
    current = file.string() + ", byte " + std::to_string(at) + ", bit " + std::to_string(bit);
    storage::write_atomically(file, flipped);
    alarm(10);
    const bool noticed = kind.notices(file);
    alarm(0);
    storage::write_atomically(file, bytes);
    ++kind.flips;
    kind.noticed += noticed ? 1 : 0;
    if (noticed) continue;
    std::printf("not noticed: %s\n", current.c_str());
    failed = 1;
  }
  for (const auto& [name, kind] : kinds)
    std::printf("%-28s %8ld flips, %8ld noticed\n", name.c_str(), static_cast<long>(kind.flips),
                static_cast<long>(kind.noticed));
  return failed;
}

}  // namespace
}  // namespace mazescan

int main(int argc, char** argv) {
  if (argc < 3) return 2;
  for (const int signal : {SIGSEGV, SIGBUS, SIGABRT, SIGFPE, SIGILL, SIGALRM})
    std::signal(signal, mazescan::on_crash);
  if (std::freopen("/dev/null", "w", stderr) == nullptr) return 2;  // progress and warnings
  return mazescan::attack(argv[1], std::atoll(argv[2]), argc > 3 ? std::strtoull(argv[3], nullptr, 10) : 1);
}
