#pragma once

namespace mazescan {

// Exit status of a job that ended for it before its work was done (EX_TEMPFAIL of sysexits.h): start it
// again.
inline constexpr int kStoppedStatus = 75;

// The scheduler's wish that the job end soon: USR2 (Slurm --signal), TERM or INT. The handler sets a flag and
// nothing else; ranks agree on it with World::any at a boundary where stopping loses nothing.
class StopSignal {
 public:
  StopSignal();
  static bool requested();
};

}  // namespace mazescan
