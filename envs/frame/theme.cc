#include "envs/frame/theme.h"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "core/error.h"
#include "envs/frame/png.h"
#include "envs/frame/sha256.h"

namespace mazescan::frame {

namespace {

struct PictureFile {
  const char *path, *sha256;
};

constexpr PictureFile kWall = {"kenney/Ground/Sand/sandCenter.png",
                               "d66859ab14bb9a34d68696a0a3ef65962fc162a05569cc90b8a500692f00a578"};
constexpr PictureFile kCheese = {"misc_assets/cheese.png",
                                 "1f0c81625b99ce88a6f1c1adebab342a7eba490cc8ee5ea5b821be593d9e6796"};
constexpr PictureFile kMouse = {"kenney/Enemies/mouse_move.png",
                                "a70e5818dfd7c9efcd6d4555edb3a12f99eb8ea4de2b32748b0dc16976e18e3d"};
constexpr PictureFile kBackgroundFiles[envs::kBackgrounds] = {
    {"topdown_backgrounds/floortiles.png",
     "640ae3f1d606c2935a66560c5a49c5ae8ba69f2dbb88c3a01cdae70fa25f1a6d"},
    {"topdown_backgrounds/backgrounddetailed1.png",
     "03a11c3f856b684e5455a381df6681ef43d346549cd1878f3ea1c8b268bb25a2"},
    {"topdown_backgrounds/backgrounddetailed2.png",
     "555e54c7159e9d17b6c1b2b0378d281144c1c1d13e40bf546708a6b0e007032e"},
    {"topdown_backgrounds/backgrounddetailed3.png",
     "15f2b765201fe0b27846b729e4313b3d40ee6b1df029d0f57bf443d751908524"},
    {"topdown_backgrounds/backgrounddetailed4.png",
     "5aae45e4c3704a61a5bcee9f0b5f2d5b81243db9a3dbfb78ac5e845db3f89b92"},
    {"topdown_backgrounds/backgrounddetailed5.png",
     "0481e170c99d47d8d2abb012e447bc0e205ce0f824b234ee201b12201f5a975a"},
    {"topdown_backgrounds/backgrounddetailed6.png",
     "f444172bf8b9779faebc1e3dcc8e5392a5a63c8d328bd4b6e1e8557c4789ee5d"},
    {"topdown_backgrounds/backgrounddetailed7.png",
     "24144b5774964289f6caa8e40fb6a159be748aa1a477f95b3809bd28666ad030"},
    {"topdown_backgrounds/backgrounddetailed8.png",
     "aaaa77c0e2d23e36cb7405a53ccfff19ddd715e64a330fa82d2aba10df155acb"},
};

constexpr const char* kWhereFrom =
    "the folder procgen/data/assets of an installed procgen package or of https://github.com/openai/procgen; "
    "or theme: mazescan, which needs no files";

std::string read_picture_file(const std::filesystem::path& path) {
  std::error_code error;
  if (std::filesystem::exists(path, error) && !std::filesystem::is_regular_file(path, error) &&
      !std::filesystem::is_directory(path, error))
    throw UserError(fmt::format("the theme procgen: {} is no file", path.string()),
                    "it is a pipe or a device, which may have no end", kWhereFrom);
  errno = 0;
  std::ifstream file(path, std::ios::binary);
  std::ostringstream read;
  read << file.rdbuf();  // a folder can be opened, but not read
  std::string bytes = read.str();
  if (bytes.empty())
    throw UserError(fmt::format("the theme procgen lacks {}", path.string()),
                    errno != 0 ? std::strerror(errno) : "the file is empty or cannot be read", kWhereFrom);
  return bytes;
}

Texture read_texture(const std::filesystem::path& directory, const PictureFile& picture) {
  const auto path = directory / picture.path;
  const std::string bytes = read_picture_file(path);
  const std::string sha256 = sha256_hex(bytes);
  require(sha256 == picture.sha256, lazy("{} is not procgen's picture", path.string()),
          lazy("its sha256 is {}, not {}", sha256, picture.sha256), kWhereFrom);
  Image image = decode_png(bytes, path.string());
  expect(image.width == image.height, "square pictures in procgen");
  return {image.width, std::move(image.rgba)};
}

Texture plain(uint8_t red, uint8_t green, uint8_t blue) {
  return {1, {red, green, blue, 255}};
}

}  // namespace

void premultiply(std::vector<uint8_t>& rgba) {
  for (size_t at = 0; at < rgba.size(); at += 4) {
    for (size_t channel = 0; channel < 3; ++channel) {
      const unsigned t = unsigned{rgba[at + channel]} * rgba[at + 3];
      rgba[at + channel] = static_cast<uint8_t>((t + (t >> 8) + 128) >> 8);
    }
  }
}

Theme procgen_theme(const std::string& directory) {
  const std::filesystem::path base = directory;
  std::error_code error;
  require(std::filesystem::is_directory(base, error), lazy("the theme procgen: no folder {}", directory),
          "procgen's pictures are read from its files", kWhereFrom);
  Theme theme;
  theme.wall = read_texture(base, kWall);
  theme.cheese = read_texture(base, kCheese);
  theme.mouse = read_texture(base, kMouse);
  premultiply(theme.cheese.rgba);
  premultiply(theme.mouse.rgba);
  for (int i = 0; i < envs::kBackgrounds; ++i) {
    theme.backgrounds[static_cast<size_t>(i)] = read_texture(base, kBackgroundFiles[i]);
  }
  return theme;
}

Theme monochrome(Theme theme) {
  theme.wall = plain(191, 127, 63);
  theme.cheese = plain(127, 127, 255);
  theme.mouse = plain(127, 255, 127);
  return theme;
}

}  // namespace mazescan::frame
