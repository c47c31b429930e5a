#pragma once
#include <zlib.h>

#include <filesystem>
#include <string>
#include <vector>

#include "core/random.h"
#include "envs/batch.h"
#include "envs/frame/frame.h"
#include "envs/maze/maze_config.h"
#include "envs/task_environment.h"
#include "evaluator/parity/check.h"
#include "storage/hdf5/hdf5.h"

// Makes small recordings in the layout of the original programs' recordings, but played by our own
// environment.
namespace mazescan {

// Modifies the values of a dataset just before they are written: dataset path, values. Empty: no change.
struct Spoil {
  std::string dataset;
  size_t index = 0;
};

class SampleRecordings {
 public:
  SampleRecordings(std::filesystem::path folder, Spoil spoil = {})
      : folder_(std::move(folder)), spoil_(std::move(spoil)) {}

  void write_levels() const {
    hdf5::H5File file = hdf5::H5File::create(folder_ / "levels.h5");
    write_level_group(file, "/maze/easy", {"maze", 0, 0});
    write_level_group(file, "/maze_aisc/rand_region_05/hard", {"maze_aisc", 1, 5});
    file.close();
  }
  void write_rollouts() const {
    hdf5::H5File file = hdf5::H5File::create(folder_ / "rollouts.h5");
    write_rollout(file, "/r000", {"maze", 0, 0}, 300, 2);
    write_rollout(file, "/r001", {"maze_aisc", 10, 31}, 40, 1);
    file.close();
  }
  void write_frames() const {
    hdf5::H5File file = hdf5::H5File::create(folder_ / "frames.h5");
    write_frame_group(file, "/maze_easy", {"maze", 0, 0});
    file.close();
  }

 private:
  struct Options {
    const char* game;
    int mode;  // procgen's distribution_mode
    int region;
    int world() const { return mode == 0 ? 15 : mode == 10 ? 31 : 25; }
    std::shared_ptr<const frame::FrameRenderer> renderer() const {
      frame::FrameOptions options;
      options.world_dim = world();
      options.view = mode == 10 ? frame::View::mouse : frame::View::world;
      return frame::frame_renderer(options);
    }
    envs::EnvironmentConfig config() const {
      envs::EnvironmentConfig config(game);
      config.own<maze::MazeConfig>().world_dim = world();
      config.own<maze::MazeConfig>().region = region;
      return config;
    }
  };

  template <class T>
  void write(hdf5::H5File& file, const std::string& name, std::vector<T> values,
             const std::vector<int64_t>& shape) const {
    if (name == spoil_.dataset) values.at(spoil_.index) = static_cast<T>(values.at(spoil_.index) + 1);
    std::vector<hdf5::H5Axis> axes;
    for (size_t i = 0; i < shape.size(); ++i) axes.push_back({"axis" + std::to_string(i), shape[i]});
    file.write(name, values, axes);
  }
  static void write_options(hdf5::H5File& file, const std::string& group, const Options& options) {
    file.set_attribute(group, "env_name", options.game);
    file.set_attribute(group, "distribution_mode_int", int64_t{options.mode});
    file.set_attribute(group, "use_backgrounds", int64_t{1});
    file.set_attribute(group, "use_monochrome_assets", int64_t{0});
    file.set_attribute(group, "use_generated_assets", int64_t{0});
    if (options.region > 0) file.set_attribute(group, "rand_region", int64_t{options.region});
  }
  // Write procgen's grid: 100 is free, 51 wall, 2 cheese.
  static void add_grid(const envs::MazeLevel& level, std::vector<uint8_t>& grid) {
    for (int y = 0; y < level.world_dim; ++y)
      for (int x = 0; x < level.world_dim; ++x) {
        const envs::Cell cell{static_cast<int16_t>(x - level.origin.x),
                              static_cast<int16_t>(y - level.origin.y)};
        grid.push_back(!level.is_open(cell) ? 51 : cell == level.cheese ? 2 : 100);
      }
  }

  void write_level_group(hdf5::H5File& file, const std::string& group, const Options& options) const {
    constexpr int kLevels = 12;
    std::vector<int32_t> seeds, sizes, worlds, mice, cheeses, backgrounds;
    std::vector<uint32_t> next;
    std::vector<uint8_t> grid;
    envs::Mt19937 rng(0);
    envs::MazeLevel level;
    for (int32_t seed = -3; seed < kLevels - 3; ++seed) {
      maze::generate_level(maze::level_options(options.config().own<maze::MazeConfig>()), seed, 0, rng,
                           level);
      seeds.push_back(seed);
      sizes.push_back(level.size);
      worlds.push_back(level.world_dim);
      backgrounds.push_back(level.background);
      mice.insert(mice.end(), {level.origin.x, level.origin.y});
      cheeses.insert(cheeses.end(), {level.origin.x + level.cheese.x, level.origin.y + level.cheese.y});
      next.push_back(rng.next());
      add_grid(level, grid);
    }
    const int64_t world = options.world();
    write(file, group + "/level_seed", seeds, {kLevels});
    write(file, group + "/maze_dim", sizes, {kLevels});
    write(file, group + "/world_dim", worlds, {kLevels});
    write(file, group + "/background_index", backgrounds, {kLevels});
    write(file, group + "/agent_cell", mice, {kLevels, 2});
    write(file, group + "/cheese_cell", cheeses, {kLevels, 2});
    write(file, group + "/next_rng", next, {kLevels});
    write(file, group + "/grid", grid, {kLevels, world, world});
    write_options(file, group, options);
  }

  void write_rollout(hdf5::H5File& file, const std::string& group, const Options& options, int steps,
                     int count) const {
    envs::EnvironmentConfig config = options.config();
    config.levels = 20;
    config.sequential = true;
    envs::Batch batch(config, 9, 0, count, 1);
    std::vector<int32_t> actions, previous_seeds, seeds, cells, previous(count);
    std::vector<float> rewards, reward(count);
    std::vector<uint8_t> firsts, completes, terminated(count, 1), truncated(count), complete(count);
    std::vector<uint32_t> checksums;
    std::vector<uint8_t> frame(frame::kFrameBytes);
    const auto renderer = options.renderer();
    RandomStream random(1, "actions");
    for (int t = 0; t <= steps; ++t) {
      for (int i = 0; i < count; ++i) {
        const envs::MazeState& state =
            dynamic_cast<const envs::TaskEnvironment&>(batch.environment(i)).state();
        rewards.push_back(reward[i]);
        firsts.push_back(terminated[i] | truncated[i]);
        previous_seeds.push_back(previous[i]);
        completes.push_back(complete[i]);
        seeds.push_back(state.level->seed);
        cells.insert(cells.end(),
                     {state.level->origin.x + state.mouse.x, state.level->origin.y + state.mouse.y});
        renderer->render(state, frame.data());
        checksums.push_back(static_cast<uint32_t>(crc32(0, frame.data(), static_cast<uInt>(frame.size()))));
      }
      if (t == steps) break;
      std::vector<int32_t> chosen(count);
      for (auto& action : chosen) action = static_cast<int32_t>(random.below(16)) - 1;
      actions.insert(actions.end(), chosen.begin(), chosen.end());
      previous = batch.level_seeds();
      std::fill(complete.begin(), complete.end(), uint8_t{0});
      batch.step(chosen.data(), reward.data(), terminated.data(), truncated.data(), nullptr);
      for (const envs::Finished& finished : batch.finished())
        complete[finished.index] = finished.episode.success;
    }
    write(file, group + "/action", actions, {steps, count});
    write(file, group + "/reward", rewards, {steps + 1, count});
    write(file, group + "/first", firsts, {steps + 1, count});
    write(file, group + "/prev_level_seed", previous_seeds, {steps + 1, count});
    write(file, group + "/prev_level_complete", completes, {steps + 1, count});
    write(file, group + "/level_seed", seeds, {steps + 1, count});
    write(file, group + "/agent_cell", cells, {steps + 1, count, 2});
    write(file, group + "/frame_crc32", checksums, {steps + 1, count});
    write_options(file, group, options);
    file.set_attribute(group, "num_levels", int64_t{20});
    file.set_attribute(group, "start_level", int64_t{0});
    file.set_attribute(group, "use_sequential_levels", int64_t{1});
    file.set_attribute(group, "rand_seed", int64_t{9});
  }

  void write_frame_group(hdf5::H5File& file, const std::string& group, const Options& options) const {
    constexpr int kLevels = 3, kSteps = 7;
    std::vector<int32_t> actions, cells, seeds, sizes, backgrounds;
    std::vector<float> rewards;
    std::vector<uint8_t> firsts, mirrored, grid, frames(size_t{kLevels} * (kSteps + 1) * frame::kFrameBytes);
    const auto renderer = options.renderer();
    RandomStream random(2, "actions");
    for (int n = 0; n < kLevels; ++n) {
      envs::EnvironmentConfig config = options.config();
      config.levels = 1;
      config.start_level = 50 + n;
      envs::TaskEnvironment environment(config, 0);
      environment.reset();
      envs::StepResult result;
      for (int t = 0; t <= kSteps; ++t) {
        const envs::MazeState& state = environment.state();
        if (t == 0) {
          seeds.push_back(state.level->seed);
          sizes.push_back(state.level->size);
          backgrounds.push_back(state.level->background);
          add_grid(*state.level, grid);
        }
        rewards.push_back(result.reward);
        firsts.push_back(t == 0 || result.terminated || result.truncated);
        mirrored.push_back(state.facing_right);
        cells.insert(cells.end(),
                     {state.level->origin.x + state.mouse.x, state.level->origin.y + state.mouse.y});
        renderer->render(state, &frames[(size_t(n) * (kSteps + 1) + t) * frame::kFrameBytes]);
        if (t == kSteps) break;
        actions.push_back(t == 4 ? -1 : static_cast<int32_t>(random.below(15)));
        result = environment.step(actions.back());
        if (result.level_over) environment.reset();
      }
    }
    const int64_t world = options.world();
    write(file, group + "/actions", actions, {kLevels, kSteps});
    write(file, group + "/reward", rewards, {kLevels, kSteps + 1});
    write(file, group + "/first", firsts, {kLevels, kSteps + 1});
    write(file, group + "/agent_reflected", mirrored, {kLevels, kSteps + 1});
    write(file, group + "/agent_cell", cells, {kLevels, kSteps + 1, 2});
    write(file, group + "/level_seed", seeds, {kLevels});
    write(file, group + "/maze_dim", sizes, {kLevels});
    write(file, group + "/background_index", backgrounds, {kLevels});
    write(file, group + "/reset_grid", grid, {kLevels, world, world});
    write(file, group + "/frames", frames, {kLevels, kSteps + 1, 64, 64, 3});
    write_options(file, group, options);
  }

  const std::filesystem::path folder_;
  const Spoil spoil_;
};

}  // namespace mazescan
