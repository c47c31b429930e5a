#include "evaluator/policies/read_played_policy.h"

#include <torch/types.h>

#include "datasets/dataset_kind.h"
#include "envs/task.h"
#include "evaluator/jobs/run_config.h"
#include "evaluator/policies/trained_policy.h"

namespace mazescan::policies {
namespace {

PlayedPolicy not_played(std::string why) {
  PlayedPolicy none;
  none.unavailable = std::move(why);
  return none;
}

nlohmann::json layers_of(const policy::Network& network) {
  nlohmann::json layers = nlohmann::json::array();
  for (const policy::LayerSpec& layer : network.layers()) {
    nlohmann::json parameters = nlohmann::json::array();
    for (const policy::TensorSpec& parameter : layer.parameters)
      parameters.push_back({{"name", parameter.name}, {"shape", parameter.shape}});
    layers.push_back({{"name", layer.name},
                      {"kind", layer.kind},
                      {"options", layer.options},
                      {"inputs", layer.inputs},
                      {"shape", layer.shape},
                      {"parameters", parameters}});
  }
  return layers;
}

}  // namespace

PlayedPolicy played_policy(const TrainedPolicy& trained) {
  const auto* const maze = trained.environment.own_if<maze::MazeConfig>();
  if (maze == nullptr) return not_played("The page plays only in mazes.");
  const policy::Network& network = trained.policy.network;
  if (make_task(trained.environment)->observation_shape().interface != envs::Interface::planes)
    return not_played("This policy sees pictures, and the page draws none.");
  if (network.state().numel() != 0)
    return not_played(
        "The winners of this policy depend on how often each unit won, and the page computes none of these.");
  const int64_t parameters = network.parameters().numel();
  if (parameters > kMaxPlayedParameters)
    return not_played(fmt::format("This policy has {} parameters; the page carries networks of up to {}.",
                                  parameters, kMaxPlayedParameters));
  const policy::NetworkInterface& in = network.interface();
  PlayedPolicy played;
  played.network = {{"layers", layers_of(network)},     {"logits", network.outputs().logits},
                    {"value", network.outputs().value}, {"input", {in.channels, in.height, in.width}},
                    {"input_scale", in.input_scale},    {"parameters", parameters}};
  played.environment = {{"world", maze->world_dim},
                        {"anchor", config_name(maze->anchor)},
                        {"actions", config_name(trained.environment.actions)}};
  const torch::Tensor flat = network.parameters().detach().contiguous();
  played.weights.assign(flat.data_ptr<float>(), flat.data_ptr<float>() + parameters);
  played.unavailable.clear();
  return played;
}

PlayedPolicy played_policy(const std::filesystem::path& run, const std::string& config_text,
                           const std::string& hash) try {
  jobs::RunConfig config;
  config.run = run.string();
  std::string named;  // the policy file that the scan's configuration names
  if (const auto text = ConfigNode::from_text(config_text, "the scan's configuration");
      text.has(datasets::kScan.name))
    if (const auto section = text.child(datasets::kScan.name); section.has("policy"))
      section.child("policy").read(named);
  const std::filesystem::path path = policy_path(config, named);
  if (!std::filesystem::exists(path)) return not_played("The policy file was not beside the scan.");
  const TrainedPolicy trained = load_trained_policy(path, torch::kCPU);
  if (trained.policy.hash != hash)
    return not_played("The policy file beside the scan is not the policy that was scanned.");
  return played_policy(trained);
} catch (const UserError& error) {
  const std::string message = error.what();
  return not_played("The policy file cannot be read: " + message.substr(0, message.find('\n')));
}

}  // namespace mazescan::policies
