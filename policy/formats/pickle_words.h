#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace mazescan::formats {

// Parts of a pickle as torch.save writes it, in protocol 2. Concatenate them. In the names of functions, the
// module has its own line.
inline constexpr const char* kOrderedDict = "collections\nOrderedDict";
inline constexpr const char* kRebuildTensor = "torch._utils\n_rebuild_tensor_v2";
inline constexpr const char* kRebuildParameter = "torch._utils\n_rebuild_parameter";

std::string pickled_text(std::string_view value);
std::string pickled_integer(int64_t value);
std::string pickled_integers(const std::vector<int64_t>& values);  // a tuple
std::string pickled_ordered_dict();                                // an empty one
// Returns a contiguous float32 tensor of these sizes. Its values are in the file's record data/`key`.
std::string pickled_tensor(const std::string& key, const std::vector<int64_t>& sizes);

}  // namespace mazescan::formats
