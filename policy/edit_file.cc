#include "policy/edit_file.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <torch/types.h>

#include <algorithm>
#include <array>

#include "core/config.h"

namespace mazescan::policy {

namespace {

using Change = decltype(EditEntry::change);

// The name of each kind of edit, and an edit of that kind with the default values of optional keys.
struct Kind {
  const char* name;
  Change change;
};
const std::vector<Kind>& kinds() {
  static const std::vector<Kind> all = {{"add_vector", AddVector{}},
                                        {"clamp_cells", ClampNamedCell{}},
                                        {"zero_channels", ZeroChannels{}},
                                        {"replace_channels", ReplaceChannels{}},
                                        {"resample_channels", ResampleCheese{}},
                                        {"interpolate", Interpolate{}},
                                        {"multiply_mask", MultiplyMask{}},
                                        {"set_activations", SetActivations{}},
                                        {"add_around", AddAround{}},
                                        {"set_around", SetAround{}}};
  return all;
}

// Visits the keys of each kind, for reading and for writing. Keys visited by `optional` may be missing.
template <class Visitor>
void visit_keys(AddVector& edit, Visitor& visit) {
  visit("vector", edit.vector);
  visit.optional("coefficient", edit.coefficient);
}
template <class Visitor>
void visit_keys(ClampNamedCell& edit, Visitor& visit) {
  visit("channels", edit.channels);
  visit("cell", edit.cell);
  visit("value", edit.value);
  visit.optional("elsewhere", edit.elsewhere);
}
template <class Visitor>
void visit_keys(ZeroChannels& edit, Visitor& visit) {
  visit("channels", edit.channels);
}
template <class Visitor>
void visit_keys(ReplaceChannels& edit, Visitor& visit) {
  visit("channels", edit.channels);
  visit("activations", edit.activations);
}
template <class Visitor>
void visit_keys(ResampleCheese& edit, Visitor& visit) {
  visit("channels", edit.channels);
  visit("cheese", edit.cheese);
}
template <class Visitor>
void visit_keys(Interpolate& edit, Visitor& visit) {
  visit("activations", edit.activations);
  visit.optional("amount", edit.amount);
}
template <class Visitor>
void visit_keys(MultiplyMask& edit, Visitor& visit) {
  visit("mask", edit.mask);
}
template <class Visitor>
void visit_keys(SetActivations& edit, Visitor& visit) {
  visit("mask", edit.mask);
  visit("values", edit.values);
}

template <class Visitor>
void visit_keys(AddAround& edit, Visitor& visit) {
  visit("cell", edit.cell);
  visit("vector", edit.vector);
  visit.optional("coefficient", edit.coefficient);
}
template <class Visitor>
void visit_keys(SetAround& edit, Visitor& visit) {
  visit("cell", edit.cell);
  visit("mask", edit.mask);
  visit("values", edit.values);
}

struct NamedCellKind {
  const char* name;
  NamedCell::Kind kind;
};
constexpr NamedCellKind kCellNames[] = {{"target", NamedCell::Kind::kTarget},
                                        {"cheese", NamedCell::Kind::kCheese},
                                        {"random", NamedCell::Kind::kRandom}};

NamedCell read_cell(const ConfigNode& node) {
  NamedCell cell;
  if (node.is_list()) {
    const std::vector<ConfigNode> coordinates = node.elements();
    if (coordinates.size() != 2)
      node.reject("a cell has two coordinates", "[x, y], counted from the bottom left");
    coordinates[0].read(cell.x);
    coordinates[1].read(cell.y);
    if (cell.x < 0 || cell.y < 0)
      node.reject("cells are counted from 0", "[x, y], counted from the bottom left");
    return cell;
  }
  std::string name;
  node.read(name);
  for (const auto& [known, kind] : kCellNames)
    if (name == known) {
      cell.kind = kind;
      return cell;
    }
  node.reject("no cell has this name", "target, cheese, random or [x, y]");
}

// Appends the numbers of nested lists; returns their shape.
std::vector<int64_t> read_numbers(const ConfigNode& node, size_t axes, std::vector<float>& numbers) {
  if (!node.is_list()) {
    double number = 0;
    node.read(number);
    numbers.push_back(static_cast<float>(number));
    return {};
  }
  constexpr size_t kMaxAxes = 4;  // items, channels, rows, columns
  if (axes == kMaxAxes)
    node.reject("lists are nested too deeply", "at most [items, channels, rows, columns]");
  const std::vector<ConfigNode> elements = node.elements();
  if (elements.empty()) node.reject("the list is empty", "a number for each activation");
  std::vector<int64_t> shape;
  for (size_t i = 0; i < elements.size(); ++i) {
    const std::vector<int64_t> inner = read_numbers(elements[i], axes + 1, numbers);
    if (i == 0) shape = inner;
    if (inner != shape)
      elements[i].reject("it is not as long as the list before it", "lists of equal lengths");
  }
  shape.insert(shape.begin(), static_cast<int64_t>(elements.size()));
  return shape;
}

class EntryReader {
 public:
  EntryReader(const ConfigNode& node, EditEntry& entry, const TensorReader& read_tensors)
      : node_(node), entry_(entry), read_tensors_(read_tensors) {}

  template <class T>
  void operator()(const char* key, T& value) {
    require(node_.has(key), lazy("{}: '{}' is missing", entry_.place, key), "an edit of this kind needs it",
            lazy("add the key '{}'", key));
    read(key, node_.child(key), value);
  }
  template <class T>
  void optional(const char* key, T& value) {
    if (node_.has(key)) read(key, node_.child(key), value);
  }

 private:
  void read(const char*, const ConfigNode& node, double& value) { node.read(value); }
  void read(const char*, const ConfigNode& node, std::optional<double>& value) { node.read(value.emplace()); }
  void read(const char*, const ConfigNode& node, NamedCell& cell) { cell = read_cell(node); }
  void read(const char*, const ConfigNode& node, std::vector<int64_t>& channels) {
    for (const ConfigNode& element : node.elements()) element.read(channels.emplace_back());
  }
  void read(const char* key, const ConfigNode& node, torch::Tensor& tensor) {
    if (node.is_list()) {
      std::vector<float> numbers;
      const std::vector<int64_t> shape = read_numbers(node, 0, numbers);
      tensor = torch::tensor(numbers).view(shape);
      return;
    }
    std::string& reference = entry_.references[key];
    node.read(reference);
    const size_t hash = reference.rfind('#');
    if (hash == std::string::npos || hash == 0 || reference.find('/') != std::string::npos)
      node.reject("values are numbers in lists, or a tensor of a file in the same folder",
                  "[0.5, 1, ...] or masks.safetensors#name");
    const std::string file = reference.substr(0, hash), name = reference.substr(hash + 1);
    const formats::TensorFile found = read_tensors_(file);
    const auto named = found.tensors.find(name);
    if (named == found.tensors.end()) {
      std::vector<std::string> names;
      for (const auto& [known, values] : found.tensors) names.push_back(known);
      const std::string near = nearest(name, names);
      node.reject(fmt::format("{} holds no tensor of that name", file),
                  near.empty() ? fmt::format("one of {}", fmt::join(names, ", "))
                               : fmt::format("did you mean '{}'?", near));
    }
    tensor = named->second;
  }

  const ConfigNode& node_;
  EditEntry& entry_;
  const TensorReader& read_tensors_;
};

struct KeyLister {
  template <class T>
  void operator()(const char* key, T&) {
    keys.emplace_back(key);
  }
  template <class T>
  void optional(const char* key, T&) {
    keys.emplace_back(key);
  }
  std::vector<std::string> keys = {"layer", "kind"};
};

EditEntry read_entry(const ConfigNode& node, const TensorReader& read_tensors) {
  EditEntry entry;
  entry.place = node.place();
  node.only({});  // a map without duplicates
  for (const char* key : {"layer", "kind"})
    require(node.has(key), lazy("{}: '{}' is missing", entry.place, key),
            "an edit names its layer and its kind", lazy("kind: one of {}", fmt::join(edit_kinds(), ", ")));
  std::string kind;
  node.child("layer").read(entry.layer);
  node.child("kind").read(kind);
  const auto known = std::find(edit_kinds().begin(), edit_kinds().end(), kind);
  if (known == edit_kinds().end()) {
    const std::string near = nearest(kind, edit_kinds());
    node.child("kind").reject("there is no such kind of edit",
                              near.empty() ? fmt::format("one of {}", fmt::join(edit_kinds(), ", "))
                                           : fmt::format("did you mean '{}'?", near));
  }
  entry.change = kinds()[static_cast<size_t>(known - edit_kinds().begin())].change;
  std::visit(
      [&](auto& change) {
        KeyLister lister;
        visit_keys(change, lister);
        node.only(lister.keys);
        EntryReader reader(node, entry, read_tensors);
        visit_keys(change, reader);
      },
      entry.change);
  return entry;
}

std::string tensor_text(const torch::Tensor& tensor) {
  if (tensor.dim() == 0) return fmt::format("{}", tensor.item<float>());
  std::string text;
  for (int64_t i = 0; i < tensor.size(0); ++i) text += (i == 0 ? "" : ", ") + tensor_text(tensor[i]);
  return "[" + text + "]";
}

class EntryWriter {
 public:
  explicit EntryWriter(const EditEntry& entry) : entry_(entry) {}

  template <class T>
  void operator()(const char* key, const T& value) {
    text += fmt::format("  {}: {}\n", key, text_of(key, value));
  }
  void optional(const char* key, double value) { (*this)(key, value); }
  void optional(const char* key, const std::optional<double>& value) {
    if (value) (*this)(key, *value);
  }
  std::string text;

 private:
  static std::string text_of(const char*, double value) { return fmt::format("{}", value); }
  static std::string text_of(const char*, const std::vector<int64_t>& channels) {
    return fmt::format("[{}]", fmt::join(channels, ", "));
  }
  static std::string text_of(const char*, const NamedCell& cell) {
    for (const auto& [name, kind] : kCellNames)
      if (cell.kind == kind) return name;
    return fmt::format("[{}, {}]", cell.x, cell.y);
  }
  std::string text_of(const char* key, const torch::Tensor& tensor) const {
    const auto reference = entry_.references.find(key);
    return reference == entry_.references.end() ? tensor_text(tensor.to(torch::kFloat32).cpu())
                                                : config_detail::scalar_text(reference->second);
  }

  const EditEntry& entry_;
};

}  // namespace

const std::vector<std::string>& edit_kinds() {
  static const std::vector<std::string> names = [] {
    std::vector<std::string> all;
    for (const Kind& kind : kinds()) all.emplace_back(kind.name);
    return all;
  }();
  return names;
}

std::vector<EditEntry> parse_edits(const std::string& text, const std::string& name,
                                   const TensorReader& read_tensors) {
  std::vector<EditEntry> edits;
  for (const ConfigNode& node : ConfigNode::from_text(text, name).elements())
    edits.push_back(read_entry(node, read_tensors));
  require(!edits.empty(), lazy("{}: no edits", name), "the file is a list of edits",
          "- {layer: embedder.fc, kind: zero_channels, channels: [3]}");
  return edits;
}

std::string dump_edits(const std::vector<EditEntry>& edits) {
  std::string text;
  for (const EditEntry& entry : edits) {
    EntryWriter writer(entry);
    Change change = entry.change;
    std::visit([&](auto& kind) { visit_keys(kind, writer); }, change);
    text += fmt::format("- layer: {}\n  kind: {}\n{}", config_detail::scalar_text(entry.layer),
                        kinds()[change.index()].name, writer.text);
  }
  return text;
}

}  // namespace mazescan::policy
