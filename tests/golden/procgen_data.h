#pragma once
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>

namespace mazescan {

// Where a file or folder of the original programs, or recorded from them, lies: $MAZESCAN_PROCGEN_DIR/name,
// else ../shared/procgen/name beside the source tree. Empty if it is not there, which is told on stderr: the
// test then checks nothing.
inline std::filesystem::path procgen_file(const std::string& name) {
  const char* const set = std::getenv("MAZESCAN_PROCGEN_DIR");
  const std::filesystem::path base =
      set != nullptr ? set : std::filesystem::path(MAZESCAN_SOURCE_DIR).parent_path() / "shared" / "procgen";
  auto path = base / name;
  if (std::filesystem::exists(path)) return path;
  std::fprintf(stderr,
               "NOT CHECKED against the original programs: %s is missing (set MAZESCAN_PROCGEN_DIR)\n",
               path.c_str());
  return {};
}

}  // namespace mazescan
