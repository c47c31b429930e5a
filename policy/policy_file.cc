#include "policy/policy_file.h"

#include <fmt/ranges.h>
#include <torch/types.h>
#include <torch/utils.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "core/hash.h"
#include "core/json.h"
#include "policy/formats/safetensors.h"

namespace mazescan::policy {

namespace {

constexpr const char* kFormat = "mazescan-policy";
constexpr const char* kVersion = "1";

// Reads and writes a NetworkInterface as text, with the checks of a configuration.
struct InterfaceText {
  NetworkInterface value;
  template <class Visitor>
  void fields(Visitor& visit) {
    visit("channels", value.channels, "channels of an observation", between(1, 4096));
    visit("height", value.height, "height of an observation", between(1, 4096));
    visit("width", value.width, "width of an observation", between(1, 4096));
    visit("input_scale", value.input_scale, "factor on uint8 observations", between(1e-6, 1e6));
    visit("actions", value.actions, "number of actions", between(1, 4096));
  }
};

const std::string& metadata(const formats::TensorFile& file, const std::string& key,
                            const std::string& name) {
  const auto found = file.metadata.find(key);
  require(found != file.metadata.end(), lazy("{}: no '{}' in the file's metadata", name, key),
          "it is damaged, or not a mazescan policy",
          "give the policy.safetensors of a run directory, or what mazescan-evaluator export made of one");
  return found->second;
}

// Checks the trainer's description now: it is copied into manifests, which are read back after hours of work.
void require_training(const std::string& text, const std::string& name) {
  constexpr size_t kMaxValues = 100000;
  constexpr int kMaxDepth = 8;  // a manifest nests it further, and may itself be nested 32 deep
  std::string fault = "it is no JSON object";
  const nlohmann::json training = parse_json(text, {kMaxDepth, kMaxValues}, &fault);
  require(training.is_object(), lazy("{}: 'training' in the file's metadata is malformed", name), fault,
          "an undamaged file, as the trainer or mazescan-evaluator import writes it");
}

// Texts for messages: the source of the network's description, and hints if the weights do not fit it.
struct Source {
  std::string name, description, right, right_names;
};

// Builds the network. Limits its size by that of the weights, because the description is untrusted.
Network build_network(const NetworkConfig& config, const NetworkInterface& interface, torch::Device device,
                      int64_t max_parameters, const Source& source) {
  try {
    return Network(config, interface, device, max_parameters);
  } catch (const UserError& error) {
    const std::string message = error.what();
    throw UserError(fmt::format("{}: its {} describe a network that the file cannot hold", source.name,
                                source.description),
                    message.substr(0, message.find('\n')), source.right);
  }
}

// Throws UserError unless the file's tensors have the names of the network's.
void require_names(const formats::TensorFile& file, const Network& network, const std::string& described,
                   const Source& source) {
  std::vector<std::string> missing, unknown;
  for (const auto& [name, values] : network.tensors())
    if (file.tensors.count(name) == 0) missing.push_back(name);
  for (const auto& [name, values] : file.tensors)
    if (std::none_of(network.tensors().begin(), network.tensors().end(),
                     [&known = name](const auto& tensor) { return tensor.name == known; }))
      unknown.push_back(name);
  if (!missing.empty()) {
    const std::string near = nearest(missing.front(), unknown);
    throw UserError(fmt::format("{}: weight '{}' is missing{}", source.name, missing.front(),
                                missing.size() == 1 ? "" : fmt::format(", and {} more", missing.size() - 1)),
                    described + " needs it",
                    near.empty()
                        ? source.right_names
                        : fmt::format("the file has '{}': if that is it, give it the network's name", near));
  }
  if (unknown.empty()) return;
  std::vector<std::string> shown;
  for (const std::string& name : unknown)
    if (shown.size() < 6) shown.push_back(name.substr(0, 60));
  throw UserError(fmt::format("{}: {} tensors, {} of them unknown: {}{}", source.name, file.tensors.size(),
                              unknown.size(), fmt::join(shown, ", "), unknown.size() > 6 ? ", ..." : ""),
                  described + " has no place for them", source.right_names);
}

Policy build_policy(const formats::TensorFile& file, int64_t max_parameters, const Source& source,
                    torch::Device device) {
  const std::string &name = source.name, described = "the network described in its " + source.description;
  const auto config = parse_config<NetworkConfig>(metadata(file, "network", name), name + " (network)");
  const auto interface =
      parse_config<InterfaceText>(metadata(file, "interface", name), name + " (interface)").value;
  Policy policy{build_network(config, interface, device, max_parameters, source),
                metadata(file, "environment", name), metadata(file, "training", name), ""};

  Hasher hasher;
  hasher.add(metadata(file, "network", name)).add(metadata(file, "interface", name)).add(policy.environment);
  torch::NoGradGuard no_grad;
  require_training(policy.training, name);
  require_names(file, policy.network, described, source);
  for (const auto& [weight_name, values] : policy.network.tensors()) {
    const torch::Tensor& weight = file.tensors.at(weight_name);
    require(weight.sizes() == values.sizes() && weight.scalar_type() == torch::kFloat32,
            lazy("{}: weight '{}' has shape [{}] {}", name, weight_name, fmt::join(weight.sizes(), ", "),
                 c10::toString(weight.scalar_type())),
            lazy("{} has [{}] Float", described, fmt::join(values.sizes(), ", ")), source.right);
    require(torch::isfinite(weight).all().item<bool>(),
            lazy("{}: weight '{}' holds NaN or infinity", name, weight_name),
            "training diverged or the file is damaged",
            "use an earlier checkpoint's policy, or train with a lower learning rate");
    values.copy_(weight);
    hasher.add(weight_name).add(weight.data_ptr(), weight.nbytes());
  }
  policy.hash = hasher.hex();
  return policy;
}

void require_format(const formats::TensorFile& file, const std::string& name) {
  require(metadata(file, "format", name) == kFormat && metadata(file, "format_version", name) == kVersion,
          lazy("{}: format '{}' version '{}'", name, metadata(file, "format", name),
               metadata(file, "format_version", name)),
          lazy("this build reads {} version {}", kFormat, kVersion), "use a build that reads it");
}

constexpr const char* kContentHash = "content_hash";

// Returns the hash of all metadata, except itself, and of all tensors.
std::string content_hash(const formats::TensorFile& file) {
  Hasher hasher;
  const auto add = [&](std::string_view text) { hasher.add(fmt::format("{} ", text.size())).add(text); };
  for (const auto& [key, value] : file.metadata) {
    if (key == kContentHash) continue;
    add(key);
    add(value);
  }
  for (const auto& [name, tensor] : file.tensors) {
    add(name);
    add(fmt::format("{} {}", c10::toString(tensor.scalar_type()), fmt::join(tensor.sizes(), " ")));
    const torch::Tensor plain = tensor.contiguous();
    hasher.add(plain.data_ptr(), plain.nbytes());
  }
  return hasher.hex();
}

// Throws UserError if the file has another content hash than it names. Files of other programs name none.
void require_content(const formats::TensorFile& file, const std::string& name) {
  const auto named = file.metadata.find(kContentHash);
  if (named == file.metadata.end()) return;
  require(named->second == content_hash(file), lazy("{}: damaged", name),
          lazy("its weights or metadata do not have the hash that its '{}' names", kContentHash),
          lazy("an undamaged policy file; if it was changed on purpose, remove '{}' from its metadata",
               kContentHash));
}

std::map<std::string, std::string> metadata_of(const Network& network, const std::string& environment,
                                               const std::string& training) {
  return {{"format", kFormat},
          {"format_version", kVersion},
          {"network", dump_config(network.config())},
          {"interface", dump_config(InterfaceText{network.interface()})},
          {"environment", environment},
          {"training", training}};
}

}  // namespace

std::string encode_policy(const Network& network, const std::string& environment,
                          const std::string& training) {
  formats::TensorFile file;
  for (const auto& [name, values] : network.tensors()) file.tensors[name] = values.cpu().contiguous();
  file.metadata = metadata_of(network, environment, training);
  file.metadata[kContentHash] = content_hash(file);
  return formats::encode_safetensors(file);
}

Policy decode_policy(std::string_view bytes, const std::string& name, torch::Device device) {
  require(!formats::is_pth(bytes), lazy("{}: a .pth file", name),
          "such files do not record the environment a policy was trained in",
          "make a policy file of it: mazescan-evaluator import policy.pth policy.safetensors");
  const formats::TensorFile file = formats::decode_safetensors(bytes, name);
  require_format(file, name);
  Policy policy = build_policy(
      file, static_cast<int64_t>(bytes.size() / sizeof(float)),
      {name, "metadata", "use an undamaged policy file", "use an undamaged policy file"}, device);
  require_content(file, name);  // last, because the faults above have better messages
  return policy;
}

std::string encode_pth(const Policy& policy) {
  return encode_pth(policy.network.tensors(),
                    metadata_of(policy.network, policy.environment, policy.training));
}

Policy import_pth(const formats::PthFile& pth, const NetworkInterface& interface,
                  const std::string& environment, const std::string& training, const std::string& name) {
  formats::TensorFile file{pth.weights, pth.metadata};
  if (file.metadata.empty()) {
    file.metadata["network"] = dump_config(network_config_of(pth.weights, name));
  } else {
    require_format(file, name);
  }
  file.metadata["interface"] = dump_config(InterfaceText{interface});
  file.metadata["environment"] = environment;
  file.metadata["training"] = training;
  int64_t parameters = 0;
  for (const auto& [weight, values] : pth.weights) parameters += values.numel();
  // Allows twice as many, so that the message can list the names of missing weights.
  return build_policy(
      file, 2 * parameters,
      {name, "layers and observations", "name the world it was trained in: observation, world and actions",
       "give the state_dict of the whole network, and of nothing else"},
      torch::kCPU);
}

}  // namespace mazescan::policy
