#include "evaluator/policies/exchange.h"

#include <fmt/ranges.h>

#include <nlohmann/json.hpp>

#include "core/log.h"
#include "datasets/sections.h"
#include "envs/task.h"
#include "policy/formats/weights.h"
#include "storage/atomic_file.h"

namespace fs = std::filesystem;

namespace mazescan::policies {

namespace {

// The environment of the published maze policies. Their regions were 0 to 15; the files do not record which.
constexpr const char* kPublishedWorld = R"(name: maze_aisc
world_dim: 25
region: 5
anchor: centre
observation: rgb
view: world
theme: procgen
assets: procgen/data/assets
actions: procgen
)";

// The section `environment` of a configuration.
struct TrainingEnvironment {
  envs::EnvironmentConfig environment;
  template <class Visitor>
  void fields(Visitor& visit) {
    visit("environment", environment, "the world");
    visit.foreign(datasets::all_sections());
  }
};

// assumed: the environment of files that do not contain theirs.
TrainedPolicy build(const formats::PthFile& pth, const fs::path& path, const std::string& assumed,
                    const std::vector<std::string>& overrides) {
  const auto stored = pth.metadata.find("environment");
  const bool ours = stored != pth.metadata.end();
  std::string text = ours ? stored->second : assumed;
  const auto environment =
      parse_config<envs::EnvironmentConfig>(text, path.string() + " (environment)", overrides);
  if (!ours || !overrides.empty()) text = dump_config(environment);
  const auto trained = pth.metadata.find("training");
  const std::string training =
      trained != pth.metadata.end()
          ? trained->second
          : nlohmann::json{{"imported_from", path.filename().string()},
                           {"environment", "not stored in the file: assumed, or given at import"},
                           {"left_out", pth.left_out},
                           {"converted_to_float32", pth.converted}}
                .dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  return {policy::import_pth(pth, network_interface(environment), text, training, path.string()),
          environment};
}

// Describes the environment that was assumed for a file that does not name one.
std::string assumed_environment_text(const envs::EnvironmentConfig& environment, const std::string& config) {
  const auto task = make_task(environment);
  return fmt::format("its environment is not in the file; taken to be {}, world_dim {}, region {}, {}: {}",
                     environment.name(), task->world_dim(), task->region(),
                     config_name(task->observation_shape().interface),
                     config.empty() ? "--set changes it, --config names it" : "as in " + config);
}

// Returns whether the bytes begin as a safetensors file: with the length of a JSON object. Other files that are no
// .pth file get decode_pth's message.
bool is_safetensors(std::string_view bytes) {
  constexpr size_t kLength = 8;
  return !formats::is_pth(bytes) && bytes.size() > kLength && bytes[kLength] == '{';
}

void require_two_files(const fs::path& from, const fs::path& to) {
  std::error_code none;  // if one of them is missing, they differ
  require(!fs::equivalent(from, to, none), lazy("{}: is the file to read", to.string()),
          "the policy would be overwritten by its conversion", "another name for the file to write");
}

}  // namespace

TrainedPolicy import_policy(const fs::path& path, const std::vector<std::string>& overrides) {
  return build(formats::decode_pth(storage::read_file(path), path.string()), path, kPublishedWorld,
               overrides);
}

TrainedPolicy open_policy(const fs::path& path, const std::vector<std::string>& overrides) {
  if (formats::is_pth(storage::read_file(path))) return import_policy(path, overrides);
  require(overrides.empty(), lazy("{}: --set, but it is no .pth file", path.string()),
          "other policy files contain their training environment", "the same command without --set");
  return load_trained_policy(path, torch::kCPU);
}

void import_file(const fs::path& from, const fs::path& to, const std::string& config,
                 const std::vector<std::string>& overrides) {
  require_two_files(from, to);
  const std::string bytes = storage::read_file(from);
  const formats::PthFile pth =
      is_safetensors(bytes)
          ? formats::weights_of(formats::decode_safetensors(bytes, from.string()), from.string())
          : formats::decode_pth(bytes, from.string());
  require(config.empty() || pth.metadata.empty(), lazy("{}: imported with --config", from.string()),
          "the file contains the environment that the policy was trained in", "the same command without it");
  const TrainedPolicy trained = build(
      pth, from,
      config.empty() ? kPublishedWorld : dump_config(load_config<TrainingEnvironment>(config).environment),
      overrides);
  const std::string assumed =
      pth.metadata.empty() ? assumed_environment_text(trained.environment, config) : "";
  const policy::Policy& policy = trained.policy;
  if (to.has_parent_path()) storage::make_directories(to.parent_path());  // a run directory that is new
  storage::write_atomically(to, policy::encode_policy(policy.network, policy.environment, policy.training));
  log_info("{}: {} parameters, channels {}, {} actions", to.string(), policy.network.parameters().numel(),
           fmt::join(policy.network.config().channels, "/"), policy.network.interface().actions);
  if (!assumed.empty()) log_info("{}", assumed);
  if (!pth.prefix.empty()) log_info("its names are without their '{}' now", pth.prefix);
  if (!pth.left_out.empty()) log_info("left out: {}", fmt::join(pth.left_out, ", "));
  if (!pth.converted.empty())
    log_info("made float32: {} weights, such as {}", pth.converted.size(), pth.converted.front());
}

void export_file(const fs::path& from, const fs::path& to) {
  require_two_files(from, to);
  const TrainedPolicy trained = load_trained_policy(from, torch::kCPU);
  storage::write_atomically(to, encode_pth(trained.policy));
  const policy::Network& network = trained.policy.network;
  const policy::NetworkInterface& in = network.interface();
  log_info("{}: torch.load gives {{'model_state_dict': {} tensors}}", to.string(), network.layout().size());
  log_info("the network reads [N, {}, {}, {}] x {:.6g}, its activation function is {}", in.channels,
           in.height, in.width, in.input_scale, network.config().activation);
}

}  // namespace mazescan::policies
