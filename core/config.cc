#include "core/config.h"

#include <fmt/ranges.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <numeric>
#include <set>
#include <sstream>

namespace mazescan {

namespace {

size_t edit_distance(const std::string& a, const std::string& b) {
  std::vector<size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), size_t{0});
  for (size_t i = 1; i <= a.size(); ++i) {
    size_t diagonal = row[0];
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t substituted = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, substituted});
    }
  }
  return row[b.size()];
}

template <class T>
bool parse_number(const std::string& text, T& out) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  return error == std::errc() && end == text.data() + text.size();
}

// Detects numbers such as 010, which yaml-cpp reads as 8: octal is never meant.
bool has_leading_zero(const std::string& text) {
  const size_t first = text.find_first_not_of('-');
  return first != std::string::npos && text[first] == '0' && first + 1 < text.size() &&
         text[first + 1] != '.' && text[first + 1] != 'e';
}

std::vector<std::string> split(const std::string& text, char separator) {
  std::vector<std::string> parts;
  std::stringstream stream(text);
  for (std::string part; std::getline(stream, part, separator);) parts.push_back(part);
  return parts;
}

YAML::Node parse_yaml(const std::string& text, const std::string& name) {
  try {
    const std::vector<YAML::Node> documents = YAML::LoadAll(text);
    require(documents.size() <= 1, lazy("{}: more than one document", name),
            "a configuration is one document", "remove the line '---' and the other documents");
    return documents.empty() ? YAML::Node() : documents.front();
  } catch (const YAML::Exception& e) {
    throw UserError(fmt::format("{}:{}:{}: not valid YAML", name, e.mark.line + 1, e.mark.column + 1), e.msg,
                    "correct the file; see configs/README.md for the format");
  }
}

}  // namespace

std::string nearest(const std::string& word, const std::vector<std::string>& candidates) {
  std::string best;
  size_t best_distance = std::max<size_t>(2, word.size() / 2) + 1;
  for (const auto& candidate : candidates) {
    const size_t distance = edit_distance(word, candidate);
    if (distance < best_distance) {
      best_distance = distance;
      best = candidate;
    }
  }
  return best;
}

// The data that all nodes of a document share.
struct ConfigNode::Document {
  std::string name;
  std::vector<std::pair<std::string, std::string>> overrides;  // path, "--set ..." text

  // Returns the override that sets the value at `path`, the last of several; "" if the file sets it.
  std::string override_of(const std::string& path) const {
    for (auto at = overrides.rbegin(); at != overrides.rend(); ++at) {
      const auto& [key_path, shown] = *at;
      if (path == key_path || path.rfind(key_path + ".", 0) == 0 || path.rfind(key_path + "[", 0) == 0)
        return shown;
    }
    return "";
  }
};

struct ConfigNode::Impl {
  std::shared_ptr<const Document> document;
  YAML::Node node;
};

ConfigNode ConfigNode::from_file(const std::string& path, const std::vector<std::string>& overrides) {
  namespace fs = std::filesystem;
  require(fs::exists(path), lazy("{}: no such file", path), "the file does not exist",
          "give the path of a YAML file, such as configs/quickstart.yaml");
  require(!fs::is_directory(path), lazy("{}: is a directory", path), "a configuration is a file",
          "give the path of a YAML file, such as configs/quickstart.yaml");
  require(fs::is_regular_file(path), lazy("{}: is not a regular file", path),
          "a pipe or a device may block, or never end", "give the path of a YAML file");
  std::ifstream stream(path);
  require(stream.good(), lazy("{}: cannot be read", path), "the file cannot be opened",
          "check its permissions");
  constexpr size_t kMaxBytes = 16 << 20;
  std::string text(kMaxBytes + 1, '\0');
  stream.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<size_t>(stream.gcount()));
  require(!stream.bad(), lazy("{}: cannot be read", path), "the system reports an error while reading",
          "give the path of a YAML file");
  require(text.size() <= kMaxBytes, lazy("{}: is too large", path),
          lazy("a configuration has at most {} bytes", kMaxBytes), "give the path of a YAML file");
  return from_text(text, path, overrides);
}

ConfigNode ConfigNode::from_text(const std::string& text, const std::string& name,
                                 const std::vector<std::string>& overrides) {
  auto document = std::make_shared<Document>(Document{name, {}});
  YAML::Node root = parse_yaml(text, name);
  for (const auto& override_text : overrides) {
    const std::string shown = "--set " + override_text;
    const size_t equals = override_text.find('=');
    require(equals != std::string::npos && equals > 0, lazy("{}: not of the form key.key=value", shown),
            "an override names one key and its value", "--set ppo.epochs=3");
    const std::string key_path = override_text.substr(0, equals);
    if (root.IsNull()) root = YAML::Node(YAML::NodeType::Map);
    YAML::Node node = root;  // reset() below rebinds without assigning into the tree
    const auto keys = split(key_path, '.');
    for (size_t i = 0; i < keys.size(); ++i) {
      require(node.IsMap() && !keys[i].empty(), lazy("{}: '{}' has no key '{}'", shown, name, keys[i]),
              "the parent of this key is not a section", "compare with the output of --dump-config");
      if (i + 1 == keys.size()) {
        node[keys[i]] = parse_yaml(override_text.substr(equals + 1), shown);
      } else {
        if (!node[keys[i]] || node[keys[i]].IsNull()) node[keys[i]] = YAML::Node(YAML::NodeType::Map);
        node.reset(node[keys[i]]);
      }
    }
    document->overrides.emplace_back(key_path, shown);
  }
  return {std::make_shared<Impl>(Impl{document, root}), ""};
}

const std::string& ConfigNode::document_name() const {
  return impl_->document->name;
}

std::string ConfigNode::place() const {
  std::string from = impl_->document->override_of(path_);
  if (!from.empty()) return from;
  const YAML::Mark mark = impl_->node.Mark();
  if (mark.is_null()) return impl_->document->name;
  return fmt::format("{}:{}:{}", impl_->document->name, mark.line + 1, mark.column + 1);
}

void ConfigNode::reject(const std::string& reason, const std::string& hint) const {
  const YAML::Node& node = impl_->node;
  std::string shown = node.IsScalar() ? node.Scalar() : node.IsNull() ? "empty" : YAML::Dump(node);
  if (shown.size() > 60) shown = shown.substr(0, 57) + "...";
  const std::string name = path_.empty() ? "the document" : "'" + path_ + "'";
  throw UserError(fmt::format("{}: {} is {}", place(), name, shown), reason, hint);
}

bool ConfigNode::has(const std::string& key) const {
  return impl_->node.IsMap() && impl_->node[key];
}

ConfigNode ConfigNode::child(const std::string& key) const {
  return {std::make_shared<Impl>(Impl{impl_->document, impl_->node[key]}),
          path_.empty() ? key : path_ + "." + key};
}

bool ConfigNode::is_list() const {
  return impl_->node.IsSequence();
}

std::vector<ConfigNode> ConfigNode::elements() const {
  if (!impl_->node.IsSequence()) reject("expected a list", "[first, second, ...]");
  std::vector<ConfigNode> out;
  for (size_t i = 0; i < impl_->node.size(); ++i)
    out.push_back(
        {std::make_shared<Impl>(Impl{impl_->document, impl_->node[i]}), fmt::format("{}[{}]", path_, i)});
  return out;
}

// Without `known`, checks only that the node is a map without duplicate keys.
void ConfigNode::only(const std::vector<std::string>& known) const {
  const YAML::Node& node = impl_->node;
  if (node.IsNull()) return;  // an empty section: all defaults
  if (!node.IsMap()) reject("expected a section with keys", "key: value");
  std::set<std::string> seen;
  for (const auto& entry : node) {
    const auto where = [&] {
      const YAML::Mark mark = entry.first.Mark();
      if (!mark.is_null())
        return fmt::format("{}:{}:{}", impl_->document->name, mark.line + 1, mark.column + 1);
      // The key was made by an override, of itself or of a key below it.
      const std::string prefix = (path_.empty() ? "" : path_ + ".") + entry.first.Scalar() + ".";
      for (const auto& [key_path, shown] : impl_->document->overrides)
        if (key_path.rfind(prefix, 0) == 0) return shown;
      return place();
    };
    if (!entry.first.IsScalar()) reject("a key must be a plain name", "key: value");
    const std::string key = entry.first.Scalar();
    const std::string full = path_.empty() ? key : path_ + "." + key;
    if (!seen.insert(key).second)
      throw UserError(fmt::format("{}: duplicate key '{}'", where(), full), "each key may appear once",
                      "remove one of them");
    if (known.empty() || std::count(known.begin(), known.end(), key) != 0) continue;
    const std::string near = nearest(key, known);
    const std::string from = impl_->document->override_of(full);
    throw UserError(fmt::format("{}: unknown key '{}'", from.empty() ? where() : from, full),
                    "this section has no such key",
                    near.empty() ? fmt::format("one of {}", fmt::join(known, ", "))
                                 : fmt::format("did you mean '{}'?", near));
  }
}

void ConfigNode::read(bool& out) const {
  const std::string text = impl_->node.IsScalar() ? impl_->node.Scalar() : "";
  if (text != "true" && text != "false") reject("expected a boolean", "true or false");
  out = text == "true";
}

void ConfigNode::read(int64_t& out) const {
  const std::string text = impl_->node.IsScalar() ? impl_->node.Scalar() : "";
  if (has_leading_zero(text) || !parse_number(text, out))
    reject("expected an integer", "digits only, no leading zero, such as 12");
}

void ConfigNode::read(int& out) const {
  int64_t wide = 0;
  read(wide);
  if (wide < INT32_MIN || wide > INT32_MAX) reject("the number does not fit in 32 bits", "a smaller number");
  out = static_cast<int>(wide);
}

void ConfigNode::read(double& out) const {
  const std::string text = impl_->node.IsScalar() ? impl_->node.Scalar() : "";
  if (has_leading_zero(text) || !parse_number(text, out) || !std::isfinite(out))
    reject("expected a number", "such as 0.5 or 1e-5");
}

void ConfigNode::read(std::string& out) const {
  if (!impl_->node.IsScalar()) reject("expected a string", "a name or a quoted string");
  out = impl_->node.Scalar();
  const bool is_plain =
      std::all_of(out.begin(), out.end(), [](unsigned char c) { return c >= ' ' || c == '\n' || c == '\t'; });
  if (!is_plain) reject("it holds a control character", "text without control characters");
}

Check<std::string> one_of(const std::vector<std::string>& names) {
  const std::string hint = fmt::format("one of {}", fmt::join(names, ", "));
  const auto ok = [names](const std::string& value) {
    return std::find(names.begin(), names.end(), value) != names.end();
  };
  const auto hint_for = [names, hint](const std::string& value) {
    const std::string near = nearest(value, names);
    return near.empty() ? hint : fmt::format("did you mean '{}'? ({})", near, hint);
  };
  Allowed allowed;
  allowed.names = names;
  return {hint, ok, allowed, hint_for, "there is no such value"};
}

namespace config_detail {

std::string scalar_text(bool value) {
  return value ? "true" : "false";
}
std::string scalar_text(int value) {
  return std::to_string(value);
}
std::string scalar_text(int64_t value) {
  return std::to_string(value);
}
std::string scalar_text(double value) {
  return fmt::format("{}", value);
}
std::string scalar_text(const std::string& value) {
  const bool is_null = value == "null" || value == "Null" || value == "NULL";
  const bool plain = !value.empty() && !is_null &&
                     value.find_first_not_of(
                         "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                         "0123456789_./-") == std::string::npos &&
                     std::isalpha(static_cast<unsigned char>(value[0])) != 0;
  if (plain) return value;
  YAML::Emitter emitter;
  emitter << YAML::DoubleQuoted << value;
  return emitter.c_str();
}

}  // namespace config_detail

}  // namespace mazescan
