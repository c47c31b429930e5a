#pragma once
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>

#include "envs/frame.h"
#include "storage/hdf5.h"

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

// World sizes of procgen's distribution_mode numbers.
inline int procgen_world(int64_t distribution_mode) {
  return distribution_mode == 0 ? 15 : distribution_mode == 10 ? 31 : 25;
}

// What frames show in procgen's distribution_mode numbers.
inline View procgen_view(int64_t distribution_mode) {
  return distribution_mode == 10 ? View::mouse : View::world;
}

}  // namespace mazescan
