#pragma once
#include <map>
#include <vector>

#include "core/bytes.h"
#include "trainer/config.h"

namespace mazescan {

// Episodes and successes of one size of levels.
struct SizeTally {
  int64_t episodes = 0, successes = 0, steps = 0, optimal = 0;  // steps, optimal: of successes
};
using Tallies = std::map<int, SizeTally>;

// Small levels first: the next size comes in when the largest is mastered.
class Curriculum {
 public:
  // sizes: those of the environment's levels, ascending.
  Curriculum(const CurriculumConfig& config, std::vector<int> sizes);

  int largest_size() const { return largest_; }
  // Takes what ended in an update, over all ranks.
  void observe(const Tallies& finished);

  void save(ByteWriter& out) const;
  void restore(ByteReader& in);

 private:
  CurriculumConfig config_;
  std::vector<int> sizes_;
  int largest_;
  int64_t episodes_ = 0, successes_ = 0;  // of the largest size since it was last judged
};

}  // namespace mazescan
