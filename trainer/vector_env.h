#pragma once
#include <functional>
#include <memory>
#include <vector>

#include "envs/batch.h"
#include "trainer/config.h"

namespace mazescan::trainer {

// Environments that are stepped together, by this rank or by others, with AutoresetMode::same_step. As in
// Gymnasium's VectorEnv a step is two calls, step_async and step_wait: the caller may do other work in
// between.
class VectorEnv {
 public:
  virtual ~VectorEnv() = default;

  virtual envs::ObservationShape shape() const = 0;
  virtual int action_count() const = 0;

  // Writes the current observations. Shapes: [count, shape].
  virtual void observe(uint8_t* observations) const = 0;
  // Starts a step. Shapes: actions [count]; they must not change before step_wait returns.
  virtual void step_async(const int32_t* actions) = 0;
  // Finishes the step. Shapes: rewards, terminated, truncated [count]; observations [count, shape].
  virtual void step_wait(float* rewards, uint8_t* terminated, uint8_t* truncated, uint8_t* observations) = 0;
  // Returns the levels that ended in the last step, in index order, with their final observations.
  virtual const std::vector<envs::Finished>& finished() const = 0;

  // See the functions of the same names in Batch.
  virtual void set_largest_size(int size) = 0;
  virtual void save(ByteWriter& out) = 0;
  virtual void restore(ByteReader& in) = 0;
};

// Makes environments first..first+count-1 of the training.
using MakeVectorEnv = std::function<std::unique_ptr<VectorEnv>(int first, int count, int largest_size)>;

// Makes environments that this rank steps on its own threads.
MakeVectorEnv local_environments(const TrainerConfig& config,
                                 const envs::EnvironmentFactory& make = envs::make_environment);

}  // namespace mazescan::trainer
