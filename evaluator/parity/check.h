#pragma once
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "envs/maze_state.h"
#include "evaluator/parity/check_report.h"
#include "evaluator/parity/reference_recording.h"
#include "storage/hdf5/hdf5.h"

// Compares the world with recordings of the original programs: levels.h5, rollouts.h5 and frames.h5, of which
// any may be missing. docs/recordings.md says how they are laid out.
namespace mazescan::parity {

// One file each. `report` is added to. Throw UserError if a file cannot be read or is not laid out as it
// should.
void check_levels(const hdf5::H5File& file, CheckReport& report);
void check_rollouts(const hdf5::H5File& file, const Textures& textures, CheckReport& report);
void check_frames(const hdf5::H5File& file, const Textures& textures, CheckReport& report);

// All there are in `folder` or in its subfolder `golden`. Throws UserError if there is none.
CheckReport check_recordings(const std::filesystem::path& folder, const Textures& textures);

}  // namespace mazescan::parity
