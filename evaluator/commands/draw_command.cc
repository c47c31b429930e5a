#include <memory>

#include "evaluator/commands/command.h"
#include "evaluator/draw/draw_job.h"

namespace mazescan {

namespace {

constexpr const char* kHelp = R"(draw a maze, a rollout's path or a policy's vector field

  draw maze.png --level 17 --size 13 --placement top_left
  draw maze.png --text cave.txt                 # wall, . free, m mouse, c cheese
  draw path.png --show path --policy runs/quickstart/policy.safetensors --level 17 --greedy
  draw field.png --show field --policy runs/quickstart/policy.safetensors --placement centre
)";

void declare(CLI::App& app, const std::shared_ptr<DrawJob>& job) {
  app.add_option("out", job->out, "the PNG file to write")->required();
  app.add_option("--show", job->show,
                 "maze; frame: as a policy with eyes sees it; path: of a rollout; field: arrows as long "
                 "as moves are probable")
      ->check(CLI::IsMember({"maze", "frame", "path", "field"}))
      ->capture_default_str();
  app.add_option("--level", job->level, "level seed")->capture_default_str();
  app.add_option("--size", job->size, "size of the maze, odd; without it, as the level has it");
  app.add_option("--placement", job->placement, "of the cheese: top_left, centre, ..., or cell:X,Y");
  app.add_option("--game", job->game, "maze or maze_aisc")->check(CLI::IsMember({"maze", "maze_aisc"}));
  app.add_option("--world", job->world, "world size, odd (25)");
  app.add_option("--region", job->region, "of maze_aisc: cheese in the top-right k x k cells (5)");
  app.add_option("--text", job->text, "draw the maze of this text file instead");
  app.add_option("--policy", job->policy, "policy.safetensors, for path and field");
  app.add_option("--assets", job->assets,
                 "folder of procgen's pictures, for a frame or a policy that sees them");
  app.add_flag("--greedy", job->greedy, "a path of the most probable actions, not of sampled ones");
  app.add_option("--limit", job->limit, "steps of a path; without it, as the policy was trained")
      ->check(CLI::PositiveNumber);
  app.add_option("--seed", job->seed, "of placements and sampled actions")->capture_default_str();
  app.add_option("--pixels", job->pixels, "a side of the picture")->capture_default_str();
}

}  // namespace

Command draw_command() {
  return {"draw", kHelp, [](CLI::App& app) -> Action {
            const auto job = std::make_shared<DrawJob>();
            declare(app, job);
            return [job](int, char**) {
              draw(*job);
              return 0;
            };
          }};
}

}  // namespace mazescan
