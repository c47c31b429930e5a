#include "evaluator/draw/draw_job.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <optional>
#include <utility>

#include "envs/maze/variations.h"
#include "envs/paths.h"
#include "envs/task.h"
#include "evaluator/draw/pictures/maze_pictures.h"
#include "evaluator/policies/trained_policy.h"
#include "evaluator/rollout/played_edits.h"
#include "evaluator/rollout/rollouts.h"
#include "storage/atomic_file.h"

namespace fs = std::filesystem;

namespace mazescan::draw {

namespace {

void check(const DrawJob& job) {
  const bool of_policy = job.show == "path" || job.show == "field";
  require(!of_policy || !job.policy.empty(), "--show without --policy", "paths and fields need a policy",
          "--policy runs/quickstart/policy.safetensors");
  require(of_policy || job.policy.empty(), lazy("--policy with --show {}", job.show),
          "a maze alone needs no policy", "--show path or --show field");
  require(of_policy || job.edits.empty(), lazy("--edits with --show {}", job.show),
          "edits change a policy's activations", "--show path or --show field");
  require(job.assets.empty() || job.show != "maze", "--assets with --show maze",
          "textures are for frames, and for policies that see them", "--show frame, path or field");
  require(job.text.empty() || (!job.game && !job.region), "--text with --game or --region",
          "they choose the place of the cheese in a generated level", "one or the other");
  job.validate();
  pictures::format_of(job.out);
}

std::string title_of(const DrawJob& job, const envs::MazeState& state) {
  return fmt::format(
      "{}, size {}, {}",
      job.text.empty() ? fmt::format("level {}", job.level) : fs::path(job.text).filename().string(),
      state.level->size,
      state.cheese == envs::kNoCell ? "no cheese"
                                    : fmt::format("cheese at ({}, {})", state.cheese.x, state.cheese.y));
}

std::string subtitle_of(const DrawJob& job, const maze::MazeConfig& maze) {
  if (!job.text.empty()) return "";
  std::string text = config_name(maze.game);
  if (!job.placement.empty())
    text += ", placement " + job.placement;
  else if (maze.game == maze::Game::maze_aisc)
    text += fmt::format(", region {}", maze.region);
  return text + fmt::format(", world {}", maze.world_dim);
}

pictures::PageOptions page_of(const DrawJob& job, const envs::MazeState& state, std::string subtitle) {
  return {title_of(job, state), std::move(subtitle), pictures::format_of(job.out), job.pixels};
}

std::string draw_world_frame(const DrawJob& job, const envs::MazeState& state,
                             const pictures::PageOptions& page) {
  frame::FrameOptions options;
  options.world_dim = state.level->world_dim;
  if (!job.assets.empty()) options.theme = frame::ThemeName::procgen;
  options.assets = job.assets;
  return pictures::draw_frame(state, *frame::frame_renderer(options), page);
}

// Plays a policy in one maze, with its edits if there are any.
class PlayedMaze {
 public:
  PlayedMaze(const DrawJob& job, const policies::TrainedPolicy& trained, const envs::MazeState& start)
      : job_(job), trained_(trained), start_(start), target_(target_of(job, *start.level)) {
    if (job.edits.empty()) return;
    rule_ = rollout::played_edits(rollout::read_edits(job.edits), trained, {start}, {target_});
    share_ = rollout::edited_share_text(trained.policy.network, rule_, {start});
  }

  // Returns "2 activations: ..."; empty without edits.
  const std::string& share() const { return share_; }

  std::string draw_path() const {
    const rollout::NetworkAgent agent(trained_.policy.network, trained_.environment, rule_);
    rollout::PolicyCache cache(agent, {start_});
    const datasets::Rollouts played = rollout::run_rollouts(
        cache, *make_task(trained_.environment),
        job_.greedy ? rollout::ActionSelection::kGreedy : rollout::ActionSelection::kSampled,
        job_.limit > 0 ? job_.limit : time_limit(trained_.environment, start_.level->size), {envs::kNoCell},
        static_cast<uint64_t>(job_.seed), "draw");
    std::vector<envs::Cell> path;
    for (const uint16_t index : played.path) path.push_back(start_.level->cell(index));
    const std::string how = job_.greedy ? "greedy" : fmt::format("sampled (seed {})", job_.seed);
    return pictures::draw_path(
        start_, path, target_,
        page_of(job_, start_,
                fmt::format("{}, {}: {} steps, {}", policy_name(), how, played.steps[0], outcome(path))));
  }

  std::string draw_field() const {
    const rollout::NetworkAgent agent(trained_.policy.network, trained_.environment, rule_);
    rollout::PolicyCache cache(agent, {start_});
    std::vector<rollout::Mouse> mice;  // facing left, as at the start of an episode
    for (const envs::Cell cell : open_cells(*start_.level)) mice.push_back({cell});
    cache.evaluate(std::vector<int>(mice.size(), 0), mice);
    std::vector<pictures::MoveProbabilities> field(start_.level->open.size());
    for (const rollout::Mouse mouse : mice)
      field[start_.level->index(mouse.cell)] = cache.move_probabilities(0, mouse);
    return pictures::draw_field(start_, field, target_,
                                page_of(job_, start_, policy_name() + ": its action on each cell"));
  }

 private:
  // Describes whether the path led to the target, or to the cheese if there is no target.
  std::string outcome(const std::vector<envs::Cell>& path) const {
    const bool has_target = target_ != envs::kNoCell;
    const envs::Cell goal = has_target ? target_ : start_.cheese;
    const bool reached = std::find(path.begin(), path.end(), goal) != path.end();
    const int shortest = distance(*start_.level, start_.mouse, goal);
    return fmt::format("{} {}reached{}", has_target ? "target" : "cheese", reached ? "" : "not ",
                       shortest < 0 ? "" : fmt::format(" (shortest: {})", shortest));
  }
  static envs::Cell target_of(const DrawJob& job, const envs::MazeLevel& level) {
    if (job.target.empty()) return envs::kNoCell;
    const int x = job.target.at(0), y = job.target.at(1);
    require(level.is_open(x, y), lazy("--target {},{}", x, y), "there is no free cell in this maze",
            lazy("coordinates from 0 to {}; even ones are free in all generated mazes", level.size - 1));
    return {static_cast<int16_t>(x), static_cast<int16_t>(y)};
  }
  std::string policy_name() const {
    std::string name = fs::path(job_.policy).filename().string();
    if (!job_.edits.empty()) name += " with " + fs::path(job_.edits).filename().string();
    return name;
  }

  const DrawJob& job_;
  const policies::TrainedPolicy& trained_;
  const envs::MazeState& start_;
  const envs::Cell target_;
  rollout::EditRule rule_;
  std::string share_;
};

// Draws a path or a field of a policy.
std::string draw_played(const DrawJob& job, const policies::TrainedPolicy& trained,
                        const envs::MazeState& state) {
  const PlayedMaze played(job, trained, state);
  storage::write_atomically(job.out, job.show == "path" ? played.draw_path() : played.draw_field());
  return played.share().empty() ? "" : fmt::format("{} changes {}\n", job.edits, played.share());
}

// Draws a policy in an environment that is no maze.
std::string draw_elsewhere(const DrawJob& job, const policies::TrainedPolicy& trained) {
  policies::require_cells(trained, "draw");
  if (!job.edits.empty()) policies::require_maze(trained, "draw --edits");
  const auto task = make_task(trained.environment);
  const envs::MazeLevel level = chosen_level(job, *task);
  return draw_played(job, trained, task->initial_state(level));
}

}  // namespace

std::string draw_picture(const DrawJob& job) {
  check(job);
  std::optional<policies::TrainedPolicy> trained;
  maze::MazeConfig options;
  if (!job.policy.empty()) {
    trained.emplace(policies::load_trained_policy(job.policy, torch::kCPU));
    if (trained->environment.own_if<maze::MazeConfig>() == nullptr) return draw_elsewhere(job, *trained);
    options = policies::require_maze(*trained, "draw");
    if (!job.assets.empty()) trained->environment.set("assets", job.assets);
    require(!job.world || *job.world == options.world_dim, lazy("--world {}", job.world.value_or(0)),
            lazy("the policy sees a grid of {0} x {0} cells", options.world_dim),
            lazy("{}, or no --world", options.world_dim));
  }
  options = job.chosen(options);
  if (!trained) maze::level_options(options).validate();

  const maze::EditableMaze maze =
      chosen_maze(job, options, trained ? options.world_dim : job.world.value_or(0));
  const envs::MazeState state = maze.state();
  if (trained) return draw_played(job, *trained, state);
  const pictures::PageOptions page = page_of(job, state, subtitle_of(job, options));
  storage::write_atomically(
      job.out, job.show == "frame" ? draw_world_frame(job, state, page) : pictures::draw_maze(state, page));
  return "";
}

}  // namespace mazescan::draw
