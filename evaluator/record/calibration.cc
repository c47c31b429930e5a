#include "evaluator/record/calibration.h"

#include <torch/types.h>

#include <algorithm>
#include <utility>

#include "evaluator/record/config.h"
#include "evaluator/record/record_unit.h"

namespace mazescan::record {

namespace {

constexpr int kLevels = 128, kStates = 8;  // of each size and placement, of each level at most

}  // namespace

std::vector<storage::Quantisation> quantisations_of(const jobs::RunConfig& config,
                                                    const policies::TrainedPolicy& trained,
                                                    const std::vector<datasets::TapShape>& taps) {
  jobs::RunConfig some = config;
  RecordConfig& record = some.section<RecordConfig>();
  const int bits = datasets::quantised_bits(datasets::storage_type(record.storage_dtype));
  if (bits == 0) return {};
  // The same levels for recordings of all levels, so that they can be merged.
  record.first_level = RecordConfig().first_level;
  record.levels = record.chunk = kLevels;
  record.max_states_per_level = kStates;
  std::vector<std::pair<float, float>> bounds(taps.size());  // 0 is always within
  for (const int size : record.sizes)
    for (const std::string& placement : record.placements) {
      UnitSamples samples = sample_unit(some, trained, {size, placement, 0}, "");
      record_samples(trained, samples, taps, [&](const Piece& piece) {
        for (size_t tap = 0; tap < piece.size(); ++tap) {
          if (piece[tap].numel() == 0) continue;
          bounds[tap].first = std::min(bounds[tap].first, piece[tap].min().item<float>());
          bounds[tap].second = std::max(bounds[tap].second, piece[tap].max().item<float>());
        }
      });
    }
  std::vector<storage::Quantisation> quantisations;
  for (const auto& [smallest, largest] : bounds)
    quantisations.push_back(storage::quantisation_of(smallest, largest, bits));
  return quantisations;
}

}  // namespace mazescan::record
