#include <cstdio>
#include <memory>

#include "evaluator/commands/command.h"
#include "evaluator/commands/maze_options.h"
#include "evaluator/draw/draw_job.h"

namespace mazescan::commands {

namespace {

constexpr const char* kHelp = R"(draw a maze, a rollout's path or a policy's vector field

  draw maze.png --level 17 --size 13 --placement top_left
  draw maze.pdf --text cave.txt                 # wall, . free, m mouse, c cheese
  draw path.png --show path --policy runs/quickstart/policy.safetensors --level 17 --greedy
  draw field.svg --show field --policy runs/quickstart/policy.safetensors --placement centre
  draw field.pdf --show field --policy runs/quickstart/policy.safetensors --edits edits.yaml --target 0,8
)";

void declare(CLI::App& app, draw::DrawJob& job) {
  app.add_option("out", job.out, "the file to write; its suffix is the format: .png, .svg or .pdf")
      ->required();
  app.add_option("--show", job.show,
                 "maze; frame: the 64 x 64 picture that a policy sees; path: the cells of a rollout; field: "
                 "arrows as long as moves are probable")
      ->check(CLI::IsMember({"maze", "frame", "path", "field"}))
      ->capture_default_str();
  declare_maze(app, job);
  app.add_option("--policy", job.policy, "policy.safetensors, for path and field");
  auto* const edits =
      app.add_option("--edits", job.edits, "edits of the policy's activations: a YAML file (docs/edits.md)");
  app.add_option("--target", job.target, "X,Y: the cell that the edits call target")
      ->delimiter(',')
      ->expected(2)
      ->needs(edits);
  app.add_option("--assets", job.assets,
                 "folder of procgen's pictures, for a frame or a policy that sees them");
  app.add_flag("--greedy", job.greedy, "path: take the most probable actions instead of sampled ones");
  app.add_option("--limit", job.limit, "path: maximum steps; by default as the policy was trained")
      ->check(CLI::PositiveNumber);
  app.add_option("--pixels", job.pixels, "width of the picture")->capture_default_str();
}

}  // namespace

Command draw_command() {
  return {"draw", kHelp, [](CLI::App& app) -> Action {
            const auto job = std::make_shared<draw::DrawJob>();
            declare(app, *job);
            return [job](int, char**) {
              std::fputs(draw::draw_picture(*job).c_str(), stdout);
              return 0;
            };
          }};
}

}  // namespace mazescan::commands
