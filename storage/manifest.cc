#include "storage/manifest.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "core/error.h"
#include "core/hash.h"
#include "core/json.h"
#include "storage/atomic_file.h"
#include "storage/seal.h"

namespace mazescan::storage {
namespace {

using nlohmann::json;

bool is_hash(const std::string& text) {
  return text.size() == 32 && text.find_first_not_of("0123456789abcdef") == std::string::npos;
}

// Reads fields of a JSON object. Errors name the manifest and the field.
class Reader {
 public:
  Reader(const std::filesystem::path& path, const json& object, std::string place)
      : path_(path), object_(object), place_(std::move(place)) {
    check(object.is_object(), "", "a JSON object");
  }
  std::string text(const char* key) const {
    const json& value = get(key);
    check(value.is_string(), key, "a string");
    return value.get<std::string>();
  }
  uint64_t count(const char* key) const {
    const json& value = get(key);
    check(value.is_number_unsigned(), key, "an integer, at least 0");
    return value.get<uint64_t>();
  }
  const json& object(const char* key) const {
    const json& value = get(key);
    check(value.is_object(), key, "a JSON object");
    return value;
  }
  const json& list(const char* key) const {
    const json& value = get(key);
    check(value.is_array(), key, "a list");
    return value;
  }
  void check(bool ok, const std::string& key, const std::string& hint) const {
    if (!ok)
      throw UserError(fmt::format("{}: {}{} is malformed", path_.string(), place_, key),
                      "it is missing or of another type or value", hint);
  }

 private:
  const json& get(const char* key) const {
    const auto found = object_.find(key);
    check(found != object_.end(), key, "a manifest as mazescan writes it");
    return *found;
  }
  const std::filesystem::path& path_;
  const json& object_;
  std::string place_;
};

ManifestFile read_entry(const std::filesystem::path& path, const json& entry, size_t index) {
  const Reader reader(path, entry, fmt::format("files[{}].", index));
  ManifestFile file;
  file.name = reader.text("name");
  reader.check(is_safe_relative_name(file.name), "name",
               "a name that does not lead out of the folder of the manifest");
  file.payload_hash = reader.text("payload_hash");
  reader.check(is_hash(file.payload_hash), "payload_hash", "32 hexadecimal digits");
  file.bytes = reader.count("bytes");
  file.attributes = reader.object("attributes");
  if (entry.contains("file_hash")) {
    file.file_hash = reader.text("file_hash");
    reader.check(is_hash(file.file_hash), "file_hash", "32 hexadecimal digits");
  }
  return file;
}

json document_of(Manifest manifest) {
  std::sort(manifest.files.begin(), manifest.files.end(),
            [](const ManifestFile& a, const ManifestFile& b) { return a.name < b.name; });
  expect(manifest.attributes.is_object() && manifest.about.is_object(),
         "JSON objects (a default-constructed json is null)");
  json files = json::array();
  for (const auto& file : manifest.files) {
    expect(is_safe_relative_name(file.name) && is_hash(file.payload_hash),
           "a manifest that read_manifest accepts");
    files.push_back({{"name", file.name},
                     {"payload_hash", file.payload_hash},
                     {"bytes", file.bytes},
                     {"attributes", file.attributes}});
    if (!file.file_hash.empty()) files.back()["file_hash"] = file.file_hash;
  }
  return {{"format", manifest.format},
          {"format_version", manifest.format_version},
          {"attributes", manifest.attributes},
          {"files", std::move(files)},
          {"about", manifest.about}};
}

}  // namespace

bool is_safe_relative_name(const std::string& name) {
  if (name.empty() || name.size() > 1024) return false;
  for (const char c : name)
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f || c == '\\') return false;
  size_t begin = 0;
  while (true) {
    const size_t end = std::min(name.find('/', begin), name.size());
    const std::string part = name.substr(begin, end - begin);
    if (part.empty() || part == "." || part == "..") return false;
    if (end == name.size()) return true;
    begin = end + 1;
  }
}

std::string manifest_hash(const Manifest& manifest) {
  return Hasher().add(document_of(manifest).dump(-1, ' ', false, json::error_handler_t::replace)).hex();
}

void write_manifest(const std::filesystem::path& path, Manifest manifest) {
  write_atomically(path, sealed_json(document_of(std::move(manifest))));
}

Manifest read_manifest(const std::filesystem::path& path, const std::string& format, int format_version) {
  return read_manifest(path, std::vector<std::string>{format}, format_version);
}

Manifest read_manifest(const std::filesystem::path& path, const std::vector<std::string>& formats,
                       int format_version) {
  // A job has at most a million files, with a few hundred bytes each.
  constexpr uint64_t kMaxBytes = uint64_t{1} << 30;
  const std::string text = read_file(path, kMaxBytes);
  require_json_seal(path, text);
  std::string fault;
  const json document = parse_json(text, {}, &fault);
  require(!document.is_discarded(), lazy("{} is not a manifest", path.string()), fault,
          "an undamaged manifest");
  const Reader reader(path, document, "");
  Manifest manifest;
  manifest.format = reader.text("format");
  require(std::find(formats.begin(), formats.end(), manifest.format) != formats.end(),
          lazy("{} is of format \"{}\"", path.string(), manifest.format),
          "another program wrote it, or it is in the wrong place",
          lazy("a manifest of format \"{}\"", fmt::join(formats, "\" or \"")));
  const uint64_t version = reader.count("format_version");
  require(version == static_cast<uint64_t>(format_version),
          lazy("{} is of format_version {}", path.string(), version), "this build reads another version",
          lazy("format_version {}", format_version));
  manifest.format_version = format_version;
  manifest.attributes = reader.object("attributes");
  manifest.about = reader.object("about");
  for (const json& entry : reader.list("files"))
    manifest.files.push_back(read_entry(path, entry, manifest.files.size()));
  std::vector<std::string> names;
  for (const auto& file : manifest.files) names.push_back(file.name);
  std::sort(names.begin(), names.end());
  const auto twice = std::adjacent_find(names.begin(), names.end());
  require(twice == names.end(), lazy("{} lists a file twice", path.string()),
          twice == names.end() ? "" : fmt::format("\"{}\" appears more than once", *twice),
          "a manifest that lists each file once");
  return manifest;
}

}  // namespace mazescan::storage
