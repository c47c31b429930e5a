#pragma once
#include <vector>

#include "core/bytes.h"
#include "trainer/config.h"
#include "trainer/tallies.h"

namespace mazescan::trainer {

// Chooses the largest level size of the training: adds the next size when the largest is mastered.
class Curriculum {
 public:
  // sizes: those of the environment, ascending.
  Curriculum(const CurriculumConfig& config, std::vector<int> sizes);

  int largest_size() const { return largest_; }
  // Takes the episodes that ended in an update, over all ranks.
  void observe(const Tallies& finished);

  void save(ByteWriter& out) const;
  void restore(ByteReader& in);

 private:
  CurriculumConfig config_;
  std::vector<int> sizes_;
  int largest_;
  int64_t episodes_ = 0;  // at the largest size since its success rate was last checked
  double successes_ = 0;  // of them
};

}  // namespace mazescan::trainer
