#pragma once
#include <torch/types.h>

#include <map>
#include <string>
#include <string_view>

namespace mazescan::formats {

// Named tensors and text metadata, as the safetensors format stores them
// (https://huggingface.co/docs/safetensors): an 8-byte header length, a JSON header, raw little-endian data.
struct TensorFile {
  std::map<std::string, torch::Tensor> tensors;  // contiguous, on the CPU
  std::map<std::string, std::string> metadata;
};

// The file's bytes: equal input gives equal bytes.
std::string encode_safetensors(const TensorFile& file);

// Reads bytes from anywhere: every length, offset and shape is checked before use. `name` is used in
// messages. Throws UserError.
TensorFile decode_safetensors(std::string_view bytes, const std::string& name);

}  // namespace mazescan::formats
