#include "envs/keys_and_chests/tour.h"

#include <algorithm>
#include <limits>
#include <vector>

#include "envs/keys_and_chests/level.h"
#include "envs/paths.h"

namespace mazescan::keys_and_chests {

namespace {

// The path to an object: the cells with objects on it, the last being that object's.
struct Leg {
  int steps = -1;  // -1: there is no path
  std::vector<envs::Cell> visits;
};

Leg leg_between(const envs::MazeLevel& level, envs::Cell from, envs::Cell to) {
  const std::vector<envs::Cell> path = envs::shortest_path(level, from, to);
  Leg leg;
  leg.steps = static_cast<int>(path.size()) - 1;
  for (size_t i = 1; i < path.size(); ++i)
    if (std::any_of(level.objects.begin(), level.objects.end(),
                    [&](const envs::LevelObject& object) { return object.cell == path[i]; }))
      leg.visits.push_back(path[i]);
  return leg;
}

// Returns the legs from the start (the last row) and from each object to each object.
std::vector<std::vector<Leg>> all_legs(const envs::MazeLevel& level) {
  std::vector<envs::Cell> places;
  for (const envs::LevelObject& object : level.objects) places.push_back(object.cell);
  places.push_back(level.start);
  std::vector<std::vector<Leg>> legs;
  for (const envs::Cell from : places) {
    legs.emplace_back();
    for (const envs::LevelObject& object : level.objects)
      legs.back().push_back(leg_between(level, from, object.cell));
  }
  return legs;
}

}  // namespace

uint32_t after_visit(const envs::MazeLevel& level, uint32_t taken, envs::Cell cell) {
  const int key = object_on(level, taken, kKey, cell);
  if (key >= 0) taken |= 1U << key;
  const int chest = object_on(level, taken, kChest, cell);
  if (chest >= 0 && tally_of(level, taken).held() > 0) taken |= 1U << chest;
  return taken;
}

int shortest_tour(const envs::MazeLevel& level) {
  const size_t objects = level.objects.size();
  if (objects == 0 || objects > kMaxTourObjects) return -1;
  constexpr int kUnreached = std::numeric_limits<int>::max();
  const std::vector<std::vector<Leg>> legs = all_legs(level);
  const size_t places = objects + 1;  // the last is the start
  // The fewest steps with which a set is gone and the mouse is on a place. Sets only grow, so their order as
  // numbers is an order of computation.
  std::vector<int> steps((size_t{1} << objects) * places, kUnreached);
  steps[objects] = 0;
  int best = kUnreached;
  for (uint32_t taken = 0; taken < 1U << objects; ++taken) {
    const Tally now = tally_of(level, taken);
    for (size_t at = 0; at < places; ++at) {
      const int so_far = steps[taken * places + at];
      if (so_far == kUnreached) continue;
      if (now.chests_opened == now.needed()) {
        best = std::min(best, so_far);
        continue;
      }
      for (size_t to = 0; to < objects; ++to) {
        const Leg& leg = legs[at][to];
        if ((taken >> to & 1) != 0 || leg.steps < 0) continue;
        uint32_t then = taken;
        for (const envs::Cell cell : leg.visits) then = after_visit(level, then, cell);
        if (then == taken) continue;  // a chest without a key
        int& known = steps[then * places + to];
        known = std::min(known, so_far + leg.steps);
      }
    }
  }
  return best == kUnreached ? -1 : best;
}

}  // namespace mazescan::keys_and_chests
