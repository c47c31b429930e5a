// Tests compact states: an observer's observation of a state equals that of the environment itself.
#include "core/error.h"
#include "tests/envs/conformance.h"

namespace mazescan::envs::conformance {
namespace {

class StateObservers : public testing::TestWithParam<Case> {};

// Does what a learner does whose environments are on other ranks.
TEST_P(StateObservers, AnObserverOfStatesSeesWhatTheEnvironmentShows) {
  const EnvironmentConfig& config = GetParam().config;
  const auto environment = envs::make_environment(config, 3);
  const auto observer = envs::make_state_observer(config);
  std::vector<uint8_t> shown(environment->observation_shape().bytes()), seen(shown.size());
  RandomStream random(1, "play");
  size_t state_bytes = 0;
  const auto compare = [&](bool with_level) {
    ByteWriter out;
    environment->write_state(out, with_level);
    ByteReader in(out.bytes(), "state");
    observer->read_state(in);
    EXPECT_TRUE(in.at_end());
    environment->observe(shown.data());
    observer->observe(seen.data());
    state_bytes = out.bytes().size();
    return shown == seen;
  };
  environment->reset();
  ASSERT_TRUE(compare(true));
  int levels = 0;
  for (int t = 0; t < 3000; ++t) {
    const bool force = random.below(150) == 0;
    const StepResult result =
        environment->step(force ? -1 : static_cast<int>(random.below(environment->action_count())));
    ASSERT_TRUE(compare(false)) << "step " << t << ", perhaps the last of its episode";
    EXPECT_LE(state_bytes, 24U) << "a few bytes";
    if (random.below(20) == 0) {
      ASSERT_TRUE(compare(true)) << "the level again, in mid-episode, step " << t;
    }
    if (!result.level_over) continue;
    ++levels;
    environment->reset();
    ASSERT_TRUE(compare(true));
    EXPECT_LT(state_bytes, shown.size()) << "less than the observation";
  }
  EXPECT_GT(levels, 20);
}

// Follows a batch of another process, state by state, in every autoreset mode.
TEST_P(StateObservers, ObserversFollowABatch) {
  for (const AutoresetMode mode : kModes) {
    Player player(GetParam().config, 1, mode);
    std::vector<std::unique_ptr<StateObserver>> observers;
    for (int i = 0; i < kCount; ++i) observers.push_back(make_state_observer(GetParam().config));
    std::vector<uint8_t> seen(player.observations.size());
    const auto follow = [&](const std::vector<uint8_t>& new_level) {
      ByteWriter out;
      for (int i = 0; i < kCount; ++i) player.batch.environment(i).write_state(out, new_level[i] != 0);
      ByteReader in(out.bytes(), "states");
      for (int i = 0; i < kCount; ++i) {
        observers[i]->read_state(in);
        observers[i]->observe(&seen[i * player.batch.shape().bytes()]);
      }
      player.batch.observe(player.observations.data());
      return seen == player.observations;
    };
    ASSERT_TRUE(follow(std::vector<uint8_t>(kCount, 1)));
    for (int t = 0; t < 400; ++t) {
      played(player, mode, t, t + 1);
      std::vector<uint8_t> begun(kCount);
      // A level is new when its clock is 0. It may be sent twice if there was no step; this does no harm.
      for (int i = 0; i < kCount; ++i) begun[i] = player.batch.environment(i).episode().steps == 0 ? 1 : 0;
      ASSERT_TRUE(follow(begun)) << "step " << t;
    }
  }
}

TEST_P(StateObservers, AnObserverRefusesWhatIsNoState) {
  const EnvironmentConfig& config = GetParam().config;
  const auto environment = envs::make_environment(config, 3);
  environment->reset();
  ByteWriter whole, moved;
  environment->write_state(whole, true);
  environment->write_state(moved, false);
  std::vector<uint8_t> seen(environment->observation_shape().bytes());
  const auto observer = envs::make_state_observer(config);
  ByteReader unknown_level(moved.bytes(), "state");
  EXPECT_THROW(observer->read_state(unknown_level), UserError);
  for (size_t size = 0; size < whole.bytes().size(); ++size) {
    ByteReader cut(std::string_view(whole.bytes()).substr(0, size), "state");
    EXPECT_THROW(observer->read_state(cut), UserError) << size;
  }
  EXPECT_THROW(observer->observe(seen.data()), InternalError);
  ByteReader in(whole.bytes(), "state");
  EXPECT_NO_THROW(observer->read_state(in));
  EXPECT_NO_THROW(observer->observe(seen.data()));
}

INSTANTIATE_TEST_SUITE_P(Maze, StateObservers, testing::ValuesIn(cases()), name_of);

}  // namespace
}  // namespace mazescan::envs::conformance
