#include "core/hash.h"

#include <gtest/gtest.h>

namespace mazescan {
namespace {

// The digests of no input are published with xxHash.
TEST(Hash, KnownValues) {
  EXPECT_EQ(hash64(""), 0x2D06800538D394C2U);
  EXPECT_EQ(hash_hex(""), "99aa06d3014798d86001c324468d497f");
}

TEST(Hash, PiecesGiveTheHashOfTheWhole) {
  std::string text;
  for (int i = 0; i < 1000; ++i) text += std::to_string(i);
  Hasher pieces;
  for (size_t begin = 0; begin < text.size(); begin += 7) pieces.add(text.substr(begin, 7));
  EXPECT_EQ(pieces.hex(), hash_hex(text));
  EXPECT_EQ(pieces.hex(), pieces.hex()) << "hex() does not change the state";
}

TEST(Hash, EveryBitCounts) {
  std::string text(100, 'x');
  const std::string hash = hash_hex(text);
  for (size_t bit = 0; bit < text.size() * 8; ++bit) {
    text[bit / 8] = static_cast<char>(text[bit / 8] ^ (1 << bit % 8));
    EXPECT_NE(hash_hex(text), hash) << "bit " << bit;
    text[bit / 8] = 'x';
  }
  EXPECT_NE(hash_hex(text + '\0'), hash);
}

}  // namespace
}  // namespace mazescan
