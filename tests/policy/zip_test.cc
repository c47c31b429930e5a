#include "policy/formats/zip.h"

#include <gtest/gtest.h>

#include <cstring>

#include "core/random.h"
#include "tests/storage/temporary_folder.h"

namespace mazescan::policy {
namespace {

std::string sample_zip() {
  return formats::write_zip({{"a/data.pkl", "first"}, {"a/empty", ""}, {"a/data/0", std::string(100, '\7')}});
}

// Returns `bytes` with the number at `offset` replaced by `value`. A negative offset counts from the end.
template <class T>
std::string with(std::string bytes, int64_t offset, T value) {
  if (offset < 0) offset += static_cast<int64_t>(bytes.size());
  std::memcpy(bytes.data() + offset, &value, sizeof value);
  return bytes;
}

// Returns the offset of the central directory, which begins with the entry of the first record.
int64_t directory(const std::string& bytes) {
  return static_cast<int64_t>(bytes.find("PK\1\2"));
}

TEST(Zip, RoundTrip) {
  const std::string bytes = sample_zip();
  const auto records = formats::read_zip(bytes, "f");
  ASSERT_EQ(records.size(), 3U);
  EXPECT_EQ(records.at("a/data.pkl"), "first");
  EXPECT_EQ(records.at("a/empty"), "");
  EXPECT_EQ(records.at("a/data/0"), std::string(100, '\7'));
  for (const auto& [name, content] : records) EXPECT_EQ((content.data() - bytes.data()) % 64, 0) << name;
  EXPECT_EQ(sample_zip(), bytes);
  const std::string none = formats::write_zip({});
  EXPECT_TRUE(formats::read_zip(none, "f").empty());
}

TEST(Zip, EveryTruncationIsRefused) {
  const std::string whole = sample_zip();
  for (size_t length = 0; length < whole.size(); ++length)
    EXPECT_THROW(formats::read_zip(std::string_view(whole).substr(0, length), "f"), UserError) << length;
  EXPECT_THROW(formats::read_zip(whole + "x", "f"), UserError);
}

// Flips bits. A flipped bit in a record fails the checksum; one elsewhere is rejected or is in bytes that are
// not read.
TEST(Zip, NoFlippedBitChangesARecord) {
  const std::string whole = sample_zip();
  const auto records = formats::read_zip(whole, "f");
  for (size_t bit = 0; bit < 8 * whole.size(); ++bit) {
    std::string bytes = whole;
    bytes[bit / 8] = static_cast<char>(bytes[bit / 8] ^ (1U << bit % 8));
    try {
      for (const auto& [name, content] : formats::read_zip(bytes, "f")) {
        if (records.count(name) != 0) {
          EXPECT_EQ(content, records.at(name)) << bit;
        }
      }
    } catch (const UserError&) {
    }
  }
}

TEST(Zip, DirectoriesThatLie) {
  const std::string good = sample_zip();
  const int64_t entry = directory(good);
  EXPECT_USER_ERROR(formats::read_zip(with(good, -22, 0), "f.pth"),
                    "f.pth: the zip's directory is not at its end");
  for (const uint32_t begin : {0U, 1U, 0x7fffffffU, 0xfffffffeU})
    EXPECT_THROW(formats::read_zip(with(good, -6, begin), "f"), UserError) << begin;
  EXPECT_USER_ERROR(formats::read_zip(with(good, -6, 0xffffffffU), "f"), "4 GiB or more");
  EXPECT_USER_ERROR(formats::read_zip(with(good, -12, uint16_t{0xffff}), "f"), "4 GiB or more");
  EXPECT_USER_ERROR(formats::read_zip(with(good, -12, uint16_t{4}), "f"), "outside the file");
  EXPECT_USER_ERROR(formats::read_zip(with(good, entry, 0), "f"), "the zip's directory is not one");
  EXPECT_USER_ERROR(formats::read_zip(with(good, entry + 10, uint16_t{8}), "f"),
                    "'a/data.pkl' is compressed");
  EXPECT_USER_ERROR(formats::read_zip(with(good, entry + 8, uint16_t{1}), "f"), "'a/data.pkl' is compressed");
  EXPECT_USER_ERROR(formats::read_zip(with(good, entry + 20, 4), "f"), "'a/data.pkl' is compressed");
  EXPECT_USER_ERROR(formats::read_zip(with(good, entry + 16, 0), "f"),
                    "'a/data.pkl' does not have its checksum");
  EXPECT_USER_ERROR(formats::read_zip(with(good, entry + 42, 1), "f"), "'a/data.pkl' does not begin");
  EXPECT_USER_ERROR(formats::read_zip(with(good, entry + 42, 0xfffffff0U), "f"), "outside the file");
  const std::string huge = with(with(good, entry + 20, 0xfffffff0U), entry + 24, 0xfffffff0U);
  EXPECT_USER_ERROR(formats::read_zip(huge, "f"), "outside the file");
  EXPECT_USER_ERROR(formats::read_zip(with(good, entry + 28, uint16_t{0xffff}), "f"), "outside the file");
}

TEST(Zip, RecordsStandOnceAndApart) {
  const std::string twice = formats::write_zip({{"a", "x"}, {"a", "y"}});
  EXPECT_USER_ERROR(formats::read_zip(twice, "f"), "'a' appears twice");
  // Two names for one record. With many such names, the contents would be many times the size of the file.
  std::string bytes = formats::write_zip({{"a", "same"}, {"b", "same"}});
  const auto second = static_cast<int64_t>(bytes.find("PK\1\2", directory(bytes) + 4));
  EXPECT_USER_ERROR(formats::read_zip(with(bytes, second + 42, 0), "f"), "overlap");
}

TEST(Zip, FourGigabytesAreNotWritten) {
  const std::string_view large(nullptr, size_t{1} << 32);
  EXPECT_USER_ERROR(formats::write_zip({{"a", large}}), "share the policy as safetensors");
}

}  // namespace
}  // namespace mazescan::policy
