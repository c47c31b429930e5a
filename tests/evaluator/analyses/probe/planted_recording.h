#pragma once
#include <torch/torch.h>

#include <filesystem>
#include <string>
#include <vector>

#include "datasets/work_unit.h"
#include "envs/maze/maze_config.h"
#include "evaluator/analyses/probe/config.h"
#include "evaluator/jobs/run_config.h"
#include "evaluator/policies/trained_policy.h"
#include "evaluator/record/config.h"
#include "evaluator/record/record_unit.h"
#include "evaluator/registry/registry.h"
#include "storage/atomic_file.h"
#include "storage/manifest.h"

namespace mazescan {

// Channels of the planted policy's first layer.
inline constexpr int kPlantedMouse = 0, kPlantedWalls = 1, kPlantedCheese = 2;

// A policy of a world of 7 x 7 cells whose embedder.block1.conv copies the planes of its observation into
// known channels, and whose embedder.fc holds nothing but zeros.
inline TrainedPolicy planted_policy(float strength = 1) {
  EnvironmentConfig environment;
  environment.own<MazeConfig>().world_dim = 7;
  environment.own<MazeConfig>().region = 1;
  environment.own<MazeConfig>().anchor = Anchor::bottom_left;
  environment.actions = ActionSet::moves;
  environment.time_limit = 30;
  NetworkConfig config;
  config.channels = {6};
  config.residual_blocks = 0;
  config.fc = 8;
  Network network(config, {kPlanes, 7, 7, 1, kMoves});
  torch::NoGradGuard no_grad;
  network.parameters().zero_();
  torch::Tensor kernel = network.parameter(0);  // out in 3 3
  constexpr int kPlaneOf[] = {1, 0, 2};         // the plane that a channel copies
  for (int channel = 0; channel < 3; ++channel)
    kernel.index_put_({channel, kPlaneOf[channel], 1, 1}, strength);
  return {decode_policy(encode_policy(network, dump_config(environment), "{}"), "planted"), environment};
}

inline RunConfig planted_recording_config(int levels) {
  RunConfig config = default_config();
  config.section<RecordConfig>().sizes = {3, 5, 7};
  config.section<RecordConfig>().placements = {"uniform"};
  config.section<RecordConfig>().levels = levels;
  config.section<RecordConfig>().chunk = levels / 2;
  config.section<RecordConfig>().sampling = "every_cell";
  config.section<RecordConfig>().max_states_per_level = 2;
  config.section<RecordConfig>().layers = {"embedder.block1.conv", "embedder.block1.maxpool", "embedder.fc"};
  config.section<ProbeConfig>().pairs = 0;
  config.section<ProbeConfig>().device = "cpu";
  return config;
}

// Records as the job does, without ranks.
inline void record_planted(const std::filesystem::path& folder, const RunConfig& config,
                           const TrainedPolicy& trained) {
  std::filesystem::create_directories(folder / "shards");
  const auto taps = recorded_taps(trained.policy.network, config.section<RecordConfig>().layers);
  Manifest manifest{"mazescan-record", 1, {{"policy_hash", trained.policy.hash}}, {}};
  for (const WorkUnit& unit : work_units(config.section<RecordConfig>())) {
    UnitSamples samples = sample_unit(config, trained, unit, "key");
    const std::string name = "shards/" + unit.file_name();
    ActivationShardWriter shard(folder / name, samples.unit, samples.count(), taps, {"float16", "none"});
    record_samples(trained, samples, taps, [&](const Piece& piece) {
      for (size_t tap = 0; tap < piece.size(); ++tap) {
        const torch::Tensor plain = piece[tap].contiguous();
        shard.append(tap, plain.data_ptr<float>(), plain.size(0));
      }
    });
    const std::string hash = shard.finish(samples.table, samples.keys, "{}");
    manifest.files.push_back({name,
                              hash,
                              std::filesystem::file_size(folder / name),
                              {{"size", unit.size}, {"placement", unit.subject}, {"chunk", unit.chunk}},
                              ""});
  }
  manifest.attributes["units"] = manifest.files.size();
  write_manifest(folder / "manifest.json", manifest);
}

}  // namespace mazescan
