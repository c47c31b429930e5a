#include "policy/safetensors.h"

#include <fmt/format.h>

#include <cstring>
#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

#include "core/error.h"

namespace mazescan {

namespace {

constexpr uint64_t kHeaderLimit = 100'000'000;  // the format's own limit
constexpr size_t kAlignment = 8;

const std::vector<std::pair<std::string, torch::ScalarType>>& types() {
  static const std::vector<std::pair<std::string, torch::ScalarType>> table = {
      {"F32", torch::kFloat32},   {"F64", torch::kFloat64}, {"F16", torch::kFloat16},
      {"BF16", torch::kBFloat16}, {"I64", torch::kInt64},   {"I32", torch::kInt32},
      {"I16", torch::kInt16},     {"I8", torch::kInt8},     {"U8", torch::kUInt8},
      {"BOOL", torch::kBool}};
  return table;
}

std::string type_name(torch::ScalarType type) {
  for (const auto& [name, candidate] : types())
    if (candidate == type) return name;
  throw InternalError("a tensor type that safetensors has no name for");
}

[[noreturn]] void damaged(const std::string& name, const std::string& what) {
  throw UserError(fmt::format("{}: {}", name, what), "it is not a safetensors file, or is damaged",
                  "use an undamaged .safetensors file");
}

// Sum and product of sizes from a stranger must not wrap.
int64_t element_count(const std::vector<int64_t>& shape, const std::string& name, const std::string& tensor) {
  int64_t count = 1;
  for (const int64_t side : shape)
    if (side < 0 || __builtin_mul_overflow(count, side, &count))
      damaged(name, fmt::format("shape of '{}' is impossible", tensor));
  return count;
}

}  // namespace

std::string encode_safetensors(const TensorFile& file) {
  nlohmann::json header = nlohmann::json::object();  // keys in order: equal input, equal bytes
  if (!file.metadata.empty()) header["__metadata__"] = file.metadata;
  uint64_t offset = 0;
  for (const auto& [name, tensor] : file.tensors) {
    const uint64_t end = offset + tensor.nbytes();
    header[name] = {{"dtype", type_name(tensor.scalar_type())},
                    {"shape", std::vector<int64_t>(tensor.sizes().begin(), tensor.sizes().end())},
                    {"data_offsets", {offset, end}}};
    offset = end;
  }
  std::string text = header.dump();
  text.resize((text.size() + kAlignment - 1) / kAlignment * kAlignment, ' ');
  const uint64_t length = text.size();
  std::string bytes(reinterpret_cast<const char*>(&length), sizeof length);
  bytes += text;
  bytes.reserve(bytes.size() + offset);
  for (const auto& [name, tensor] : file.tensors) {
    const torch::Tensor plain = tensor.cpu().contiguous();
    bytes.append(static_cast<const char*>(plain.data_ptr()), plain.nbytes());
  }
  return bytes;
}

TensorFile decode_safetensors(std::string_view bytes, const std::string& name) {
  uint64_t length = 0;
  if (bytes.size() < sizeof length) damaged(name, "shorter than its header");
  std::memcpy(&length, bytes.data(), sizeof length);
  if (length > kHeaderLimit || length > bytes.size() - sizeof length)
    damaged(name, "header longer than the file");
  const std::string_view text = bytes.substr(sizeof length, length);
  const std::string_view data = bytes.substr(sizeof length + length);
  const auto header = nlohmann::json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!header.is_object()) damaged(name, "header is not a JSON object");

  TensorFile file;
  uint64_t covered = 0;
  for (const auto& [key, entry] : header.items()) {
    if (key == "__metadata__") {
      if (!entry.is_object()) damaged(name, "metadata is not an object");
      for (const auto& [meta, value] : entry.items()) {
        if (!value.is_string()) damaged(name, fmt::format("metadata '{}' is not a text", meta));
        file.metadata[meta] = value.get<std::string>();
      }
      continue;
    }
    const auto integers = [&](const char* field) {
      std::vector<int64_t> out;
      if (!entry.is_object() || !entry.contains(field) || !entry[field].is_array())
        damaged(name, fmt::format("'{}' has no {}", key, field));
      for (const auto& item : entry[field]) {
        if (!item.is_number_integer())
          damaged(name, fmt::format("{} of '{}' is not a list of integers", field, key));
        out.push_back(item.get<int64_t>());
      }
      return out;
    };
    const std::vector<int64_t> shape = integers("shape"), offsets = integers("data_offsets");
    if (!entry.contains("dtype") || !entry["dtype"].is_string())
      damaged(name, fmt::format("'{}' has no dtype", key));
    const auto dtype = entry["dtype"].get<std::string>();
    const std::pair<std::string, torch::ScalarType>* type = nullptr;
    for (const auto& candidate : types())
      if (candidate.first == dtype) type = &candidate;
    if (type == nullptr) damaged(name, fmt::format("'{}' has unknown dtype '{}'", key, dtype));
    if (offsets.size() != 2 || offsets[0] < 0 || offsets[1] < offsets[0] ||
        static_cast<uint64_t>(offsets[1]) > data.size())
      damaged(name, fmt::format("data of '{}' lies outside the file", key));
    int64_t expected = 0;
    if (shape.size() > 16 ||
        __builtin_mul_overflow(element_count(shape, name, key),
                               static_cast<int64_t>(c10::elementSize(type->second)), &expected) ||
        expected != offsets[1] - offsets[0])
      damaged(name, fmt::format("shape of '{}' does not fit its data", key));
    torch::Tensor tensor = torch::empty(shape, torch::TensorOptions(type->second));
    if (expected > 0) std::memcpy(tensor.data_ptr(), data.data() + offsets[0], static_cast<size_t>(expected));
    file.tensors.emplace(key, tensor);
    covered += static_cast<uint64_t>(expected);
  }
  if (covered != data.size()) damaged(name, "data and header do not agree in size (truncated?)");
  return file;
}

}  // namespace mazescan
