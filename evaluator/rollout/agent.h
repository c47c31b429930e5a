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

// States of a forward pass. Another number may change the last bits of a network's outputs.
inline constexpr int64_t kStatesOfAPass = 512;

// Maps maze states to action logits and values: the network of a policy, perhaps edited, or in tests a known rule.
class Agent {
 public:
  Agent() = default;
  virtual ~Agent() = default;
  Agent(const Agent&) = delete;
  Agent& operator=(const Agent&) = delete;

  virtual int actions() const = 0;
  virtual envs::Move move(int action) const = 0;
  // Returns whether answers depend on the way the mouse faces, and not only on level, cheese and mouse.
  virtual bool depends_on_facing() const = 0;
  // Shapes: states, episodes [N]; logits float32 [N, actions()]; values float32 [N]; on the CPU. states[i] belongs to
  // episode episodes[i]. All levels have one world_dim.
  virtual void evaluate(const std::vector<envs::MazeState>& states, const std::vector<int>& episodes,
                        float* logits, float* values) const = 0;
};

// Makes the edits for a batch of states[n], which is of episode episodes[n]. An edit is a rule for a kind of
// maze: its tensors depend on the episode, which has a target, and on the state.
using EditRule = std::function<std::vector<policy::Edit>(const std::vector<envs::MazeState>& states,
                                                         const std::vector<int>& episodes)>;

class NetworkAgent : public Agent {
 public:
  // The network must outlive the agent. rule: edits at every forward pass.
  NetworkAgent(const policy::Network& network, const envs::EnvironmentConfig& environment,
               EditRule rule = nullptr);

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
  const std::unique_ptr<const envs::Task> task_;
  const envs::ObservationShape shape_;
  const envs::ActionSet actions_;
};

}  // namespace mazescan::rollout
