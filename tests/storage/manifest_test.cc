#include "storage/manifest.h"

#include <gtest/gtest.h>

#include "core/hash.h"
#include "storage/atomic_file.h"
#include "storage/seal.h"
#include "tests/storage/temporary_folder.h"

namespace mazescan::storage {
namespace {

Manifest sample() {
  Manifest manifest;
  manifest.format = "mazescan-scan";
  manifest.attributes = {{"scan_key", "k"}};
  manifest.files = {{"b/two.h5", hash_hex("2"), uint64_t{1} << 40, {{"size", 7}}, hash_hex("file")},
                    {"a one.h5", hash_hex("1"), 0, nlohmann::json::object(), ""}};
  manifest.about = {{"host", "h"}};
  return manifest;
}

TEST(Manifest, RoundTripsSorted) {
  const TemporaryFolder folder;
  write_manifest(folder / "manifest.json", sample());
  const Manifest manifest = read_manifest(folder / "manifest.json", "mazescan-scan", 1);
  ASSERT_EQ(manifest.files.size(), 2u);
  EXPECT_EQ(manifest.files[0].name, "a one.h5");
  EXPECT_EQ(manifest.files[1].name, "b/two.h5");
  EXPECT_EQ(manifest.files[1].payload_hash, hash_hex("2"));
  EXPECT_EQ(manifest.files[1].bytes, uint64_t{1} << 40);
  EXPECT_EQ(manifest.files[1].attributes["size"], 7);
  EXPECT_EQ(manifest.files[1].file_hash, hash_hex("file"));
  EXPECT_EQ(manifest.files[0].file_hash, "");
  EXPECT_EQ(manifest.attributes["scan_key"], "k");
  EXPECT_EQ(manifest.about["host"], "h");
}

TEST(Manifest, EveryTruncationIsRefused) {
  const TemporaryFolder folder;
  write_manifest(folder / "m", sample());
  const std::string text = read_file(folder / "m");
  for (size_t length = 0; length < text.size(); ++length) {
    write_atomically(folder / "m", text.substr(0, length));
    EXPECT_USER_ERROR(read_manifest(folder / "m", "mazescan-scan", 1), "m is damaged");
  }
}

TEST(Manifest, MalformedFieldsAreNamed) {
  const TemporaryFolder folder;
  write_manifest(folder / "m", sample());
  nlohmann::json good = nlohmann::json::parse(read_file(folder / "m"));
  good.erase("seal");
  const auto expect_refused = [&](const char* pointer, const nlohmann::json& value, const char* text) {
    nlohmann::json bad = good;
    bad[nlohmann::json::json_pointer(pointer)] = value;
    write_atomically(folder / "m", sealed_json(bad));
    EXPECT_USER_ERROR(read_manifest(folder / "m", "mazescan-scan", 1), text);
  };
  expect_refused("/format", 3, "format is malformed");
  expect_refused("/format", "other", "\"other\"");
  expect_refused("/format_version", 2, "format_version 2");
  expect_refused("/format_version", "1", "format_version is malformed");
  expect_refused("/files", 1, "files is malformed");
  expect_refused("/files/0", "a.h5", "files[0]. is malformed");
  expect_refused("/files/1/bytes", -1, "files[1].bytes");
  expect_refused("/files/1/bytes", 1.5, "files[1].bytes");
  expect_refused("/files/1/payload_hash", "abc", "files[1].payload_hash");
  expect_refused("/files/1/attributes", nullptr, "files[1].attributes");
  expect_refused("/about", "x", "about is malformed");
  expect_refused("/files/1/name", "a one.h5", "more than once");
  for (const char* name :
       {"", "/etc/passwd", "..", "../x", "a/../../x", "a//b", "a/", "./a", "a\\..\\b", "a\nb"})
    expect_refused("/files/1/name", name, "files[1].name");
}

TEST(Manifest, ForeignAndHostileTextIsRefused) {
  const TemporaryFolder folder;
  EXPECT_USER_ERROR(read_manifest(folder / "none", "f", 1), "No such file");
  EXPECT_USER_ERROR(read_manifest(folder.path(), "f", 1), "Is a directory");
  for (const std::string& text :
       {std::string(""), std::string("[]"), std::string("3"), std::string(200000, '['),
        std::string("\xff\xfe"), std::string("{\"format\": \"f\"}")}) {
    write_atomically(folder / "m", text);
    user_error([&] { read_manifest(folder / "m", "f", 1); });
  }
}

TEST(Manifest, NamesWithin) {
  EXPECT_TRUE(is_safe_relative_name("a.h5"));
  EXPECT_TRUE(is_safe_relative_name("..a/b..c"));
  EXPECT_FALSE(is_safe_relative_name("a/.."));
}

}  // namespace
}  // namespace mazescan::storage
