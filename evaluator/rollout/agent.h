#pragma once
#include <torch/types.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "envs/environment.h"
#include "envs/frame/frame.h"
#include "envs/maze/maze.h"
#include "policy/edits.h"
#include "policy/network.h"

namespace mazescan {

// States of a forward pass. Another number may change the last bits of a network's outputs.
inline constexpr int64_t kStatesOfAPass = 512;

// Whoever is asked what to do in a maze: the network of a policy, perhaps with edits, or in tests a rule
// whose answers are known.
class Agent {
 public:
  Agent() = default;
  virtual ~Agent() = default;
  Agent(const Agent&) = delete;
  Agent& operator=(const Agent&) = delete;

  virtual int actions() const = 0;
  virtual Move move(int action) const = 0;
  // Whether answers depend on the way the mouse faces, and not only on level, cheese and mouse.
  virtual bool sees_facing() const = 0;
  // For states[i], which is of episode episodes[i]: a row of actions() logits, and a value. All states are of
  // levels of one world.
  virtual void answer(const std::vector<MazeState>& states, const std::vector<int>& episodes, float* logits,
                      float* values) const = 0;
};

// The edits of a batch whose item n is of episode episodes[n]: the same edits with other tensors, as an edit
// is a rule for a kind of maze, and the episode says where its target lies.
using EditRule = std::function<std::vector<Edit>(const std::vector<int>& episodes)>;

class NetworkAgent : public Agent {
 public:
  // The network must outlive the agent. rule: edits at every forward pass.
  NetworkAgent(const Network& network, const EnvironmentConfig& environment, EditRule rule = nullptr);

  int actions() const override { return network_.interface().actions; }
  Move move(int action) const override {
    return procgen_actions_ ? move_of_procgen_action(action) : static_cast<Move>(action);
  }
  bool sees_facing() const override { return frames_ != nullptr; }
  void answer(const std::vector<MazeState>& states, const std::vector<int>& episodes, float* logits,
              float* values) const override;

  // uint8 observations, [count, C, H, W] on the CPU.
  torch::Tensor observe(const std::vector<MazeState>& states) const;

 private:
  const Network& network_;
  const EditRule rule_;
  const ObservationShape shape_;
  const std::shared_ptr<const FrameRenderer> frames_;  // none with planes
  const bool procgen_actions_;
};

}  // namespace mazescan
