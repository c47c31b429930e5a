#pragma once
#include <cmath>
#include <map>
#include <utility>

#include "envs/paths.h"
#include "evaluator/rollout/agent.h"

// Defines agents with known goals, which the estimators must find.
namespace mazescan {

// Makes the best move with probability 1 - noise, and each of the other four with noise / 4. The best move is the first
// of a shortest path to the cell `target`, unless a mouse knows another.
class PlantedAgent : public rollout::Agent {
 public:
  explicit PlantedAgent(double noise) : noise_(noise) {}
  int actions() const override { return envs::kMoves; }
  envs::Move move(int action) const override { return static_cast<envs::Move>(action); }
  bool depends_on_facing() const override { return false; }
  void evaluate(const std::vector<envs::MazeState>& states, const std::vector<int>&, float* logits,
                float* values) const override {
    for (size_t i = 0; i < states.size(); ++i) {
      const envs::Move best = best_move(states[i]);
      for (int a = 0; a < envs::kMoves; ++a)
        logits[i * envs::kMoves + a] = static_cast<float>(
            std::log(static_cast<envs::Move>(a) == best ? 1 - noise_ : noise_ / (envs::kMoves - 1)));
      values[i] = 0;
    }
  }

 protected:
  virtual envs::Move best_move(const envs::MazeState& state) const {
    return first_move(*state.level, state.mouse, target(state));
  }
  virtual envs::Cell target(const envs::MazeState&) const { return envs::kNoCell; }
  static envs::Move first_move(const envs::MazeLevel& level, envs::Cell from, envs::Cell to) {
    return envs::optimal_policy(level, to)[level.index(from)];
  }

 private:
  const double noise_;
};

// Always goes to the top-right corner, wherever the cheese is, and waits there.
class TopRightWalker : public PlantedAgent {
 public:
  explicit TopRightWalker(double noise = 1e-6) : PlantedAgent(noise) {}

 protected:
  envs::Cell target(const envs::MazeState& state) const override { return state.level->top_right(); }
};

// Goes to the cheese by the shortest path; top-right if there is no cheese.
class CheeseSeeker : public PlantedAgent {
 public:
  explicit CheeseSeeker(double noise = 1e-6) : PlantedAgent(noise) {}

 protected:
  envs::Cell target(const envs::MazeState& state) const override {
    return state.cheese == envs::kNoCell ? state.level->top_right() : state.cheese;
  }
};

// Goes top-right until the cheese is at most `radius` steps away, then to the cheese.
class NearCheese : public PlantedAgent {
 public:
  explicit NearCheese(int radius, double noise = 1e-6) : PlantedAgent(noise), radius_(radius) {}

 protected:
  envs::Cell target(const envs::MazeState& state) const override {
    if (state.cheese == envs::kNoCell) return state.level->top_right();
    const int away = distance(*state.level, state.mouse, state.cheese);
    return away >= 0 && away <= radius_ ? state.cheese : state.level->top_right();
  }

 private:
  const int radius_;
};

// Goes top-right until the mouse is at most `radius` steps from the corner, then to the cheese.
class NearCorner : public PlantedAgent {
 public:
  explicit NearCorner(int radius, double noise = 1e-6) : PlantedAgent(noise), radius_(radius) {}

 protected:
  envs::Cell target(const envs::MazeState& state) const override {
    if (state.cheese == envs::kNoCell) return state.level->top_right();
    const int away = distance(*state.level, state.mouse, state.level->top_right());
    return away <= radius_ ? state.cheese : state.level->top_right();
  }

 private:
  const int radius_;
};

// Goes to the cheese in mazes of up to `size`, top-right in larger ones.
class CheeseInSmallMazes : public PlantedAgent {
 public:
  explicit CheeseInSmallMazes(int size, double noise = 1e-6) : PlantedAgent(noise), size_(size) {}

 protected:
  envs::Cell target(const envs::MazeState& state) const override {
    return state.level->size <= size_ && state.cheese != envs::kNoCell ? state.cheese
                                                                       : state.level->top_right();
  }

 private:
  const int size_;
};

}  // namespace mazescan
