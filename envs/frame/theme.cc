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

// A picture of procgen, by its pixels: people ship the same picture in different files.
struct PictureFile {
  const char *path, *sha256;  // of the RGBA pixels, premultiplied if it is drawn over others
  bool premultiplied = false;
};

constexpr PictureFile kWall = {"kenney/Ground/Sand/sandCenter.png",
                               "707c411aaeff66aaf101662c673f566dd6dd9526fbedcd0a2a334dcdc3d7c8e9"};
constexpr PictureFile kCheese = {"misc_assets/cheese.png",
                                 "3a25abcb5ed0c10a65fe1af7e822b9eb01fc230a64b1509ba3b7b038553dad69", true};
constexpr PictureFile kMouse = {"kenney/Enemies/mouse_move.png",
                                "f3c6b9495e4b6a7dce0d2f076dfb4cc5cb896b2cd7d2f8bddc8666dad9fe9b5b", true};
constexpr PictureFile kBackgroundFiles[envs::kBackgrounds] = {
    {"topdown_backgrounds/floortiles.png",
     "01aab8366a842fb03a5daeebe3c3bc950f4b587ed2f1fa3477746b7a4471534a"},
    {"topdown_backgrounds/backgrounddetailed1.png",
     "430d5cfe7e60ce8632b0f5207931da731a68d67aa2427428be75b95826367294"},
    {"topdown_backgrounds/backgrounddetailed2.png",
     "4ce40ad14d2889df172a1a22a232e09bc1625af702045a6221e833e352143aa2"},
    {"topdown_backgrounds/backgrounddetailed3.png",
     "5aace771191aaa155e8b6180ca6c8bf6b9da60872626e7497a74791a7c6b5e0f"},
    {"topdown_backgrounds/backgrounddetailed4.png",
     "0c55c525f564eafe9f60e9b55ade91abe09d9871914df893defb506e41b577c0"},
    {"topdown_backgrounds/backgrounddetailed5.png",
     "d469db3e1ac322610291a027b2e3451e8ecf1b68a1d9b9c192381977d0dd0749"},
    {"topdown_backgrounds/backgrounddetailed6.png",
     "4e796cbd451b2938f31ec3855fb997c635103034e56d4d07a4b605e4d4f408df"},
    {"topdown_backgrounds/backgrounddetailed7.png",
     "c0c2c50c03f5554815b01af3c118fcff3822aad45ae6426ed01e13ba8b06f133"},
    {"topdown_backgrounds/backgrounddetailed8.png",
     "248cb863afc40ca4a8a3dc706742320c1338c39259173f628dbbe7f81e9409ff"},
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
  Image image = decode_png(read_picture_file(path), path.string());
  if (picture.premultiplied) premultiply(image.rgba);
  const std::string sha256 =
      sha256_hex({reinterpret_cast<const char*>(image.rgba.data()), image.rgba.size()});
  require(sha256 == picture.sha256 && image.width == image.height,
          lazy("{} is not procgen's picture", path.string()),
          lazy("the sha256 of its pixels is {}, not {}", sha256, picture.sha256), kWhereFrom);
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
