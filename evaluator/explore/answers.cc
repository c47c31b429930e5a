#include "evaluator/explore/answers.h"

#include <torch/types.h>

#include <cmath>
#include <utility>

#include "envs/maze/maze_text.h"
#include "envs/paths.h"
#include "evaluator/draw/maze_choice.h"
#include "evaluator/rollout/activations.h"
#include "evaluator/rollout/played_edits.h"
#include "evaluator/rollout/rollouts.h"

namespace mazescan::explore {
namespace {

using nlohmann::json;

constexpr int kMaxLimit = 100'000;  // steps of a walk

// The keys of EditEntry::change that the page reads; kinds that are not listed have none.
struct EntryKeys {
  json& entry;

  void operator()(const policy::ClampNamedCell& clamp) const {
    entry["channels"] = clamp.channels;
    entry["value"] = clamp.value;
    entry["elsewhere"] = clamp.elsewhere ? json(*clamp.elsewhere) : json();
    switch (clamp.cell.kind) {
      case policy::NamedCell::Kind::kFixed:
        entry["cell"] = {clamp.cell.x, clamp.cell.y};
        break;
      case policy::NamedCell::Kind::kTarget:
        entry["cell"] = "target";
        break;
      case policy::NamedCell::Kind::kCheese:
        entry["cell"] = "cheese";
        break;
      case policy::NamedCell::Kind::kRandom:
        entry["cell"] = "random";
        break;
    }
  }
  void operator()(const policy::ZeroChannels& zero) const { entry["channels"] = zero.channels; }
  template <class Other>
  void operator()(const Other&) const {}
};

void require_finite(const rollout::PolicyCache& cache, rollout::Mouse mouse) {
  bool finite = std::isfinite(cache.value(0, mouse));
  for (int action = 0; action < cache.actions(); ++action)
    finite = finite && std::isfinite(cache.logits(0, mouse)[action]);
  require(finite, "the policy's outputs are not finite", "its activations overflow",
          "an edit of smaller values");
}

}  // namespace

// What a request describes. The state points into the maze.
struct Answers::Scene {
  Scene(const Answers& answers, const Request& request)
      : maze(read_maze(request, *answers.task_)),
        state(maze.state()),
        target(request.cell("target", maze.level().size)) {
    if (!request.has("edits")) return;
    const policy::TensorReader read_tensors = [&](const std::string& file) {
      const auto found = answers.files_.find(file);
      require(found != answers.files_.end(), lazy("the edits name the file {}", printable(file)),
              "it was not added", "add this safetensors file beside the file of edits");
      return found->second;
    };
    edits = policy::parse_edits(request.text("edits"), "edits", read_tensors);
    rule = rollout::played_edits(edits, answers.trained_, {state}, {target});
  }
  Scene(const Scene&) = delete;
  Scene& operator=(const Scene&) = delete;

  const maze::EditableMaze maze;
  const envs::MazeState state;
  const envs::Cell target;
  std::vector<policy::EditEntry> edits;
  rollout::EditRule rule;  // empty without edits
};

Answers::Answers(policies::TrainedPolicy trained)
    : trained_(std::move(trained)),
      maze_(policies::require_maze(trained_, "explore")),
      task_(make_task(trained_.environment)) {
  // Reads the pictures that the policy sees, once for all requests.
  const envs::MazeLevel level = make_level(*task_, 0, task_->sizes().front());
  std::vector<uint8_t> observation(task_->observation_shape().bytes());
  task_->observe(task_->initial_state(level), observation.data());
}

int Answers::limit(int size) const {
  return time_limit(trained_.environment, size);
}

json Answers::level(const std::string& body) const {
  const Request request(body, {"size", "seed", "placement", "text"});
  const auto answer = [&](const maze::EditableMaze& maze) {
    json found = maze_json(maze.state());
    found["limit"] = limit(maze.level().size);
    return found;
  };
  if (request.has("text")) {
    const maze::EditableMaze drawn =
        maze::maze_from_text(request.text("text"), "the drawing", maze_.world_dim, maze_.anchor);
    envs::require_size(*task_, drawn.level().size, "the drawing has size");
    return answer(drawn);
  }
  draw::MazeChoice choice;
  choice.level = request.integer("seed", INT32_MIN, INT32_MAX);
  choice.size = static_cast<int>(request.integer("size", envs::kMinSize, envs::kMaxWorldDim));
  envs::require_size(*task_, choice.size, "the request's 'size' is");
  if (request.has("placement")) choice.placement = request.text("placement");
  return answer(draw::chosen_maze(choice, maze_, maze_.world_dim));
}

json Answers::field(const std::string& body) const {
  const Scene scene(*this, Request(body, {"maze", "edits", "target"}));
  const rollout::NetworkAgent agent(trained_.policy.network, trained_.environment, scene.rule);
  rollout::PolicyCache cache(agent, {scene.state});
  std::vector<rollout::Mouse> mice;
  for (const envs::Cell cell : open_cells(scene.maze.level())) mice.push_back({cell});
  const std::vector<int> episodes(mice.size(), 0);
  cache.evaluate(episodes, mice);
  const std::vector<int> modes = cache.distribution(episodes, mice).mode();
  const auto probabilities = cache.move_probabilities(episodes, mice);
  json moves = json::array(), value = json::array(), greedy = json::array();
  for (size_t i = 0; i < mice.size(); ++i) {
    require_finite(cache, mice[i]);
    for (const float probability : probabilities[i]) moves.push_back(probability);
    value.push_back(cache.value(0, mice[i]));
    greedy.push_back(static_cast<int>(cache.move(modes[i])));
  }
  return {{"moves", std::move(moves)}, {"value", std::move(value)}, {"greedy", std::move(greedy)}};
}

std::string Answers::taps(const std::string& body) const {
  const Scene scene(*this, Request(body, {"maze", "edits", "target"}));
  const policy::Network& network = trained_.policy.network;
  const rollout::NetworkAgent agent(network, trained_.environment);
  const torch::Tensor observation = agent.observe({scene.state});
  std::vector<datasets::TapShape> shapes;
  for (const policy::LayerSpec& layer : network.layers()) shapes.push_back({layer.name, layer.shape});
  policy::TapFunction edits;
  if (scene.rule) edits = policy::edited(network, scene.rule({scene.state}, {0}));
  const rollout::Activations found = rollout::forward_with_taps(network, observation, shapes, edits);
  formats::TensorFile file;
  file.tensors["observation"] = observation[0].contiguous();
  for (size_t t = 0; t < shapes.size(); ++t) file.tensors[shapes[t].name] = found.taps[t][0].contiguous();
  return formats::encode_safetensors(file);
}

json Answers::walk(const std::string& body) const {
  const Request request(body, {"maze", "edits", "target", "greedy", "seed", "limit"});
  const Scene scene(*this, request);
  const rollout::NetworkAgent agent(trained_.policy.network, trained_.environment, scene.rule);
  rollout::PolicyCache cache(agent, {scene.state});
  const int steps = request.has("limit") ? static_cast<int>(request.integer("limit", 1, kMaxLimit))
                                         : limit(scene.maze.level().size);
  const datasets::Rollouts played = rollout::run_rollouts(
      cache, *task_,
      request.truth("greedy") ? rollout::ActionSelection::kGreedy : rollout::ActionSelection::kSampled, steps,
      {envs::kNoCell}, static_cast<uint64_t>(request.integer("seed", 0, INT64_MAX)), "draw");
  for (size_t i = 0; i < played.path.size(); ++i)
    require_finite(cache, {scene.maze.level().cell(played.path[i]), played.facing_right[i] != 0});
  return {{"cells", played.path},
          {"facing_right", played.facing_right},
          {"steps", played.steps[0]},
          {"success", played.success[0] != 0},
          {"shortest", distance(scene.maze.level(), scene.state.mouse, scene.state.cheese)},
          {"limit", steps}};
}

json Answers::edits(const std::string& body) const {
  const Request request(body, {"maze", "edits", "target"});
  request.text("edits");
  const Scene scene(*this, request);
  json entries = json::array();
  for (const policy::EditEntry& edit : scene.edits) {
    json entry = {{"layer", edit.layer}, {"kind", policy::edit_kinds()[edit.change.index()]}};
    std::visit(EntryKeys{entry}, edit.change);
    entries.push_back(std::move(entry));
  }
  return {{"yaml", policy::dump_edits(scene.edits)},
          {"share", rollout::edited_share_text(trained_.policy.network, scene.rule, {scene.state})},
          {"entries", std::move(entries)}};
}

json Answers::add_tensors(const std::string& name, std::string_view bytes) {
  require(!name.empty() && name.find_first_of("/\\#") == std::string::npos,
          lazy("the file {}", printable(name)), "edits name it as NAME#tensor, in their own folder",
          "a name without a folder, such as masks.safetensors");
  require(bytes.size() <= kMaxTensorFileBytes, lazy("the file {}: {} bytes", printable(name), bytes.size()),
          "it is too large", lazy("at most {} bytes", kMaxTensorFileBytes));
  require(files_.count(name) != 0 || files_.size() < kMaxTensorFiles, lazy("the file {}", printable(name)),
          "there are too many files of tensors", lazy("at most {}", kMaxTensorFiles));
  formats::TensorFile file = formats::decode_safetensors(bytes, name);
  json names = json::array();
  for (const auto& [tensor, values] : file.tensors) names.push_back(tensor);
  files_[name] = std::move(file);
  return {{"tensors", std::move(names)}};
}

}  // namespace mazescan::explore
