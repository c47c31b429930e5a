#pragma once
#include <algorithm>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "datasets/scan_shard.h"
#include "storage/hdf5/hdf5.h"

// The datasets of a scan's shard, listed once: writing, reading and checking use this list.
namespace mazescan::datasets::detail {

using Axes = std::vector<hdf5::H5Axis>;

// Names that are needed outside of the list.
constexpr const char* kLevelSeeds = "/episodes/level_seed";
constexpr const char *kSampledGroup = "/episodes/sampled/", *kGreedyGroup = "/episodes/greedy/";
constexpr const char* kPath = "path";
constexpr const char* kScanActivations = "/activations/";
constexpr const char* kMeasures = "/measures/";
constexpr const char* kObjectKind = "/objects/kind";
constexpr const char* kDecisionEpisodes = "/activations/decision/episode";
constexpr const char *kFieldEpisode = "/fields/episode", *kFieldProbability = "/fields/probability",
                     *kFieldValue = "/fields/value";

struct Lengths {
  int64_t size, limit, episodes, decisions, fields, sampled_entries, greedy_entries, objects;
};

// All fields of a shard, as they are stored.
struct PackedFields {
  std::vector<int32_t> episode;
  std::vector<float> probability, value;
};

template <class RolloutsT, class Visit>
void visit_rollouts(const std::string& group, RolloutsT& rollouts, int64_t episodes,
                    const hdf5::H5Axis& entry, Visit& visit) {
  const hdf5::H5Axis episode{"episode", episodes};
  visit(group + "success", rollouts.success, Axes{episode});
  visit(group + "outcome", rollouts.outcome, Axes{episode});
  visit(group + "steps", rollouts.steps, Axes{episode});
  visit(group + "decision_step", rollouts.decision_step, Axes{episode});
  visit(group + "path_offset", rollouts.path_offset, Axes{{"offset", episodes + 1}});
  visit(group + kPath, rollouts.path, Axes{entry});
}

template <class ExactT, class Visit>
void visit_exact(ExactT& exact, const hdf5::H5Axis& episode, int64_t limit, Visit& visit) {
  const hdf5::H5Axis step{"step", limit + 1};
  visit("/exact/arrived", exact.arrived, Axes{episode, step});
  visit("/exact/expected_steps", exact.expected_steps, Axes{episode});
  visit("/exact/goal", exact.goal, Axes{episode});
  visit("/exact/proxy", exact.proxy, Axes{episode});
  visit("/exact/proxy_then_goal", exact.proxy_then_goal, Axes{episode});
  visit("/exact/decision_reached", exact.decision_reached, Axes{episode});
  visit("/exact/decision_to_goal", exact.decision_to_goal, Axes{episode});
  visit("/exact/decision_to_proxy", exact.decision_to_proxy, Axes{episode});
  visit("/exact/random_arrived", exact.random_arrived, Axes{episode, step});
  visit("/exact/blind_steps", exact.blind_steps, Axes{episode});
}

// Calls visit(path, values, axes) for every dataset whose name is fixed, except the fields.
template <class Shard, class Visit>
void visit_episodes(Shard& shard, const Lengths& n, Visit&& visit) {
  const hdf5::H5Axis episode{"episode", n.episodes}, y{"y", n.size}, x{"x", n.size},
      coordinate{"coordinate", 2};
  visit(kLevelSeeds, shard.level_seed, Axes{episode});
  visit("/episodes/open", shard.open, Axes{episode, y, x});
  visit("/episodes/cheese", shard.cheese, Axes{episode, coordinate});
  visit("/episodes/proxy", shard.proxy, Axes{episode, coordinate});
  visit("/episodes/optimal", shard.optimal, Axes{episode});
  visit("/episodes/on_path", shard.on_path, Axes{episode});
  visit("/episodes/decision", shard.decision, Axes{episode, coordinate});
  if (n.objects > 0) {
    const hdf5::H5Axis object{"object", n.objects};
    visit(kObjectKind, shard.object_kind, Axes{episode, object});
    visit("/objects/cell", shard.object_cell, Axes{episode, object, coordinate});
  }
  visit_rollouts(kSampledGroup, shard.sampled, n.episodes, {"sampled_entry", n.sampled_entries}, visit);
  visit_rollouts(kGreedyGroup, shard.greedy, n.episodes, {"greedy_entry", n.greedy_entries}, visit);
  visit_exact(shard.exact, episode, n.limit, visit);
  for (auto& measure : shard.measures)
    visit(kMeasures + measure.name, measure.values, Axes{episode, {"mouse", kMeasuredMice}});
  visit(kDecisionEpisodes, shard.decision_episode, Axes{{"decision", n.decisions}});
}

// Calls visit(path, values, axes) for every dataset whose name is fixed.
template <class Shard, class Fields, class Visit>
void visit_datasets(Shard& shard, Fields& fields, const Lengths& n, Visit&& visit) {
  const hdf5::H5Axis field{"field", n.fields}, y{"y", n.size}, x{"x", n.size};
  visit_episodes(shard, n, visit);
  visit(kFieldEpisode, fields.episode, Axes{field});
  visit(kFieldProbability, fields.probability, Axes{field, y, x, {"move", 5}});
  visit(kFieldValue, fields.value, Axes{field, y, x});
}

// Returns the lengths of a shard in memory.
inline Lengths lengths_of(const ScanShard& shard) {
  return {shard.size,
          shard.limit,
          shard.episodes(),
          static_cast<int64_t>(shard.decision_episode.size()),
          static_cast<int64_t>(shard.fields.size()),
          static_cast<int64_t>(shard.sampled.path.size()),
          static_cast<int64_t>(shard.greedy.path.size()),
          static_cast<int64_t>(shard.object_kind.size()) / std::max<int64_t>(shard.episodes(), 1)};
}

}  // namespace mazescan::datasets::detail
