#include "core/bytes.h"

#include <gtest/gtest.h>

#include "tests/storage/temporary_folder.h"

namespace mazescan {
namespace {

struct Plain {
  int32_t a;
  float b;
};

std::string sample() {
  ByteWriter out;
  out.put(int64_t{-7});
  out.put_bytes(std::string("a\0b", 3));
  out.put(Plain{3, 0.5F});
  out.put_bytes("");
  return out.take();
}

void read_sample(std::string_view bytes) {
  ByteReader in(bytes, "sample.bin");
  EXPECT_EQ(in.get<int64_t>(), -7);
  EXPECT_EQ(in.get_bytes(), std::string_view("a\0b", 3));
  const auto plain = in.get<Plain>();
  EXPECT_EQ(plain.a, 3);
  EXPECT_EQ(plain.b, 0.5F);
  EXPECT_EQ(in.get_bytes(), "");
  EXPECT_TRUE(in.at_end());
}

TEST(Bytes, AreReadAsTheyWereWritten) {
  read_sample(sample());
}

TEST(Bytes, AtEndOnlyAtTheEnd) {
  ByteReader in("ab", "x");
  EXPECT_FALSE(in.at_end());
  in.get<char>();
  EXPECT_FALSE(in.at_end());
  in.get<char>();
  EXPECT_TRUE(in.at_end());
}

TEST(Bytes, LittleEndianWithLengthsOf64Bits) {
  ByteWriter out;
  out.put(uint32_t{0x01020304});
  out.put_bytes("xy");
  EXPECT_EQ(out.bytes(), std::string("\4\3\2\1\2\0\0\0\0\0\0\0xy", 14));
}

TEST(Bytes, EveryTruncationIsAUserErrorThatNamesTheSource) {
  const std::string whole = sample();
  for (size_t length = 0; length < whole.size(); ++length)
    EXPECT_USER_ERROR(read_sample(std::string_view(whole).substr(0, length)), "sample.bin ends too early");
}

TEST(Bytes, LengthsThatWouldWrapAreRefused) {
  ByteWriter out;
  out.put(~uint64_t{0});
  out.put(uint64_t{1});
  ByteReader in(out.bytes(), "x");
  EXPECT_USER_ERROR(in.get_bytes(), "ends too early");
}

}  // namespace
}  // namespace mazescan
