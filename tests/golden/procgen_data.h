#pragma once
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>

namespace mazescan {

// Returns the path of a file or folder of the original programs, or of their recordings:
// $MAZESCAN_PROCGEN_DIR/name, or ../shared/procgen/name relative to the source tree. If it does not exist,
// prints a message to stderr and returns an empty path; the test then checks nothing.
inline std::filesystem::path procgen_file(const std::string& name) {
  const char* const set = std::getenv("MAZESCAN_PROCGEN_DIR");
  const std::filesystem::path base =
      set != nullptr ? set : std::filesystem::path(MAZESCAN_SOURCE_DIR).parent_path() / "shared" / "procgen";
  auto path = base / name;
  if (std::filesystem::exists(path)) return path;
  std::fprintf(stderr, "NOT COMPARED with the original programs: %s is missing (set MAZESCAN_PROCGEN_DIR)\n",
               path.c_str());
  return {};
}

}  // namespace mazescan
