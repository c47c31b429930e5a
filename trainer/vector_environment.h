#pragma once
#include <functional>
#include <memory>
#include <vector>

#include "envs/batch.h"
#include "trainer/config.h"

namespace mazescan {

// Environments stepped together, here or elsewhere, with autoreset in the same step (Batch says what that
// means). A step is two calls, as in Gymnasium: between them the environments may be under way while the
// caller does something else.
class VectorEnvironment {
 public:
  virtual ~VectorEnvironment() = default;

  virtual ObservationShape shape() const = 0;
  virtual int action_count() const = 0;

  // The observations at hand, [count, shape].
  virtual void observe(uint8_t* observations) const = 0;
  // actions: [count]; must stay as they are until step_wait.
  virtual void step_async(const int32_t* actions) = 0;
  // rewards, terminated, truncated: [count]; observations: [count, shape].
  virtual void step_wait(float* rewards, uint8_t* terminated, uint8_t* truncated, uint8_t* observations) = 0;
  // The levels that ended in the last step, in index order, with final observations.
  virtual const std::vector<Finished>& finished() const = 0;

  // As those of Batch.
  virtual void set_largest_size(int size) = 0;
  virtual void save(ByteWriter& out) = 0;
  virtual void restore(ByteReader& in) = 0;
};

// Environments first..first+count-1 of the training.
using MakeEnvironments =
    std::function<std::unique_ptr<VectorEnvironment>(int first, int count, int largest_size)>;

// Stepped on this rank's own threads.
MakeEnvironments local_environments(const TrainerConfig& config,
                                    const EnvironmentFactory& make = make_environment);

}  // namespace mazescan
