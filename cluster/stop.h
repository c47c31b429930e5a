#pragma once

namespace mazescan::cluster {

// Exit status when a signal stopped the job before completion (EX_TEMPFAIL of sysexits.h): submit it again.
inline constexpr int kStoppedStatus = 75;

// Stop request from the scheduler or the user: USR2 (Slurm --signal), TERM, INT, or HUP unless it was ignored
// (nohup). The handler only sets a flag. Ranks agree on it with Communicator::any where stopping loses no work.
// A further TERM, INT or HUP ends the process at once, if it comes later than a launcher's repetition.
class StopSignal {
 public:
  StopSignal();
  static bool requested();
};

}  // namespace mazescan::cluster
