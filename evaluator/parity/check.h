#pragma once
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "envs/maze_state.h"
#include "evaluator/parity/check_report.h"
#include "evaluator/parity/reference_recording.h"
#include "storage/hdf5/hdf5.h"

// Compares the environments with recordings of the original programs: levels.h5, rollouts.h5 and frames.h5.
// Any of them may be missing. docs/recordings.md describes their layout.
namespace mazescan::parity {

// Check one file each and append the results to `report`. Throw UserError if the file cannot be read or has
// another layout.
void check_levels(const hdf5::H5File& file, CheckReport& report);
void check_rollouts(const hdf5::H5File& file, const Textures& textures, CheckReport& report);
void check_frames(const hdf5::H5File& file, const Textures& textures, CheckReport& report);

// Checks all recordings in `folder` or in its subfolder `golden`. Throws UserError if there is none.
CheckReport check_recordings(const std::filesystem::path& folder, const Textures& textures);

}  // namespace mazescan::parity
