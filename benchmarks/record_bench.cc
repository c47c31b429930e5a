// Measures how fast activations are recorded (float16, MB/s uncompressed), and its two bounds: the write rate
// of the disk, and the rate of the forward passes.
//   record_bench CONFIG FOLDER [LEVELS]     prints rows {name, value, unit} as JSON
// Records all layers of CONFIG's network, untrained, on every cell of its largest maze.
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <nlohmann/json.hpp>
#include <vector>

#include "cluster/program.h"
#include "core/log.h"
#include "core/stopwatch.h"
#include "datasets/work_unit.h"
#include "envs/maze/maze_config.h"
#include "evaluator/policies/expected_policy.h"
#include "evaluator/record/config.h"
#include "evaluator/record/record.h"
#include "evaluator/record/record_unit.h"
#include "evaluator/registry/registry.h"
#include "evaluator/rollout/activations.h"
#include "policy/threads.h"
#include "storage/atomic_file.h"

namespace fs = std::filesystem;
using namespace mazescan;

namespace {

double seconds_of(const std::function<void()>& act) {
  const Stopwatch stopwatch;
  act();
  return stopwatch.seconds();
}

// Measures the seconds to write `bytes` to the disk in `files` files of equal size.
double plain_write(const fs::path& folder, double bytes, int files) {
  const std::vector<char> piece(8 << 20, 'x');
  return seconds_of([&] {
    for (int f = 0; f < files; ++f) {
      const fs::path path = folder / "plain";
      const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0666);
      for (double left = bytes / files; left > 0; left -= static_cast<double>(piece.size()))
        require(::write(file, piece.data(), std::min(piece.size(), static_cast<size_t>(left))) >= 0,
                path.string(), "cannot be written", "a folder with room");
      ::fsync(file);
      ::close(file);
      fs::remove(path);
    }
  });
}

int run(int argc, char** argv) {
  require(argc >= 3, "arguments are missing", "the benchmark has two", "record_bench CONFIG FOLDER [LEVELS]");
  const cluster::Communicator communicator(&argc, &argv);
  start_log(communicator.rank());
  policy::use_one_compute_thread();
  const std::string path = argv[1];
  const fs::path folder = argv[2];
  auto config = registry::load_run_config(path);
  policies::TrainedPolicy trained = policies::expected_policy("", config.source).trained;
  storage::write_atomically(
      folder / "policy.safetensors",
      policy::encode_policy(trained.policy.network, dump_config(trained.environment), "{}"));

  record::RecordConfig& record_config = config.section<record::RecordConfig>();
  record_config.policy = (folder / "policy.safetensors").string();
  record_config.sizes = {trained.environment.own<maze::MazeConfig>().world_dim / 2 * 2 + 1};
  record_config.placements = {"uniform"};
  record_config.sampling = "every_cell";
  record_config.max_states_per_level = 0;
  record_config.compression = "none";
  record_config.device = "cpu";
  record_config.chunk = 64;
  record_config.levels = argc > 3 ? std::atoi(argv[3]) : 768;
  record_config.layers.clear();
  for (const auto& tap : trained.policy.network.layers()) record_config.layers.push_back(tap.name);
  const std::vector<datasets::TapShape> taps =
      rollout::taps_named(trained.policy.network, record_config.layers);
  const std::vector<datasets::WorkUnit> units = jobs::work_units(record_config);
  double sample_bytes = 0;
  for (const datasets::TapShape& tap : taps) {
    double values = 2;
    for (const int64_t length : tap.shape) values *= static_cast<double>(length);
    sample_bytes += values;
  }

  double samples = 0;
  const double forward = seconds_of([&] {
    for (const datasets::WorkUnit& unit : units) {
      record::UnitSamples of_unit = record::sample_unit(config, trained, unit, "");
      samples += static_cast<double>(of_unit.count());
      record::record_samples(trained, of_unit, taps, [](const record::Piece&) {});
    }
  });
  const double bytes = samples * sample_bytes;
  const double disk = plain_write(folder, bytes, static_cast<int>(units.size()));
  const auto recording = [&](const char* compression) {
    record_config.compression = compression;
    record_config.folder = (folder / compression).string();
    const double seconds = seconds_of([&] { record::record_shards(config, communicator); });
    fs::remove_all(record_config.folder);
    return seconds;
  };
  const double plain = recording("none"), gzip = recording("gzip");
  const auto row = [](const char* name, double value, const char* unit) {
    return nlohmann::json{{"name", name}, {"value", value}, {"unit", unit}};
  };
  const nlohmann::json rows = {
      row("record/rate", bytes / plain / 1e6, "MB/s"),
      row("record/disk", bytes / disk / 1e6, "MB/s"),
      row("record/forward", bytes / forward / 1e6, "MB/s"),
      row("record/share", std::max(disk, forward) / plain, "share"),  // share of the slower bound
      row("record/gzip", bytes / gzip / 1e6, "MB/s"),
  };
  std::puts(rows.dump(1).c_str());
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  return cluster::run_program("record_bench", [&] { return run(argc, argv); });
}
