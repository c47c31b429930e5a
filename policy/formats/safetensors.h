#pragma once
#include <torch/types.h>

#include <map>
#include <string>
#include <string_view>

namespace mazescan::formats {

// The contents of a safetensors file: named tensors and text metadata. The file has an 8-byte header length,
// a JSON header and raw little-endian data.
// Source: https://huggingface.co/docs/safetensors
struct TensorFile {
  std::map<std::string, torch::Tensor> tensors;  // contiguous, on the CPU
  std::map<std::string, std::string> metadata;
};

// Returns the bytes of the file. Equal input gives equal bytes.
std::string encode_safetensors(const TensorFile& file);

// Reads untrusted bytes: every length, offset and shape is checked before use. `name` is used in messages.
// Throws UserError.
TensorFile decode_safetensors(std::string_view bytes, const std::string& name);

}  // namespace mazescan::formats
