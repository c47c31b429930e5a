#pragma once
#include <torch/types.h>

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "policy/formats/named_tensor.h"

namespace mazescan::formats {

// What a .pth file of the published maze policies holds: torch.save's zip of {"model_state_dict": weights by
// name}, or of the weights alone.
struct PthFile {
  std::map<std::string, torch::Tensor> weights;  // contiguous float32 on the CPU
  std::vector<std::string> converted;            // the weights that were of another type, with it
  std::vector<std::string> left_out;             // what stands beside model_state_dict
  std::string prefix;                            // that all names had: "module." of DataParallel
  std::map<std::string, std::string> metadata;   // of a policy that mazescan exported; else empty
};

bool is_pth(std::string_view bytes);  // by its beginning: a zip's, or the legacy format's (see decode_pth)

// Reads bytes from anywhere and runs nothing that stands in them: every size, offset and stride is checked,
// and weights take no more memory than twice the file. `name` is used in messages. Throws UserError, for
// other formats with the way to this one.
PthFile decode_pth(std::string_view bytes, const std::string& name);

// The file's bytes, which Python's torch.load opens to {"model_state_dict": OrderedDict}, the weights in the
// order given. `metadata` is a record beside it, which torch.load passes over. Equal input gives equal
// bytes.
std::string encode_pth(const std::vector<NamedTensor>& weights,
                       const std::map<std::string, std::string>& metadata);

}  // namespace mazescan::formats
