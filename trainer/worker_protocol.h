#pragma once
#include <cstdint>

#include "core/bytes.h"

namespace mazescan::trainer {

// The messages between a learner and its workers. A request is a Request, the number of a group of
// environments, and
//   request           arguments                  reply
//   make              first, count, largest size states
//   step              actions                    outcomes, finished levels, states
//   set_largest_size  the size                   none
//   save              none                       the bytes of Batch::save
//   restore           those bytes                states
//   leave             none                       none; the worker returns
// A state includes its level only if the learner does not have that level yet.
enum class WorkerRequest : uint8_t { make, step, set_largest_size, save, restore, leave };

// The result of a step for one environment.
struct StepOutcome {
  float reward;
  uint8_t terminated, truncated;
};

inline ByteWriter begin_request(WorkerRequest request, int group) {
  ByteWriter out;
  out.put(request);
  out.put(int32_t{group});
  return out;
}

}  // namespace mazescan::trainer
