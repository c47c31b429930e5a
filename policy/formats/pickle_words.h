#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace mazescan::formats {

// What torch.save's pickles are written with: protocol 2, to be put one behind another. The names of
// functions have their module in a line of its own.
inline constexpr const char* kOrderedDict = "collections\nOrderedDict";
inline constexpr const char* kRebuildTensor = "torch._utils\n_rebuild_tensor_v2";
inline constexpr const char* kRebuildParameter = "torch._utils\n_rebuild_parameter";

std::string pickled_text(std::string_view value);
std::string pickled_integer(int64_t value);
std::string pickled_integers(const std::vector<int64_t>& values);  // a tuple
std::string pickled_ordered_dict();                                // an empty one
// A contiguous float32 tensor of these sizes, whose values are the record data/`key` of the file.
std::string pickled_tensor(const std::string& key, const std::vector<int64_t>& sizes);

}  // namespace mazescan::formats
