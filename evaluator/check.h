#pragma once
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "envs/maze_state.h"
#include "storage/hdf5.h"

// Compares the world with recordings of the original programs: levels.h5, rollouts.h5 and frames.h5, of which
// any may be missing. docs/recordings.md says how they are laid out.
namespace mazescan {

// What recorded pictures were drawn with. No look: pictures are not compared.
struct Textures {
  std::string look, assets;  // as in FrameOptions
};

// Of one group of a file.
struct GroupCheck {
  std::string group;  // "levels.h5: /maze/easy"
  std::string unit;   // what is counted: levels, records, frame checksums or frames
  int64_t equal = 0, total = 0;
  int largest_difference = -1;  // of a pixel, 0..255; -1: not of pixels
  std::string first;            // the first difference, in words
};

struct CheckReport {
  std::vector<GroupCheck> groups;
  std::vector<std::string> remarks;  // what was not compared, and why; what is not known

  bool all_equal() const;
  // Sums over the groups that count `unit`.
  int64_t equal(const std::string& unit) const;
  int64_t total(const std::string& unit) const;
  // A line a group, the remarks, the sums.
  std::string text() const;
};

// One file each. `report` is added to. Throw UserError if a file cannot be read or is not laid out as it
// should.
void check_levels(const H5File& file, CheckReport& report);
void check_rollouts(const H5File& file, const Textures& textures, CheckReport& report);
void check_frames(const H5File& file, const Textures& textures, CheckReport& report);

// All there are in `folder` or in its subfolder `golden`. Throws UserError if there is none.
CheckReport check_recordings(const std::filesystem::path& folder, const Textures& textures);

}  // namespace mazescan
