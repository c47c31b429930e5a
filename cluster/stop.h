#pragma once

namespace mazescan::cluster {

// Exit status when a signal stopped the job before completion (EX_TEMPFAIL of sysexits.h): submit it again.
inline constexpr int kStoppedStatus = 75;

// Stop request from the scheduler: USR2 (Slurm --signal), TERM or INT. The handler only sets a flag. Ranks
// agree on it with Communicator::any where stopping loses no work.
class StopSignal {
 public:
  StopSignal();
  static bool requested();
};

}  // namespace mazescan::cluster
