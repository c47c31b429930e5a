#pragma once
#include <deque>
#include <memory>
#include <vector>

#include "cluster/peer_channel.h"
#include "trainer/vector_env.h"

namespace mazescan::trainer {

// A group of environments that workers step: the learner's side. Actions go to the workers and states of a
// few bytes come back, from which the learner makes the observations.
class RemoteVectorEnv final : public VectorEnv {
 public:
  // Spreads `count` environments evenly over the workers. `workers` must outlive this object.
  RemoteVectorEnv(const envs::EnvironmentConfig& config, std::deque<cluster::PeerChannel>& workers, int group,
                  int first, int count, int largest_size);

  envs::ObservationShape shape() const override { return shape_; }
  int action_count() const override { return action_count_; }
  void observe(uint8_t* observations) const override;
  void step_async(const int32_t* actions) override;
  void step_wait(float* rewards, uint8_t* terminated, uint8_t* truncated, uint8_t* observations) override;
  const std::vector<envs::Finished>& finished() const override { return finished_; }
  void set_largest_size(int size) override;
  void save(ByteWriter& out) override;
  void restore(ByteReader& in) override;

 private:
  struct Slice {  // the environments of one worker
    cluster::PeerChannel* worker;
    int begin, end;
  };
  void receive_states();
  envs::Finished read_finished(ByteReader& in, const Slice& slice, const uint8_t* terminated,
                               const uint8_t* truncated);

  const int group_;
  envs::ObservationShape shape_;
  int action_count_ = 0;
  std::vector<Slice> slices_;
  std::vector<std::unique_ptr<envs::StateObserver>> observers_;  // [count]
  std::vector<uint8_t> final_observations_;                      // [count, shape]
  std::vector<envs::Finished> finished_;
};

}  // namespace mazescan::trainer
