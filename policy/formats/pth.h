#pragma once
#include <torch/types.h>

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "policy/formats/named_tensor.h"

namespace mazescan::formats {

// The contents of a .pth file in the forms of the published maze policies: torch.save's zip of
// {"model_state_dict": weights by name}, of {"state_dict": ...}, or of the weights alone.
struct PthFile {
  std::map<std::string, torch::Tensor> weights;  // contiguous float32 on the CPU
  std::vector<std::string> converted;            // weights that had another type, with that type
  std::vector<std::string> left_out;             // other entries beside the dict of weights
  std::string prefix;                            // removed from all names: "module." of DataParallel
  std::map<std::string, std::string> metadata;   // if mazescan exported the policy; otherwise empty
};

// Returns whether the bytes begin as a zip or as torch.save's legacy format, which decode_pth rejects.
bool is_pth(std::string_view bytes);

// Reads untrusted bytes without running any code in them: every size, offset and stride is checked, and the
// weights take at most twice the file's size in memory. `name` is used in messages.
// Throws UserError. For other formats, the message explains how to convert the file.
PthFile decode_pth(std::string_view bytes, const std::string& name);

// Returns the bytes of a file that Python's torch.load reads as {"model_state_dict": OrderedDict}, with the
// weights in the order given. `metadata` becomes a separate record, which torch.load ignores. Equal input
// gives equal bytes.
std::string encode_pth(const std::vector<NamedTensor>& weights,
                       const std::map<std::string, std::string>& metadata);

}  // namespace mazescan::formats
