#include "policy/formats/pth.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <torch/types.h>

#include <algorithm>
#include <cstring>
#include <nlohmann/json.hpp>

#include "core/error.h"
#include "core/json.h"
#include "policy/formats/pickle.h"
#include "policy/formats/pickle_words.h"
#include "policy/formats/weights.h"
#include "policy/formats/zip.h"

namespace mazescan::formats {

namespace {

using Kind = Pickle::Kind;
using Records = std::map<std::string, std::string_view>;

// The keys under which training scripts save a network's weights. encode_pth writes the first.
constexpr const char* kWeights[] = {"model_state_dict", "state_dict"};
constexpr const char* kFolder = "archive/";  // the folder of all records
constexpr const char* kPickle = "data.pkl";
constexpr const char* kMetadata = "extra/mazescan.json";
constexpr std::string_view kZip = "PK";
// The first bytes of the format of torch.save before 1.6: a pickle of a magic number.
constexpr std::string_view kLegacy("\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19", 14);
constexpr const char* kHowToSave = "torch.save({'model_state_dict': policy.state_dict()}, 'policy.pth')";

const std::map<std::string_view, torch::ScalarType>& types() {
  static const std::map<std::string_view, torch::ScalarType> table = {{"FloatStorage", torch::kFloat32},
                                                                      {"DoubleStorage", torch::kFloat64},
                                                                      {"HalfStorage", torch::kFloat16},
                                                                      {"BFloat16Storage", torch::kBFloat16}};
  return table;
}

[[noreturn]] void damaged(const std::string& name, const std::string& what) {
  throw UserError(fmt::format("{}: {}", name, what), "it is damaged, or not a file of torch.save",
                  fmt::format("use an undamaged copy, or save it again: {}", kHowToSave));
}

template <class T>
std::string first_names(const std::map<std::string, T>& all) {
  std::vector<std::string> names;
  for (const auto& [key, value] : all)
    if (names.size() < 6) names.push_back(key.substr(0, 60));
  return names.empty() ? "nothing" : fmt::format("{}", fmt::join(names, ", "));
}

// Returns the records by name, without their common folder.
Records read_records(std::string_view bytes, const std::string& name) {
  require(bytes.substr(0, kLegacy.size()) != kLegacy,
          lazy("{}: a file of torch.save before 1.6, or of its legacy mode", name),
          "only the zip that torch.save writes since is read",
          "in Python: torch.save(torch.load('old.pth', map_location='cpu'), 'new.pth')");
  require(is_pth(bytes), lazy("{}: not a file of torch.save", name), "it does not begin as a zip",
          lazy("in Python: {}", kHowToSave));
  Records records;
  std::string folder;
  for (const auto& [path, content] : read_zip(bytes, name)) {
    const size_t slash = path.find('/');
    const std::string head = path.substr(0, slash == path.npos ? 0 : slash + 1);
    if (records.empty()) folder = head;
    if (head != folder) damaged(name, "its records are in several folders");
    records.emplace(path.substr(head.size()), content);
  }
  require(records.count("constants.pkl") == 0, lazy("{}: a TorchScript module, which holds code", name),
          "only weights are read", lazy("in Python: policy = torch.jit.load(...); {}", kHowToSave));
  require(records.count(kPickle) == 1, lazy("{}: a zip, but not one of torch.save", name),
          "it has no record data.pkl", lazy("in Python: {}", kHowToSave));
  const auto order = records.find("byteorder");
  require(order == records.end() || order->second == "little", lazy("{}: not little-endian", name),
          "its numbers are stored in another order of bytes", "save it on a machine like this one");
  return records;
}

// Turns a pickle's descriptions into tensors. Tensors that share a storage in the file share it in memory.
class Tensors {
 public:
  Tensors(const Pickle& pickle, const Records& records, size_t file_bytes, const std::string& name)
      : pickle_(pickle), records_(records), left_(file_bytes), name_(name) {}

  // Returns the tensor in the type that the file has.
  torch::Tensor make(const Pickle::Value& value, const std::string& weight) {
    const Pickle::Value& stored = pickle_.at(value.items[0]);
    const auto type = types().find(stored.type);
    require(type != types().end(), lazy("{}: weight '{}' is of type {}", name_, weight, stored.type),
            "a network's weights are floating-point numbers", lazy("in Python: {}", kHowToSave));
    const std::vector<int64_t> sizes = integers(value.items[2], weight),
                               strides = integers(value.items[3], weight);
    const int64_t offset = pickle_.at(value.items[1]).integer;
    const size_t elements = extent(sizes, strides, offset, stored.integer, weight),
                 bytes = std::min(elements, size_t{1} << 56) * c10::elementSize(type->second);
    // Limits the bytes to the size of the file; otherwise a small file could require much memory.
    require(bytes <= left_ || !is_expanded(sizes, strides),
            lazy("{}: weight '{}' shows few values many times", name_, weight),
            "such a view (of torch's expand) could take any amount of memory",
            lazy("in Python, before torch.save: {{name: weight.clone() for ...}}"));
    if (bytes > left_) damaged(name_, fmt::format("weight '{}' is larger than what the file holds", weight));
    left_ -= bytes;
    return storage(stored, type->second).as_strided(sizes, strides, offset);
  }

 private:
  std::vector<int64_t> integers(uint32_t tuple, const std::string& weight) const {
    std::vector<int64_t> out;
    for (const uint32_t item : pickle_.at(tuple).items) {
      if (pickle_.at(item).kind != Kind::kInteger || out.size() == 16)
        damaged(name_, fmt::format("weight '{}' has an impossible shape", weight));
      out.push_back(pickle_.at(item).integer);
    }
    return out;
  }

  static bool is_expanded(const std::vector<int64_t>& sizes, const std::vector<int64_t>& strides) {
    for (size_t i = 0; i < sizes.size(); ++i)
      if (sizes[i] > 1 && strides[i] == 0) return true;
    return false;
  }

  // Returns the number of elements. Checks that all of them are in a storage of `count` elements.
  size_t extent(const std::vector<int64_t>& sizes, const std::vector<int64_t>& strides, int64_t offset,
                int64_t count, const std::string& weight) const {
    int64_t elements = 1, last = offset;
    bool fits = sizes.size() == strides.size() && offset >= 0;
    for (size_t i = 0; fits && i < sizes.size(); ++i) {
      int64_t reach = 0;
      fits = sizes[i] > 0 && strides[i] >= 0 && !__builtin_mul_overflow(elements, sizes[i], &elements) &&
             !__builtin_mul_overflow(sizes[i] - 1, strides[i], &reach) &&
             !__builtin_add_overflow(last, reach, &last);
    }
    if (!fits || last >= count || (elements > count && !is_expanded(sizes, strides)))
      damaged(name_, fmt::format("weight '{}' is outside its storage", weight));
    return static_cast<size_t>(elements);
  }

  // Returns a copy of the record, made once: its bytes in the file may not be aligned.
  torch::Tensor storage(const Pickle::Value& stored, torch::ScalarType type) {
    const std::string key(stored.text);
    const auto record = records_.find("data/" + key);
    if (record == records_.end()) damaged(name_, fmt::format("record 'data/{}' is missing", key));
    int64_t bytes = 0;
    if (__builtin_mul_overflow(stored.integer, static_cast<int64_t>(c10::elementSize(type)), &bytes) ||
        static_cast<uint64_t>(bytes) != record->second.size())
      damaged(name_, fmt::format("record 'data/{}' has another size than its storage", key));
    torch::Tensor& tensor = storages_[{key, type}];
    if (!tensor.defined()) {
      tensor = torch::empty({stored.integer}, type);
      std::memcpy(tensor.data_ptr(), record->second.data(), record->second.size());
    }
    return tensor;
  }

  const Pickle& pickle_;
  const Records& records_;
  size_t left_;  // bytes that tensors may still take
  const std::string& name_;
  std::map<std::pair<std::string, torch::ScalarType>, torch::Tensor> storages_;
};

// Returns the keys of a dict with the indices of their values. nameless: receives keys that are not strings.
// Throws UserError if a key occurs twice.
std::map<std::string, uint32_t> entries(const Pickle& pickle, const Pickle::Value& dict,
                                        const std::string& name, std::vector<std::string>& nameless) {
  std::map<std::string, uint32_t> out;
  for (size_t i = 0; i < dict.items.size(); i += 2) {
    const Pickle::Value& key = pickle.at(dict.items[i]);
    if (key.kind != Kind::kText) {
      nameless.push_back(key.kind == Kind::kInteger ? fmt::format("the number {}", key.integer)
                                                    : "what is no text");
      continue;
    }
    if (!out.emplace(key.text, dict.items[i + 1]).second)
      damaged(name, fmt::format("'{}' appears twice", key.text));
  }
  return out;
}

// Returns the entries of the dict under one of kWeights, or of the top one. left_out: receives the names of
// the entries beside that dict. Throws UserError if it is unclear which dict holds the weights.
std::map<std::string, uint32_t> find_weights(const Pickle& pickle, const std::string& name,
                                             std::vector<std::string>& left_out) {
  if (pickle.top().kind != Kind::kDict) damaged(name, "it holds no dict");
  std::vector<std::string> nameless;
  auto weights = entries(pickle, pickle.top(), name, nameless);
  std::vector<std::string> found;
  for (const char* key : kWeights)
    if (weights.count(key) != 0) found.emplace_back(key);
  require(found.size() <= 1, lazy("{}: both '{}' in it", name, fmt::join(found, "' and '")),
          "either could hold the weights of the policy", lazy("save one of them: {}", kHowToSave));
  if (!found.empty()) {
    for (const auto& [key, place] : weights)
      if (key != found.front()) left_out.push_back(key);
    left_out.insert(left_out.end(), nameless.begin(), nameless.end());
    nameless.clear();
    const Pickle::Value& state = pickle.at(weights.at(found.front()));
    if (state.kind != Kind::kDict) damaged(name, fmt::format("'{}' is no dict", found.front()));
    weights = entries(pickle, state, name, nameless);
  }
  if (!nameless.empty())
    throw UserError(fmt::format("{}: a weight is called by {}", name, nameless.front()),
                    "weights are identified by names, which are strings",
                    fmt::format("in Python: {}", kHowToSave));
  return weights;
}

std::map<std::string, std::string> read_metadata(std::string_view text, const std::string& name) {
  std::map<std::string, std::string> out;
  const auto json = parse_json(text);
  if (!json.is_object()) damaged(name, fmt::format("its record '{}' is no JSON object", kMetadata));
  for (const auto& [key, value] : json.items()) {
    if (!value.is_string()) damaged(name, fmt::format("its record '{}' holds what is no text", kMetadata));
    out[key] = value.get<std::string>();
  }
  return out;
}

}  // namespace

bool is_pth(std::string_view bytes) {
  return bytes.substr(0, kZip.size()) == kZip || bytes.substr(0, kLegacy.size()) == kLegacy;
}

PthFile decode_pth(std::string_view bytes, const std::string& name) {
  const Records records = read_records(bytes, name);
  const Pickle pickle(records.at(kPickle), name);
  PthFile file;
  auto weights = find_weights(pickle, name, file.left_out);
  file.prefix = take_prefix(weights);
  const bool tensors_only = std::all_of(weights.begin(), weights.end(), [&](const auto& entry) {
    return pickle.at(entry.second).kind == Kind::kTensor;
  });
  require(tensors_only && !weights.empty(), lazy("{}: no weights in it, but {}", name, first_names(weights)),
          lazy("weights are tensors by name, alone or under '{}'", fmt::join(kWeights, "' or '")),
          lazy("in Python: {}", kHowToSave));
  Tensors tensors(pickle, records, bytes.size(), name);
  for (const auto& [weight, place] : weights) {
    add_weight(file, weight, tensors.make(pickle.at(place), weight), name);
  }
  if (const auto found = records.find(kMetadata); found != records.end())
    file.metadata = read_metadata(found->second, name);
  return file;
}

std::string encode_pth(const std::vector<NamedTensor>& weights,
                       const std::map<std::string, std::string>& metadata) {
  std::string state = pickled_ordered_dict() + "(";
  std::vector<torch::Tensor> tensors;
  std::vector<std::pair<std::string, std::string_view>> records;
  for (const auto& [name, values] : weights) {
    const std::string key = std::to_string(tensors.size());
    tensors.push_back(values.cpu().contiguous());
    state += pickled_text(name) + pickled_tensor(key, values.sizes().vec());
    records.emplace_back(
        fmt::format("{}data/{}", kFolder, key),
        std::string_view(static_cast<const char*>(tensors.back().data_ptr()), values.nbytes()));
  }
  const std::string pickle = "\x80\x02}" + pickled_text(kWeights[0]) + state + "us.";
  const std::string about = nlohmann::json(metadata).dump();
  records.insert(records.begin(), {std::string(kFolder) + kPickle, pickle});
  for (const auto& [record, content] : {std::pair<const char*, std::string_view>{"byteorder", "little"},
                                        {kMetadata, about},
                                        {"version", "3\n"}})
    records.emplace_back(std::string(kFolder) + record, content);
  return write_zip(records);
}

}  // namespace mazescan::formats
