#include "evaluator/explore/explore_page.h"

#include "core/config.h"
#include "envs/maze/placement.h"
#include "evaluator/policies/describe_policy.h"
#include "evaluator/policies/read_played_policy.h"
#include "evaluator/report/page.h"
#include "evaluator/report/play.h"

namespace mazescan::explore {
namespace {

using nlohmann::json;

// The scripts in the order in which they are joined into one.
const std::vector<const char*> kExploreScripts = {
    "numbers.js",          "svg.js",        "maze.js",     "scene.js", "network.js",   "in_page.js",
    "server.js",           "provenance.js", "channels.js", "walks.js", "edit_text.js", "layers.js",
    "explore_controls.js", "explore.js"};

}  // namespace

json explore_document(const Answers& answers, const Opening& opening) {
  const policies::TrainedPolicy& trained = answers.trained();
  json layers = json::array(), sizes = answers.task().sizes();
  for (const policy::LayerSpec& layer : trained.policy.network.layers())
    layers.push_back({{"name", layer.name}, {"shape", layer.shape}});
  const policy::NetworkInterface& in = trained.policy.network.interface();
  return {{"format", "mazescan-explore"},
          {"format_version", 1},
          {"title", opening.title},
          {"policy", policies::describe(trained)},
          {"play", report::play_document(policies::played_policy(trained))},
          {"layers", std::move(layers)},
          {"observation", {in.channels, in.height, in.width}},
          {"environment",
           {{"world", answers.maze().world_dim},
            {"anchor", config_name(answers.maze().anchor)},
            {"whole_world", answers.maze().view == frame::View::world},
            {"region", answers.task().region()}}},
          {"sizes", std::move(sizes)},
          {"placements", maze::placement_names()},
          {"maze", opening.maze},
          {"edits", opening.edits},
          {"seed", opening.seed}};
}

std::string explore_page(const json& document) {
  return report::assemble_page("explore.html", kExploreScripts, document, report::Loads::own_server);
}

}  // namespace mazescan::explore
