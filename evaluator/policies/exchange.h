#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "evaluator/policies/trained_policy.h"

// Policies from and to Python: the .pth files of the published maze policies.
namespace mazescan::policies {

// The policy of a .pth file. The world it was trained in is what our own export says; of other files it is
// that of the published ones (maze_aisc, world 25, region 5, 64x64 pictures). `overrides` ("region=1") change
// keys of the section `environment`. Throws UserError.
TrainedPolicy import_policy(const std::filesystem::path& path, const std::vector<std::string>& overrides);

// Either kind of policy file; `overrides` are those of import_policy. Throws UserError.
TrainedPolicy open_policy(const std::filesystem::path& path, const std::vector<std::string>& overrides);

// The commands `import` and `export`: read the one, write the other, say what is not the same in it.
void import_file(const std::filesystem::path& from, const std::filesystem::path& to,
                 const std::vector<std::string>& overrides);
void export_file(const std::filesystem::path& from, const std::filesystem::path& to);

}  // namespace mazescan::policies
