#include "trainer/vector_env.h"

namespace mazescan::trainer {

namespace {

class LocalVectorEnv final : public VectorEnv {
 public:
  LocalVectorEnv(const TrainerConfig& config, int first, int count, int largest_size,
                 const envs::EnvironmentFactory& make)
      : batch_(config.environment, static_cast<int32_t>(config.seed), first, count, config.train.threads,
               largest_size, envs::AutoresetMode::same_step, make) {}

  envs::ObservationShape shape() const override { return batch_.shape(); }
  int action_count() const override { return batch_.action_count(); }
  void observe(uint8_t* observations) const override { batch_.observe(observations); }
  void step_async(const int32_t* actions) override { actions_ = actions; }
  void step_wait(float* rewards, uint8_t* terminated, uint8_t* truncated, uint8_t* observations) override {
    batch_.step(actions_, rewards, terminated, truncated, observations);
  }
  const std::vector<envs::Finished>& finished() const override { return batch_.finished(); }
  void set_largest_size(int size) override { batch_.set_max_size(size); }
  void save(ByteWriter& out) override { batch_.save(out); }
  void restore(ByteReader& in) override { batch_.restore(in); }

 private:
  envs::Batch batch_;
  const int32_t* actions_ = nullptr;
};

}  // namespace

MakeVectorEnv local_environments(const TrainerConfig& config, const envs::EnvironmentFactory& make) {
  return [config, make](int first, int count, int largest_size) {
    return std::make_unique<LocalVectorEnv>(config, first, count, largest_size, make);
  };
}

}  // namespace mazescan::trainer
