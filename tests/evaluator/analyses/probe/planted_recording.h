#pragma once
#include <torch/types.h>
#include <torch/utils.h>

#include <filesystem>
#include <string>
#include <vector>

#include "datasets/work_unit.h"
#include "envs/maze/maze_config.h"
#include "envs/maze/planes.h"
#include "evaluator/analyses/probe/config.h"
#include "evaluator/jobs/run_config.h"
#include "evaluator/policies/trained_policy.h"
#include "evaluator/record/config.h"
#include "evaluator/record/record_unit.h"
#include "evaluator/registry/registry.h"
#include "evaluator/rollout/activations.h"
#include "storage/atomic_file.h"
#include "storage/manifest.h"
#include "storage/seal.h"

namespace mazescan {

// Names channels of the planted policy's first layer.
inline constexpr int kPlantedMouse = 0, kPlantedWalls = 1, kPlantedCheese = 2;

// Returns a policy for a world of 7 x 7 cells. Its embedder.block1.conv copies the planes of the observation
// into known channels; its embedder.fc is all zeros.
inline policies::TrainedPolicy planted_policy(float strength = 1) {
  envs::EnvironmentConfig environment;
  environment.own<maze::MazeConfig>().world_dim = 7;
  environment.own<maze::MazeConfig>().region = 1;
  environment.own<maze::MazeConfig>().anchor = maze::Anchor::bottom_left;
  environment.actions = envs::ActionSet::moves;
  environment.time_limit = 30;
  policy::NetworkConfig config;
  config.channels = {6};
  config.residual_blocks = 0;
  config.fc = 8;
  policy::Network network(config, {maze::kPlanes, 7, 7, 1, envs::kMoves});
  torch::NoGradGuard no_grad;
  network.parameters().zero_();
  torch::Tensor kernel = network.parameter(0);  // out in 3 3
  constexpr int kPlaneOf[] = {1, 0, 2};         // the plane that each channel copies
  for (int channel = 0; channel < 3; ++channel)
    kernel.index_put_({channel, kPlaneOf[channel], 1, 1}, strength);
  return {policy::decode_policy(policy::encode_policy(network, dump_config(environment), "{}"), "planted"),
          environment};
}

inline jobs::RunConfig planted_recording_config(int levels) {
  jobs::RunConfig config = registry::default_config();
  config.section<record::RecordConfig>().sizes = {3, 5, 7};
  config.section<record::RecordConfig>().placements = {"uniform"};
  config.section<record::RecordConfig>().levels = levels;
  config.section<record::RecordConfig>().chunk = levels / 2;
  config.section<record::RecordConfig>().sampling = "every_cell";
  config.section<record::RecordConfig>().max_states_per_level = 2;
  config.section<record::RecordConfig>().layers = {"embedder.block1.conv", "embedder.block1.maxpool",
                                                   "embedder.fc"};
  config.section<probe::ProbeConfig>().pairs = 0;
  config.section<probe::ProbeConfig>().device = "cpu";
  return config;
}

// Records a dataset as the job does, but without MPI.
inline void record_planted(const std::filesystem::path& folder, const jobs::RunConfig& config,
                           const policies::TrainedPolicy& trained) {
  std::filesystem::create_directories(folder / "shards");
  const auto taps =
      rollout::taps_named(trained.policy.network, config.section<record::RecordConfig>().layers);
  storage::Manifest manifest{"mazescan-record", 1, {{"policy_hash", trained.policy.hash}}, {}};
  for (const datasets::WorkUnit& unit : jobs::work_units(config.section<record::RecordConfig>())) {
    record::UnitSamples samples = record::sample_unit(config, trained, unit, "key");
    const std::string name = "shards/" + unit.file_name();
    datasets::ActivationShardWriter shard(folder / name, samples.unit, samples.count(), taps,
                                          {"float16", "none"});
    record::record_samples(trained, samples, taps, [&](const record::Piece& piece) {
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
                              storage::hash_file(folder / name)});
  }
  manifest.attributes["units"] = manifest.files.size();
  storage::write_manifest(folder / "manifest.json", manifest);
}

}  // namespace mazescan
