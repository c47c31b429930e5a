#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "evaluator/policies/trained_policy.h"

// Imports and exports policies of Python: the .pth files of the published maze policies.
namespace mazescan::policies {

// Reads the policy of a .pth file. Files written by export_file contain the training environment; for other
// files, that of the published policies is assumed (maze_aisc, world 25, region 5, 64x64 images). `overrides`
// ("region=1") change keys of the section `environment`. Throws UserError if the file or an override is
// invalid.
TrainedPolicy import_policy(const std::filesystem::path& path, const std::vector<std::string>& overrides);

// Reads a policy file of either format. overrides: as in import_policy, for .pth files only. Throws UserError
// if the file or an override is invalid.
TrainedPolicy open_policy(const std::filesystem::path& path, const std::vector<std::string>& overrides);

// Convert a policy file and report what the target format cannot hold: the commands `import` and `export`.
// config: a configuration file whose section `environment` the policy was trained in, before `overrides`;
// empty: as in import_policy. Throw UserError if the source is invalid, if both paths are the same file, or
// if there is a `config` and the source contains an environment.
void import_file(const std::filesystem::path& from, const std::filesystem::path& to,
                 const std::string& config, const std::vector<std::string>& overrides);
void export_file(const std::filesystem::path& from, const std::filesystem::path& to);

}  // namespace mazescan::policies
