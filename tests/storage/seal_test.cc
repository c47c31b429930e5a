#include "storage/seal.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "core/hash.h"
#include "storage/atomic_file.h"
#include "storage/manifest.h"
#include "tests/storage/temporary_folder.h"

namespace mazescan::storage {
namespace {

std::string sealed(const std::string& bytes) {
  return bytes + file_seal(hash_hex(bytes));
}

ManifestFile listed(const std::string& name, const std::string& bytes) {
  return {name, hash_hex("payload"), bytes.size(), nlohmann::json::object(), hash_hex(bytes)};
}

// Calls visit(bytes) for every file that differs from `bytes` in one bit, and for every shorter one.
template <class Visit>
void for_each_damage(const std::string& bytes, const Visit& visit) {
  for (size_t bit = 0; bit < 8 * bytes.size(); ++bit) {
    std::string flipped = bytes;
    flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << bit % 8));
    visit(flipped);
  }
  for (size_t length = 0; length < bytes.size(); ++length) visit(bytes.substr(0, length));
  visit(bytes + "x");
}

TEST(Seal, EveryDamageOfAFileIsDetected) {
  const TemporaryFolder folder;
  const std::string bytes = sealed("contents");
  write_atomically(folder / "f", bytes);
  const CheckedFile file(folder / "f");
  EXPECT_EQ(file.bytes(), bytes.size());
  EXPECT_EQ(file.hash(), hash_hex(bytes));
  EXPECT_EQ(CheckedFile(folder.path(), listed("f", bytes)).hash(), hash_hex(bytes));
  EXPECT_TRUE(has_seal(folder / "f"));
  for_each_damage(bytes, [&](const std::string& damaged) {
    write_atomically(folder / "f", damaged);
    EXPECT_USER_ERROR(CheckedFile(folder / "f"), "f is damaged");
    EXPECT_USER_ERROR(CheckedFile(folder.path(), listed("f", bytes)), "f is damaged");
  });
}

TEST(Seal, AnotherSealedFileIsNotTheListedOne) {
  const TemporaryFolder folder;
  write_atomically(folder / "f", sealed("one"));
  EXPECT_USER_ERROR(CheckedFile(folder.path(), listed("f", sealed("two"))),
                    "not the bytes that were written");
  ManifestFile without_hash = listed("f", sealed("one"));
  without_hash.file_hash.clear();
  EXPECT_USER_ERROR(CheckedFile(folder.path(), without_hash), "the manifest lists none");
}

TEST(Seal, OnlyRegularFilesAreOpened) {
  const TemporaryFolder folder;
  ASSERT_EQ(::mkfifo((folder / "pipe").c_str(), 0600), 0);
  for (const auto& path : {folder / "pipe", folder.path()}) {
    EXPECT_USER_ERROR(CheckedFile{path}, "it is not a regular file");
    EXPECT_USER_ERROR(hash_file(path), "it is not a regular file");
  }
  EXPECT_USER_ERROR(CheckedFile(folder / "none"), "No such file");
}

TEST(Seal, HashesFilesOfAllLengths) {
  const TemporaryFolder folder;
  for (const size_t size : {size_t{0}, size_t{5}, size_t{1} << 20, (size_t{1} << 20) + 1}) {
    const std::string bytes(size, 'x');
    write_atomically(folder / "f", bytes);
    EXPECT_EQ(hash_file(folder / "f"), hash_hex(bytes)) << size;
    write_atomically(folder / "f", sealed(bytes));
    EXPECT_EQ(CheckedFile(folder / "f").hash(), hash_hex(sealed(bytes))) << size;
  }
}

TEST(Seal, EveryDamageOfJsonIsDetected) {
  const std::string text = sealed_json({{"b", {1, 2}}, {"a", "text"}});
  EXPECT_EQ(nlohmann::json::parse(text)["a"], "text");
  EXPECT_EQ(nlohmann::json::parse(text)["seal"], hash_hex(text.substr(0, text.find(",\n \"seal\""))));
  require_json_seal("m", text);
  for_each_damage(text, [](const std::string& damaged) {
    EXPECT_USER_ERROR(require_json_seal("m.json", damaged), "m.json is damaged");
  });
}

TEST(Seal, EveryDamageOfALineIsDetectedOrTouchesOnlyTheSeal) {
  const nlohmann::json object = {{"update", 3}, {"loss", {{"entropy", 0.25}}}};
  const std::string line = sealed_line(object);
  EXPECT_EQ(nlohmann::json::parse(line).erase("seal"), 1U);
  EXPECT_EQ(read_sealed_line(line), object);
  EXPECT_EQ(read_sealed_line(object.dump()), object) << "of another program";
  for_each_damage(line, [&](const std::string& damaged) {
    std::optional<nlohmann::json> read = read_sealed_line(damaged);
    if (!read) return;
    EXPECT_EQ(read->size(), object.size() + 1) << damaged;  // another name for the seal
    EXPECT_EQ((*read)["update"], 3);
    EXPECT_EQ((*read)["loss"], object["loss"]);
  });
}

}  // namespace
}  // namespace mazescan::storage
