#pragma once
#include "core/bytes.h"
#include "trainer/config.h"
#include "trainer/tallies.h"

namespace mazescan {

// Chooses the largest maze size of the training: adds the next size when the largest is mastered.
class Curriculum {
 public:
  Curriculum(const CurriculumConfig& config, int world);

  int largest_size() const { return largest_; }
  // Takes the episodes that ended in an update, over all ranks.
  void observe(const Tallies& finished);

  void save(ByteWriter& out) const;
  void restore(ByteReader& in);

 private:
  CurriculumConfig config_;
  int world_, largest_;
  int64_t episodes_ = 0, successes_ = 0;  // of the largest size since its success rate was last checked
};

}  // namespace mazescan
