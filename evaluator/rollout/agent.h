#pragma once
#include <torch/types.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "envs/task.h"
#include "policy/edits.h"
#include "policy/network.h"

namespace mazescan::rollout {

// Maximum number of states in a forward pass; pass_size.h. It may change the last bits of outputs.
inline constexpr int64_t kStatesOfAPass = 512;

// Maps maze states to action logits and values: a policy's network, optionally edited, or in tests a fixed
// rule.
class Agent {
 public:
  Agent() = default;
  virtual ~Agent() = default;
  Agent(const Agent&) = delete;
  Agent& operator=(const Agent&) = delete;

  virtual int actions() const = 0;
  virtual envs::Move move(int action) const = 0;
  // Returns whether outputs depend on the direction the mouse faces, not only on level, cheese and mouse.
  virtual bool depends_on_facing() const = 0;
  // Computes logits and values. states[i] belongs to episode episodes[i]. All levels have the same world_dim.
  // Shapes: states, episodes [N]; logits float32 [N, actions()]; values float32 [N]; on the CPU.
  virtual void evaluate(const std::vector<envs::MazeState>& states, const std::vector<int>& episodes,
                        float* logits, float* values) const = 0;
};

// Returns the edits for a batch; states[n] belongs to episode episodes[n]. An edit's tensors may depend on
// the episode, which has a target, and on the state.
using EditRule = std::function<std::vector<policy::Edit>(const std::vector<envs::MazeState>& states,
                                                         const std::vector<int>& episodes)>;

class NetworkAgent : public Agent {
 public:
  // The network must outlive the agent. rule: applied at every forward pass.
  NetworkAgent(const policy::Network& network, const envs::EnvironmentConfig& environment,
               EditRule rule = nullptr);
  // As above; tap: records or replaces outputs of layers at every forward pass.
  NetworkAgent(const policy::Network& network, const envs::EnvironmentConfig& environment,
               policy::TapFunction tap);

  int actions() const override { return network_.interface().actions; }
  envs::Move move(int action) const override { return envs::move_of(actions_, action); }
  bool depends_on_facing() const override { return shape_.shows_facing; }
  void evaluate(const std::vector<envs::MazeState>& states, const std::vector<int>& episodes, float* logits,
                float* values) const override;

  // Returns the observations, uint8 [count, C, H, W] on the CPU.
  torch::Tensor observe(const std::vector<envs::MazeState>& states) const;

 private:
  const policy::Network& network_;
  const EditRule rule_;
  const policy::TapFunction tap_;
  const std::unique_ptr<const envs::Task> task_;
  const envs::ObservationShape shape_;
  const envs::ActionSet actions_;
};

}  // namespace mazescan::rollout
