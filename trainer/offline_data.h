#pragma once
#include <string>
#include <vector>

#include "datasets/episodes/episodes.h"
#include "trainer/config.h"

namespace mazescan::trainer {

// A step of a recorded episode.
struct Transition {
  envs::MazeState state, next;
  int64_t action = 0;
  float reward = 0;
  bool terminated = false;  // nothing follows. After a truncated step the episode would have gone on
  float steps_to_goal = 0;  // with this step; infinity if the episode did not reach the goal
};

// Returns the best tenth of the episodes: in each size of levels a tenth of its episodes, rounded up, those
// with the fewest steps to the goal; of equals the first. Episodes that did not reach the goal are never
// among them.
std::vector<episodes::Episode> best_tenth(const std::vector<episodes::Episode>& all);

// The transitions that an offline learner draws from.
class OfflineData {
 public:
  // Reads train.offline.data and keeps the episodes that the learner uses. Throws UserError if the file
  // cannot be used, was made in another environment, or no episode is left.
  explicit OfflineData(const TrainerConfig& config);

  const std::vector<Transition>& transitions() const { return transitions_; }
  const std::string& hash() const { return dataset_.hash; }  // of the file

 private:
  episodes::Dataset dataset_;  // owns the levels
  std::vector<Transition> transitions_;
};

}  // namespace mazescan::trainer
