#include "envs/frame/theme.h"

#include <gtest/gtest.h>
#include <png.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "core/error.h"
#include "core/hash.h"
#include "core/random.h"
#include "envs/frame/png.h"
#include "envs/frame/sha256.h"
#include "tests/envs/message_of.h"
#include "tests/golden/procgen_data.h"

namespace mazescan::frame {
namespace {

namespace fs = std::filesystem;

// Returns the bytes of a PNG file, written by libpng.
std::string png_bytes(int width, int height, const std::vector<uint8_t>& samples, unsigned format) {
  png_image image{};
  image.version = PNG_IMAGE_VERSION;
  image.width = static_cast<png_uint_32>(width);
  image.height = static_cast<png_uint_32>(height);
  image.format = format;
  png_alloc_size_t size = 0;
  EXPECT_TRUE(png_image_write_to_memory(&image, nullptr, &size, 0, samples.data(), 0, nullptr));
  std::string bytes(size, '\0');
  EXPECT_TRUE(png_image_write_to_memory(&image, bytes.data(), &size, 0, samples.data(), 0, nullptr));
  return bytes;
}

std::string some_png() {
  std::vector<uint8_t> samples(size_t{4} * 20 * 30);
  RandomStream random(1, "picture");
  for (auto& value : samples) value = static_cast<uint8_t>(random.next());
  return png_bytes(20, 30, samples, PNG_FORMAT_RGBA);
}

TEST(Png, ReadsSamplesAsTheyAre) {
  std::vector<uint8_t> samples = {255, 0, 0, 255, 1, 2, 3, 0, 200, 100, 50, 128, 9, 8, 7, 1};
  const Image image = decode_png(png_bytes(2, 2, samples, PNG_FORMAT_RGBA), "x");
  EXPECT_EQ(image.width, 2);
  EXPECT_EQ(image.height, 2);
  EXPECT_EQ(image.rgba, samples);
  const Image rgb = decode_png(png_bytes(1, 2, {1, 2, 3, 4, 5, 6}, PNG_FORMAT_RGB), "x");
  EXPECT_EQ(rgb.rgba, (std::vector<uint8_t>{1, 2, 3, 255, 4, 5, 6, 255}));
  const Image grey = decode_png(png_bytes(1, 2, {7, 8}, PNG_FORMAT_GRAY), "x");
  EXPECT_EQ(grey.rgba, (std::vector<uint8_t>{7, 7, 7, 255, 8, 8, 8, 255}));
}

TEST(Png, RefusesWhatIsNoWholePicture) {
  const std::string good = some_png();
  EXPECT_EQ(decode_png(good, "x").rgba.size(), size_t{4} * 20 * 30);
  for (size_t length = 0; length < good.size(); length += 7)
    EXPECT_NE(message_of([&] { decode_png(good.substr(0, length), "file.png"); }).find("file.png"),
              std::string::npos)
        << length;
  EXPECT_NE(message_of([] { decode_png("GIF89a and so on", "file.png"); }), "");
  std::string huge = good;  // a width of 2^24; the checksum of the header is wrong, too
  huge[16] = 1;
  EXPECT_NE(message_of([&] { decode_png(huge, "file.png"); }), "");
  // Any wrong byte must be rejected with a UserError or read, never crash.
  RandomStream random(1, "test");
  int refused = 0;
  for (int i = 0; i < 2000; ++i) {
    std::string bad = good;
    bad[random.below(static_cast<uint32_t>(bad.size()))] = static_cast<char>(random.next());
    refused += message_of([&] { decode_png(bad, "file.png"); }).empty() ? 0 : 1;
  }
  EXPECT_GT(refused, 1500);
}

// Checks test vectors of FIPS 180-4, and lengths near those where padding needs another block.
TEST(Sha256, EqualsTheStandard) {
  EXPECT_EQ(sha256_hex(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(sha256_hex("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(sha256_hex("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"),
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  EXPECT_EQ(sha256_hex(std::string(1000000, 'a')),
            "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
  EXPECT_EQ(sha256_hex(std::string(55, 'a')),
            "9f4390f8d30c2dd92ec9f095b65e2b9ae9b0a925a5258e241c9f1e910f734318");
  EXPECT_EQ(sha256_hex(std::string(56, 'a')),
            "b35439a4ac6f0948b6d6f9e3c6af0f5f590ce20f1bde7090ef7970686ec6738a");
  EXPECT_EQ(sha256_hex(std::string(64, 'a')),
            "ffe054fe7ae0cb6dc65c3af9b61d5209f439851db43d0ba5997337df154668eb");
}

TEST(Theme, OursIsTheSameOnEveryMachine) {
  const Theme theme = mazescan_theme();
  Hasher hasher;
  std::vector<const Texture*> all = {&theme.wall, &theme.cheese, &theme.mouse};
  for (const Texture& background : theme.backgrounds) all.push_back(&background);
  for (const Texture* texture : all) {
    ASSERT_EQ(texture->rgba.size(), size_t{4} * texture->side * texture->side);
    hasher.add(texture->rgba.data(), texture->rgba.size());
  }
  EXPECT_EQ(hasher.hex(), "bd16e04708678d83a8f56048511e76be");
}

TEST(Theme, WallsAndFloorsAreOpaqueAndColoursArePremultiplied) {
  const Theme theme = mazescan_theme();
  std::vector<const Texture*> opaque = {&theme.wall};
  for (const Texture& background : theme.backgrounds) opaque.push_back(&background);
  for (const Texture* texture : opaque)
    for (size_t i = 3; i < texture->rgba.size(); i += 4) ASSERT_EQ(texture->rgba[i], 255);
  for (const Texture* texture : {&theme.cheese, &theme.mouse}) {
    size_t seen = 0;
    for (size_t i = 0; i < texture->rgba.size(); i += 4) {
      for (size_t c = 0; c < 3; ++c) ASSERT_LE(texture->rgba[i + c], texture->rgba[i + 3]);
      seen += texture->rgba[i + 3] == 255;
    }
    EXPECT_GT(seen, texture->rgba.size() / 4 / 3) << "a third of the tile at least";
  }
}

TEST(Theme, Premultiplies) {
  std::vector<uint8_t> rgba = {255, 100, 0, 255, 255, 100, 1, 0, 255, 100, 3, 128, 255, 128, 127, 1};
  premultiply(rgba);
  EXPECT_EQ(rgba, (std::vector<uint8_t>{255, 100, 0, 255, 0, 0, 0, 0, 128, 50, 2, 128, 1, 1, 0, 1}));
}

// Makes a folder with files that are not procgen's.
class ProcgenFolder : public testing::Test {
 protected:
  ProcgenFolder() : folder_(fs::temp_directory_path() / ("mazescan_look_test_" + std::to_string(getpid()))) {
    fs::create_directories(folder_ / "kenney/Ground/Sand");
  }
  ~ProcgenFolder() override { fs::remove_all(folder_); }

  void write_wall(const std::string& bytes) {
    std::ofstream(folder_ / "kenney/Ground/Sand/sandCenter.png", std::ios::binary) << bytes;
  }
  std::string message() {
    return message_of([this] { procgen_theme(folder_.string()); });
  }

  fs::path folder_;
};

TEST_F(ProcgenFolder, AMissingFolderIsNamedWithAHint) {
  for (const std::string folder : {"", "/no/such/folder", "/dev/null"}) {
    const std::string message = message_of([&] { procgen_theme(folder); });
    EXPECT_NE(message.find(folder), std::string::npos) << message;
    EXPECT_NE(message.find("procgen/data/assets"), std::string::npos) << message;
  }
}

TEST_F(ProcgenFolder, MissingFileIsNamed) {
  EXPECT_NE(message().find((folder_ / "kenney/Ground/Sand/sandCenter.png").string()), std::string::npos)
      << message();
  EXPECT_NE(message().find("No such file"), std::string::npos) << message();
  fs::create_directories(folder_ / "kenney/Ground/Sand/sandCenter.png");
  EXPECT_NE(message().find("sandCenter.png"), std::string::npos) << message();
}

TEST_F(ProcgenFolder, OtherFilesAreRefused) {
  for (const std::string& bytes : {std::string(), std::string("x"), some_png(), some_png().substr(0, 99)}) {
    write_wall(bytes);
    EXPECT_NE(message().find("sandCenter.png"), std::string::npos) << message();
    EXPECT_EQ(message().find("sha256 of its pixels") != std::string::npos, bytes == some_png()) << message();
  }
}

// Other packages ship procgen's pictures compressed in another way.
TEST_F(ProcgenFolder, TheSamePixelsInOtherFilesWillDo) {
  const fs::path original = procgen_file("assets");
  if (original.empty()) GTEST_SKIP() << "procgen's pictures are not here";
  size_t different = 0;
  for (const auto& entry : fs::recursive_directory_iterator(original)) {
    if (entry.path().extension() != ".png") continue;
    const auto read = [&] {
      std::ifstream file(entry.path(), std::ios::binary);
      return std::string(std::istreambuf_iterator<char>(file), {});
    };
    const std::string bytes = read();
    const Image image = decode_png(bytes, entry.path().string());
    const std::string again = png_bytes(image.width, image.height, image.rgba, PNG_FORMAT_RGBA);
    different += again != bytes ? 1 : 0;
    const fs::path copy = folder_ / fs::relative(entry.path(), original);
    fs::create_directories(copy.parent_path());
    std::ofstream(copy, std::ios::binary) << again;
  }
  EXPECT_GE(different, 12U);
  const Theme theirs = procgen_theme(original.string()), ours = procgen_theme(folder_.string());
  EXPECT_EQ(ours.mouse.rgba, theirs.mouse.rgba);
  for (size_t i = 0; i < theirs.backgrounds.size(); ++i)
    EXPECT_EQ(ours.backgrounds[i].rgba, theirs.backgrounds[i].rgba);
}

}  // namespace
}  // namespace mazescan::frame
