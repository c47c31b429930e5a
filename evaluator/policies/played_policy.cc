#include "evaluator/policies/played_policy.h"

#include <torch/torch.h>

#include "evaluator/jobs/run_config.h"
#include "evaluator/policies/trained_policy.h"

namespace mazescan {
namespace {

PlayedPolicy not_played(std::string why) {
  PlayedPolicy none;
  none.unavailable = std::move(why);
  return none;
}

}  // namespace

PlayedPolicy played_policy(const std::filesystem::path& run, const std::string& config_text,
                           const std::string& hash) try {
  RunConfig config;
  config.run = run.string();
  std::string named;  // the policy file that the scan's configuration names
  if (const auto text = ConfigNode::from_text(config_text, "the scan's configuration"); text.has("scan"))
    if (const auto section = text.child("scan"); section.has("policy")) section.child("policy").read(named);
  const std::filesystem::path path = policy_path(config, named);
  if (!std::filesystem::exists(path)) return not_played("The policy file was not beside the scan.");
  const ScannedPolicy scanned = load_scanned_policy(path, torch::kCPU);
  if (scanned.policy.hash != hash)
    return not_played("The policy file beside the scan is not the policy that was scanned.");
  const auto* const maze = scanned.environment.own_if<MazeConfig>();
  if (maze == nullptr) return not_played("The page plays only in mazes.");
  if (maze->observation != Interface::planes)
    return not_played("This policy sees pictures, and the page draws none.");
  const Network& network = scanned.policy.network;
  const int64_t parameters = network.parameters().numel();
  if (parameters > kMostPlayedParameters)
    return not_played(fmt::format("This policy has {} parameters; the page carries networks of up to {}.",
                                  parameters, kMostPlayedParameters));
  const NetworkInterface& in = network.interface();
  PlayedPolicy played;
  played.network = {{"channels", network.config().channels},
                    {"residual_blocks", network.config().residual_blocks},
                    {"fc", network.config().fc},
                    {"activation", network.config().activation},
                    {"input", {in.channels, in.height, in.width}},
                    {"input_scale", in.input_scale},
                    {"actions", in.actions},
                    {"parameters", parameters}};
  played.environment = {{"world", maze->world_dim},
                        {"anchor", config_name(maze->anchor)},
                        {"actions", config_name(scanned.environment.actions)}};
  const torch::Tensor flat = network.parameters().detach().contiguous();
  played.weights.assign(flat.data_ptr<float>(), flat.data_ptr<float>() + parameters);
  played.unavailable.clear();
  return played;
} catch (const UserError& error) {
  const std::string message = error.what();
  return not_played("The policy file cannot be read: " + message.substr(0, message.find('\n')));
}

}  // namespace mazescan
