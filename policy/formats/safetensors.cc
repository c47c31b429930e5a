#include "policy/formats/safetensors.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

#include "core/error.h"
#include "core/json.h"

namespace mazescan::formats {

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

// Returns the product of untrusted sizes. Neither the product nor the tensor's strides may overflow, even if
// one of the sizes is 0.
int64_t element_count(const std::vector<int64_t>& shape, const std::string& name, const std::string& tensor) {
  int64_t count = 1, strides = 1;
  for (const int64_t side : shape) {
    if (side < 0 || __builtin_mul_overflow(strides, std::max<int64_t>(side, 1), &strides))
      damaged(name, fmt::format("shape of '{}' is impossible", tensor));
    count *= side;
  }
  return count;
}

constexpr int kMaxHeaderDepth = 4;
constexpr size_t kMaxHeaderValues = 1 << 20;  // some 8 a tensor

// Parses the header. Throws UserError if a key occurs twice.
nlohmann::json parse_header(std::string_view text, const std::string& name) {
  std::string fault;
  nlohmann::json header = parse_json(text, {kMaxHeaderDepth, kMaxHeaderValues}, &fault);
  if (header.is_discarded()) damaged(name, "its header: " + fault);
  if (!header.is_object()) damaged(name, "header is not a JSON object");
  return header;
}

// A tensor's entry in the header, checked.
struct Entry {
  torch::ScalarType type{};
  std::vector<int64_t> shape;
  uint64_t begin = 0, end = 0;  // range of its bytes in the data
};

std::vector<int64_t> integers(const nlohmann::json& entry, const char* field, const std::string& name,
                              const std::string& tensor) {
  std::vector<int64_t> out;
  if (!entry.is_object() || !entry.contains(field) || !entry[field].is_array())
    damaged(name, fmt::format("'{}' has no {}", tensor, field));
  for (const auto& item : entry[field]) {
    if (!item.is_number_integer())
      damaged(name, fmt::format("{} of '{}' is not a list of integers", field, tensor));
    out.push_back(item.get<int64_t>());  // numbers that do not fit become negative
  }
  return out;
}

Entry check_entry(const nlohmann::json& entry, size_t data_bytes, const std::string& name,
                  const std::string& tensor) {
  Entry out;
  out.shape = integers(entry, "shape", name, tensor);
  const std::vector<int64_t> offsets = integers(entry, "data_offsets", name, tensor);
  if (!entry.contains("dtype") || !entry["dtype"].is_string())
    damaged(name, fmt::format("'{}' has no dtype", tensor));
  const auto dtype = entry["dtype"].get<std::string>();
  const auto type = std::find_if(types().begin(), types().end(),
                                 [&](const auto& candidate) { return candidate.first == dtype; });
  if (type == types().end()) damaged(name, fmt::format("'{}' has unknown dtype '{}'", tensor, dtype));
  out.type = type->second;
  if (offsets.size() != 2 || offsets[0] < 0 || offsets[1] < offsets[0] ||
      static_cast<uint64_t>(offsets[1]) > data_bytes)
    damaged(name, fmt::format("data of '{}' is outside the file", tensor));
  out.begin = static_cast<uint64_t>(offsets[0]);
  out.end = static_cast<uint64_t>(offsets[1]);
  int64_t expected = 0;
  if (out.shape.size() > 16 ||
      __builtin_mul_overflow(element_count(out.shape, name, tensor),
                             static_cast<int64_t>(c10::elementSize(out.type)), &expected) ||
      expected != offsets[1] - offsets[0])
    damaged(name, fmt::format("shape of '{}' does not fit its data", tensor));
  return out;
}

// Checks that the tensors cover the data without gaps or overlaps. They then take as much memory as the file.
void require_tiling(const std::map<std::string, Entry>& entries, size_t data_bytes, const std::string& name) {
  std::vector<std::pair<uint64_t, uint64_t>> ranges;
  ranges.reserve(entries.size());
  for (const auto& [key, entry] : entries) ranges.emplace_back(entry.begin, entry.end);
  std::sort(ranges.begin(), ranges.end());
  uint64_t covered = 0;
  for (const auto& [begin, end] : ranges) {
    if (begin != covered) damaged(name, "tensors overlap or leave gaps");
    covered = end;
  }
  if (covered != data_bytes) damaged(name, "data and header do not agree in size (truncated?)");
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
  const nlohmann::json header = parse_header(text, name);

  TensorFile file;
  std::map<std::string, Entry> entries;
  for (const auto& [key, entry] : header.items()) {
    if (key != "__metadata__") {
      entries[key] = check_entry(entry, data.size(), name, key);
      continue;
    }
    if (!entry.is_object()) damaged(name, "metadata is not an object");
    for (const auto& [meta, value] : entry.items()) {
      if (!value.is_string()) damaged(name, fmt::format("metadata '{}' is not a text", meta));
      file.metadata[meta] = value.get<std::string>();
    }
  }
  require_tiling(entries, data.size(), name);
  for (const auto& [key, entry] : entries) {
    const std::string_view source = data.substr(entry.begin, entry.end - entry.begin);
    if (entry.type == torch::kBool && source.find_first_not_of(std::string_view("\0\1", 2)) != source.npos)
      damaged(name, fmt::format("'{}' holds truth values other than 0 and 1", key));
    torch::Tensor tensor = torch::empty(entry.shape, torch::TensorOptions(entry.type));
    if (!source.empty()) std::memcpy(tensor.data_ptr(), source.data(), source.size());
    file.tensors.emplace(key, tensor);
  }
  return file;
}

}  // namespace mazescan::formats
