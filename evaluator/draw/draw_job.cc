#include "evaluator/draw/draw_job.h"

#include <fmt/format.h>

#include <filesystem>

#include "envs/maze/maze_config.h"
#include "envs/maze/maze_text.h"
#include "envs/maze/placement.h"
#include "envs/maze_state.h"
#include "envs/paths.h"
#include "evaluator/draw/pictures/maze_pictures.h"
#include "evaluator/policies/trained_policy.h"
#include "evaluator/rollout/rollouts.h"
#include "storage/atomic_file.h"

namespace fs = std::filesystem;

namespace mazescan {

namespace {

void check(const DrawJob& job) {
  const bool of_policy = job.show == "path" || job.show == "field";
  require(!of_policy || !job.policy.empty(), "--show without --policy",
          "paths and fields are those of a policy", "--policy runs/quickstart/policy.safetensors");
  require(of_policy || job.policy.empty(), fmt::format("--policy with --show {}", job.show),
          "a maze alone needs no policy", "--show path or --show field");
  require(job.assets.empty() || job.show != "maze", "--assets with --show maze",
          "textures are for frames, and for policies that see them", "--show frame, path or field");
  require(job.text.empty() || (job.size == 0 && job.placement.empty() && !job.game && !job.region),
          "--text with --size, --placement, --game or --region", "the drawing says it all",
          "one or the other");
  require(job.level >= INT32_MIN && job.level <= INT32_MAX, fmt::format("--level {}", job.level),
          "level seeds are 32-bit numbers", fmt::format("{} to {}", INT32_MIN, INT32_MAX));
}

EditableMaze maze_of(const DrawJob& job, const MazeConfig& maze) {
  const LevelOptions options = level_options(maze);
  if (!job.text.empty())
    return maze_from_text(read_file(job.text), job.text, job.policy.empty() ? 0 : options.world_dim,
                          options.anchor);
  const auto seed = static_cast<int32_t>(job.level);
  MazeLevel level = job.size == 0 ? generate_level(options, seed) : generate_level(options, seed, job.size);
  if (!job.placement.empty()) {
    require_placement(job.placement, "--placement");
    RandomStream random(static_cast<uint64_t>(job.seed), "placement/" + job.placement,
                        static_cast<uint64_t>(level.seed));
    level.cheese = place_cheese(level, job.placement, options.region, random);
    require(level.cheese != kNoCell, fmt::format("--placement {}", job.placement),
            fmt::format("level {} of size {} has no free cell for it", seed, level.size),
            "another placement, size or level");
  }
  return EditableMaze(level);
}

std::string title_of(const DrawJob& job, const MazeState& state) {
  return fmt::format(
      "{}, size {}, {}",
      job.text.empty() ? fmt::format("level {}", job.level) : fs::path(job.text).filename().string(),
      state.level->size,
      state.cheese == kNoCell ? "no cheese"
                              : fmt::format("cheese at ({}, {})", state.cheese.x, state.cheese.y));
}

std::string subtitle_of(const DrawJob& job, const MazeConfig& maze) {
  if (!job.text.empty()) return "";
  std::string text = maze.game == Game::maze ? "maze" : "maze_aisc";
  if (!job.placement.empty())
    text += ", placement " + job.placement;
  else if (maze.game == Game::maze_aisc)
    text += fmt::format(", region {}", maze.region);
  return text + fmt::format(", world {}", maze.world_dim);
}

Canvas draw_world_frame(const DrawJob& job, const MazeConfig& maze, const MazeState& state) {
  FrameOptions options;
  options.world_dim = state.level->world_dim;
  if (!job.assets.empty()) options.theme = ThemeName::procgen;
  options.assets = job.assets;
  return draw_frame(state, *frame_renderer(options), {title_of(job, state), subtitle_of(job, maze)},
                    job.pixels);
}

Canvas draw_policy_path(const DrawJob& job, const ScannedPolicy& scanned, const MazeState& start) {
  const NetworkAgent agent(scanned.policy.network, scanned.environment);
  PolicyTable table(agent, {start});
  const Rollouts played =
      roll_out(table, *make_task(scanned.environment), job.greedy ? Sampler::kGreedy : Sampler::kSampled,
               job.limit > 0 ? job.limit : time_limit(scanned.environment, start.level->size), {kNoCell},
               static_cast<uint64_t>(job.seed), "draw");
  std::vector<Cell> path;
  for (const uint16_t index : played.path) path.push_back(start.level->cell(index));
  const std::string how = job.greedy ? "greedy" : fmt::format("sampled (seed {})", job.seed);
  const int shortest = distance(*start.level, start.mouse, start.cheese);
  return draw_path(
      start, path,
      {title_of(job, start),
       fmt::format("{}, {}: {} steps, {}{}", fs::path(job.policy).filename().string(), how, played.steps[0],
                   played.success[0] != 0 ? "cheese reached" : "cheese not reached",
                   shortest < 0 ? "" : fmt::format(" (shortest: {})", shortest))},
      job.pixels);
}

Canvas draw_policy_field(const DrawJob& job, const ScannedPolicy& scanned, const MazeState& state) {
  const NetworkAgent agent(scanned.policy.network, scanned.environment);
  PolicyTable table(agent, {state});
  std::vector<Mouse> mice;  // facing left, as at the start
  for (const Cell cell : open_cells(*state.level)) mice.push_back({cell});
  table.evaluate(std::vector<int>(mice.size(), 0), mice);
  std::vector<MoveProbabilities> field(state.level->open.size());
  for (const Mouse mouse : mice) field[state.level->index(mouse.cell)] = table.move_probabilities(0, mouse);
  return draw_field(state, field,
                    {title_of(job, state), fmt::format("{}: what it does with the mouse on each cell",
                                                       fs::path(job.policy).filename().string())},
                    job.pixels);
}

}  // namespace

void draw(const DrawJob& job) {
  check(job);
  std::optional<ScannedPolicy> scanned;
  MazeConfig options;
  if (!job.policy.empty()) {
    scanned.emplace(load_scanned_policy(job.policy, torch::kCPU));
    options = require_maze(*scanned, "draw");
    if (!job.assets.empty()) scanned->environment.set("assets", job.assets);
    require(!job.world || *job.world == options.world_dim, fmt::format("--world {}", *job.world),
            fmt::format("the policy sees a grid of {0} x {0} cells", options.world_dim),
            fmt::format("{}, or no --world", options.world_dim));
  }
  if (job.game) options.game = *job.game == "maze" ? Game::maze : Game::maze_aisc;
  options.world_dim = job.world.value_or(options.world_dim);
  // The default region must fit into the grid, too.
  options.region = job.region.value_or(std::min(options.region, options.world_dim));
  if (!scanned) level_options(options).validate();

  const EditableMaze maze = maze_of(job, options);
  const MazeState state = maze.state();
  const Canvas canvas = job.show == "path"    ? draw_policy_path(job, *scanned, state)
                        : job.show == "field" ? draw_policy_field(job, *scanned, state)
                        : job.show == "frame"
                            ? draw_world_frame(job, options, state)
                            : draw_maze(state, {title_of(job, state), subtitle_of(job, options)}, job.pixels);
  write_atomically(job.out, canvas.png());
}

}  // namespace mazescan
