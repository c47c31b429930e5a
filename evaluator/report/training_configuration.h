#pragma once
#include <map>
#include <nlohmann/json.hpp>
#include <string>

namespace mazescan::report {

// The keys and values of a training configuration, except the seed: "train.ppo.gamma" is "0.95". A policy that the training
// starts from is "a policy", because it is another one for each seed.
using TrainingConfiguration = std::map<std::string, std::string>;

// Returns that of a policy, from its description; empty if it is unknown.
TrainingConfiguration training_configuration(const nlohmann::json& policy);

}  // namespace mazescan::report
