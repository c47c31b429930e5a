#include "policy/policy_file.h"

#include <torch/torch.h>

#include "core/hash.h"
#include "policy/safetensors.h"

namespace mazescan {

namespace {

constexpr const char* kFormat = "mazescan-policy";
constexpr const char* kVersion = "1";

// NetworkInterface as text, read and checked like any configuration.
struct InterfaceText {
  NetworkInterface value;
  template <class Visitor>
  void fields(Visitor& visit) {
    visit("channels", value.channels, "of an observation", between(1, 4096));
    visit("height", value.height, "of an observation", between(1, 4096));
    visit("width", value.width, "of an observation", between(1, 4096));
    visit("input_scale", value.input_scale, "factor on uint8 observations", between(1e-6, 1e6));
    visit("actions", value.actions, "of the action distribution", between(1, 4096));
  }
};

const std::string& metadata(const TensorFile& file, const std::string& key, const std::string& name) {
  const auto found = file.metadata.find(key);
  require(found != file.metadata.end(), fmt::format("{}: no '{}' in the file's metadata", name, key),
          "it is a safetensors file, but not a mazescan policy",
          "give the policy.safetensors of a run directory");
  return found->second;
}

// No larger than the file, whatever the metadata of a stranger describe.
Network build_network(const NetworkConfig& config, const NetworkInterface& interface, torch::Device device,
                      size_t file_bytes, const std::string& name) {
  try {
    return Network(config, interface, device, static_cast<int64_t>(file_bytes / sizeof(float)));
  } catch (const UserError& error) {
    const std::string message = error.what();
    throw UserError(fmt::format("{}: its metadata describe a network that the file cannot hold", name),
                    message.substr(0, message.find('\n')), "use an undamaged policy file");
  }
}

}  // namespace

std::string encode_policy(const Network& network, const std::string& environment,
                          const std::string& training) {
  TensorFile file;
  for (size_t i = 0; i < network.layout().size(); ++i)
    file.tensors[network.layout()[i].name] = network.parameter(i).detach().cpu().contiguous();
  file.metadata = {{"format", kFormat},
                   {"format_version", kVersion},
                   {"network", dump_config(network.config())},
                   {"interface", dump_config(InterfaceText{network.interface()})},
                   {"environment", environment},
                   {"training", training}};
  return encode_safetensors(file);
}

Policy decode_policy(std::string_view bytes, const std::string& name, torch::Device device) {
  const TensorFile file = decode_safetensors(bytes, name);
  require(metadata(file, "format", name) == kFormat && metadata(file, "format_version", name) == kVersion,
          fmt::format("{}: format '{}' version '{}'", name, metadata(file, "format", name),
                      metadata(file, "format_version", name)),
          fmt::format("this build reads {} version {}", kFormat, kVersion), "use a build that reads it");
  const auto config = parse_config<NetworkConfig>(metadata(file, "network", name), name + " (network)");
  const auto interface =
      parse_config<InterfaceText>(metadata(file, "interface", name), name + " (interface)").value;
  Policy policy{build_network(config, interface, device, bytes.size(), name),
                metadata(file, "environment", name), metadata(file, "training", name), ""};

  Hasher hasher;
  hasher.add(metadata(file, "network", name)).add(metadata(file, "interface", name)).add(policy.environment);
  torch::NoGradGuard no_grad;
  for (const auto& p : policy.network.layout()) {
    const auto found = file.tensors.find(p.name);
    require(found != file.tensors.end(), fmt::format("{}: weight '{}' is missing", name, p.name),
            "the network described in its metadata needs it", "use an undamaged policy file");
    const torch::Tensor& weight = found->second;
    require(weight.sizes() == at::IntArrayRef(p.shape) && weight.scalar_type() == torch::kFloat32,
            fmt::format("{}: weight '{}' has shape [{}] {}", name, p.name, fmt::join(weight.sizes(), ", "),
                        c10::toString(weight.scalar_type())),
            fmt::format("the network described in its metadata has [{}] Float", fmt::join(p.shape, ", ")),
            "use an undamaged policy file");
    require(torch::isfinite(weight).all().item<bool>(),
            fmt::format("{}: weight '{}' holds NaN or infinity", name, p.name),
            "training diverged or the file is damaged",
            "use an earlier checkpoint's policy, or train with a lower learning rate");
    policy.network.parameters().narrow(0, p.offset, p.count).copy_(weight.flatten());
    hasher.add(p.name).add(weight.data_ptr(), weight.nbytes());
  }
  require(file.tensors.size() == policy.network.layout().size(),
          fmt::format("{}: {} tensors, {} of them unknown", name, file.tensors.size(),
                      file.tensors.size() - policy.network.layout().size()),
          "the network described in its metadata has no place for them", "use an undamaged policy file");
  policy.hash = hasher.hex();
  return policy;
}

}  // namespace mazescan
