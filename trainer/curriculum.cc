#include "trainer/curriculum.h"

#include <algorithm>
#include <utility>

namespace mazescan::trainer {

Curriculum::Curriculum(const CurriculumConfig& config, std::vector<int> sizes)
    : config_(config), sizes_(std::move(sizes)), largest_(config.start == 0 ? sizes_.back() : config.start) {}

void Curriculum::observe(const Tallies& finished) {
  const auto found = finished.find(largest_);
  if (largest_ == sizes_.back() || found == finished.end()) return;
  episodes_ += found->second.episodes;
  successes_ += found->second.successes;
  if (episodes_ < config_.episodes) return;
  if (successes_ >= config_.threshold * static_cast<double>(episodes_))
    largest_ = *std::upper_bound(sizes_.begin(), sizes_.end(), largest_);
  episodes_ = 0;
  successes_ = 0;
}

void Curriculum::save(ByteWriter& out) const {
  out.put(largest_);
  out.put(episodes_);
  out.put(successes_);
}

void Curriculum::restore(ByteReader& in) {
  largest_ = in.get<int>();
  episodes_ = in.get<int64_t>();
  successes_ = in.get<double>();
}

}  // namespace mazescan::trainer
