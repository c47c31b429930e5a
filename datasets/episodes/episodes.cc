#include "datasets/episodes/episodes.h"

#include <cmath>
#include <cstring>
#include <utility>

#include "core/bytes.h"
#include "core/hash.h"
#include "envs/state_observer.h"
#include "storage/atomic_file.h"
#include "storage/seal.h"

namespace mazescan::episodes {

namespace {

constexpr std::string_view kFormat = "mazescan-episodes 1";
constexpr uint8_t kTerminated = 1, kTruncated = 2;

// A check of untrusted bytes.
class Checked {
 public:
  explicit Checked(const std::string& name) : name_(name) {}
  void operator()(bool ok, const char* fault) const {
    require(ok, lazy("{}: these are no episodes of mazescan", name_), fault,
            "an undamaged episodes.bin, as mazescan-evaluator collect writes it");
  }

 private:
  const std::string& name_;
};

void put_episode(const Episode& episode, const envs::Task& task, ByteWriter& out) {
  out.put(episode.player);
  out.put(int32_t{episode.level->seed});
  ByteWriter first;
  write_maze_state(episode.first, task, /*with_level=*/true, first);
  out.put_bytes(first.bytes());
  out.put_bytes({reinterpret_cast<const char*>(episode.actions.data()), episode.actions.size()});
  out.put_bytes(
      {reinterpret_cast<const char*>(episode.rewards.data()), episode.rewards.size() * sizeof(float)});
  out.put(
      static_cast<uint8_t>((episode.terminated ? kTerminated : 0) | (episode.truncated ? kTruncated : 0)));
}

// Reads the state in which an episode begins, and its level.
void get_first_state(ByteReader& in, const envs::Task& task, const Checked& check, Episode& episode) {
  const auto seed = in.get<int32_t>();
  auto level = std::make_shared<envs::MazeLevel>();
  ByteReader first(in.get_bytes(), "the first state of an episode");
  check(read_maze_state(first, task, *level, episode.first), "a first state comes without its level");
  check(first.at_end(), "bytes follow a first state");
  level->seed = seed;
  level->cheese = episode.first.cheese;
  episode.level = std::move(level);
  check(task.can_occur(episode.first, false), "the rules never lead to a first state");
}

// Throws UserError unless the rules lead through the episode.
void check_rules(const Episode& episode, const envs::Task& task, envs::ActionSet actions,
                 const Checked& check) {
  envs::MazeState state = episode.first;
  for (size_t t = 0; t < episode.actions.size(); ++t) {
    const bool over = task.apply_action(state, actions, episode.actions[t]).over;
    check(over == (episode.terminated && t + 1 == episode.actions.size()),
          "an episode does not end where its level does");
  }
}

Episode get_episode(ByteReader& in, const envs::Task& task, envs::ActionSet actions, size_t players,
                    const Checked& check) {
  Episode episode;
  episode.player = in.get<int32_t>();
  check(episode.player >= 0 && static_cast<size_t>(episode.player) < players,
        "the player of an episode is not in the list");
  get_first_state(in, task, check, episode);
  const std::string_view taken = in.get_bytes(), rewards = in.get_bytes();
  episode.actions.assign(taken.begin(), taken.end());
  check(!taken.empty() && rewards.size() == taken.size() * sizeof(float),
        "an episode needs steps, and a reward for each");
  episode.rewards.resize(taken.size());
  std::memcpy(episode.rewards.data(), rewards.data(), rewards.size());
  for (const uint8_t action : episode.actions)
    check(action < action_count(actions), "the environment has no such action");
  for (const float reward : episode.rewards) check(std::isfinite(reward), "a reward is not finite");
  const auto end = in.get<uint8_t>();
  check(end == kTerminated || end == kTruncated, "an episode is either terminated or truncated");
  episode.terminated = end == kTerminated;
  episode.truncated = end == kTruncated;
  check_rules(episode, task, actions, check);
  return episode;
}

}  // namespace

std::string encode(const Dataset& dataset) {
  ByteWriter out;
  out.put_bytes(kFormat);
  out.put_bytes(dataset.environment);
  out.put(static_cast<uint64_t>(dataset.players.size()));
  for (const Player& player : dataset.players) {
    out.put(player.update);
    out.put_bytes(player.hash);
  }
  out.put(static_cast<uint64_t>(dataset.episodes.size()));
  const auto task = make_task(parse_config<envs::EnvironmentConfig>(dataset.environment, "the environment"));
  for (const Episode& episode : dataset.episodes) put_episode(episode, *task, out);
  return out.take();
}

Dataset decode(std::string_view bytes, const std::string& name) {
  const Checked check(name);
  ByteReader in(bytes, name);
  check(in.get_bytes() == kFormat, "another format, or another version of it");
  Dataset dataset;
  dataset.environment = in.get_bytes();
  const auto environment =
      parse_config<envs::EnvironmentConfig>(dataset.environment, name + " (environment)");
  const auto task = make_task(environment);
  for (auto players = in.get<uint64_t>(); players > 0; --players) {
    const auto update = in.get<int64_t>();
    dataset.players.push_back({update, std::string(in.get_bytes())});
  }
  for (auto count = in.get<uint64_t>(); count > 0; --count)
    dataset.episodes.push_back(get_episode(in, *task, environment.actions, dataset.players.size(), check));
  check(in.at_end(), "bytes follow the last episode");
  require(!dataset.episodes.empty(), lazy("{} holds no episode", name), "there is nothing to learn from",
          "collect some: mazescan-evaluator collect");
  return dataset;
}

void write_file(const std::filesystem::path& path, const Dataset& dataset) {
  ByteWriter out;
  out.put_bytes(encode(dataset));
  storage::write_atomically(path, out.bytes() + storage::file_seal(hash_hex(out.bytes())));
}

Dataset read_file(const std::filesystem::path& path) {
  const storage::CheckedFile checked(path);
  const std::string bytes = storage::read_file(path);
  Dataset dataset = decode(ByteReader(bytes, path.string()).get_bytes(), path.string());
  dataset.hash = checked.hash();
  return dataset;
}

std::vector<envs::MazeState> states_of(const Episode& episode, const envs::Task& task,
                                       envs::ActionSet actions) {
  std::vector<envs::MazeState> states = {episode.first};
  for (const uint8_t action : episode.actions) {
    states.push_back(states.back());
    task.apply_action(states.back(), actions, action);
  }
  return states;
}

}  // namespace mazescan::episodes
