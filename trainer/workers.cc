#include "trainer/workers.h"

#include <exception>

namespace mazescan {

namespace {

// A message to a worker: a request, the group of environments that it concerns, and
//   make              first, count, largest size -> states
//   step              the actions                -> outcomes, what ended, states
//   set_largest_size  the size
//   save                                         -> the bytes of Batch::save
//   restore           those bytes                -> states
//   leave
// States come with levels where the learner does not know them.
enum class Request : uint8_t { make, step, set_largest_size, save, restore, leave };

// Of one environment in a step.
struct Outcome {
  float reward;
  uint8_t terminated, truncated;
};

ByteWriter request(Request request, int group) {
  ByteWriter out;
  out.put(request);
  out.put(int32_t{group});
  return out;
}

// The learner's side of a group.
class RemoteEnvironments final : public VectorEnvironment {
 public:
  RemoteEnvironments(const EnvironmentConfig& config, std::deque<Link>& workers, int group, int first,
                     int count, int largest_size)
      : group_(group) {
    const auto probe = make_environment(config, 0);
    shape_ = probe->observation_shape();
    action_count_ = probe->action_count();
    for (int i = 0; i < count; ++i) observers_.push_back(make_state_observer(config));
    final_observations_.resize(count * shape_.bytes());
    const auto shares = static_cast<int64_t>(workers.size());
    for (int64_t w = 0; w < shares; ++w) {
      const int begin = static_cast<int>(count * w / shares),
                end = static_cast<int>(count * (w + 1) / shares);
      expect(begin < end, "an environment for each worker");
      parts_.push_back({&workers[static_cast<size_t>(w)], begin, end});
      ByteWriter out = request(Request::make, group_);
      out.put(int32_t{first + begin});
      out.put(int32_t{end - begin});
      out.put(int32_t{largest_size});
      parts_.back().worker->send(out.take());
    }
    receive_states();
  }

  ObservationShape shape() const override { return shape_; }
  int action_count() const override { return action_count_; }

  void observe(uint8_t* observations) const override {
    for (const auto& observer : observers_) {
      observer->observe(observations);
      observations += shape_.bytes();
    }
  }

  void step_async(const int32_t* actions) override {
    for (const Part& part : parts_) {
      ByteWriter out = request(Request::step, group_);
      for (int i = part.begin; i < part.end; ++i) out.put(actions[i]);
      part.worker->send(out.take());
    }
  }

  void step_wait(float* rewards, uint8_t* terminated, uint8_t* truncated, uint8_t* observations) override {
    finished_.clear();
    for (const Part& part : parts_) {
      const std::string answer = part.worker->receive();
      ByteReader in(answer, kAnswer);
      for (int i = part.begin; i < part.end; ++i) {
        const auto outcome = in.get<Outcome>();
        rewards[i] = outcome.reward;
        terminated[i] = outcome.terminated;
        truncated[i] = outcome.truncated;
      }
      for (auto left = in.get<int32_t>(); left > 0; --left) {
        Finished finished;
        finished.index = part.begin + in.get<int32_t>();
        expect(finished.index >= part.begin && finished.index < part.end, "an environment of this worker");
        finished.episode = in.get<EpisodeSummary>();
        finished.truncated = truncated[finished.index] != 0;
        if (terminated[finished.index] != 0 || truncated[finished.index] != 0) {
          uint8_t* const final_observation = &final_observations_[finished.index * shape_.bytes()];
          observers_[finished.index]->read_state(in);
          observers_[finished.index]->observe(final_observation);
          finished.final_observation = final_observation;
        }
        finished_.push_back(finished);
      }
      for (int i = part.begin; i < part.end; ++i) {
        observers_[i]->read_state(in);
        observers_[i]->observe(observations + i * shape_.bytes());
      }
      expect(in.at_end(), "no more than a worker's answer");
    }
  }

  const std::vector<Finished>& finished() const override { return finished_; }

  void set_largest_size(int size) override {
    for (const Part& part : parts_) {
      ByteWriter out = request(Request::set_largest_size, group_);
      out.put(int32_t{size});
      part.worker->send(out.take());
    }
  }

  void save(ByteWriter& out) override {
    for (const Part& part : parts_) part.worker->send(request(Request::save, group_).take());
    for (const Part& part : parts_) {
      const std::string saved = part.worker->receive();
      ByteReader blocks(saved, kAnswer);
      for (int i = part.begin; i < part.end; ++i) out.put_bytes(blocks.get_bytes());
    }
  }

  void restore(ByteReader& in) override {
    finished_.clear();
    for (const Part& part : parts_) {
      ByteWriter out = request(Request::restore, group_);
      for (int i = part.begin; i < part.end; ++i) out.put_bytes(in.get_bytes());
      part.worker->send(out.take());
    }
    receive_states();
  }

 private:
  static constexpr const char* kAnswer = "the answer of a worker";
  struct Part {  // what one worker holds
    Link* worker;
    int begin, end;
  };

  void receive_states() {
    for (const Part& part : parts_) {
      const std::string answer = part.worker->receive();
      ByteReader in(answer, kAnswer);
      for (int i = part.begin; i < part.end; ++i) observers_[i]->read_state(in);
      expect(in.at_end(), "no more than a worker's answer");
    }
  }

  const int group_;
  ObservationShape shape_;
  int action_count_ = 0;
  std::vector<Part> parts_;
  std::vector<std::unique_ptr<StateObserver>> observers_;  // [count]
  std::vector<uint8_t> final_observations_;                // [count, shape]
  std::vector<Finished> finished_;
};

// The worker's side: its part of a group. Episodes that end are seen as they ended before the next begin, so
// no autoreset here.
class HeldEnvironments {
 public:
  HeldEnvironments(const TrainerConfig& config, int first, int count, int largest_size,
                   const EnvironmentFactory& make)
      : batch_(config.environment, static_cast<int32_t>(config.seed), first, count, config.train.threads,
               largest_size, AutoresetMode::disabled, make),
        actions_(count),
        rewards_(count),
        terminated_(count),
        truncated_(count) {}

  // Does what a request asks for; the answer, empty where none is expected.
  std::string answer(Request request, ByteReader& in) {
    ByteWriter out;
    switch (request) {
      case Request::step:
        step(in, out);
        break;
      case Request::set_largest_size:
        batch_.set_max_size(in.get<int32_t>());
        break;
      case Request::save:
        batch_.save(out);
        break;
      case Request::restore:
        batch_.restore(in);
        write_states(std::vector<uint8_t>(actions_.size(), 1), out);
        break;
      default:
        throw InternalError("an unknown request to a worker");
    }
    return out.take();
  }

  // with_level: [count].
  void write_states(const std::vector<uint8_t>& with_level, ByteWriter& out) const {
    for (int i = 0; i < batch_.count(); ++i) batch_.environment(i).write_state(out, with_level[i] != 0);
  }

 private:
  void step(ByteReader& in, ByteWriter& out) {
    for (auto& action : actions_) action = in.get<int32_t>();
    batch_.step(actions_.data(), rewards_.data(), terminated_.data(), truncated_.data(), nullptr);
    for (size_t i = 0; i < actions_.size(); ++i) out.put(Outcome{rewards_[i], terminated_[i], truncated_[i]});

    std::vector<uint8_t> ended(actions_.size()), new_level(actions_.size());
    out.put(static_cast<int32_t>(batch_.finished().size()));
    for (const Finished& finished : batch_.finished()) {
      const auto i = static_cast<size_t>(finished.index);
      new_level[i] = 1;
      ended[i] = terminated_[i] | truncated_[i];
      out.put(int32_t{finished.index});
      out.put(finished.episode);
      if (ended[i] != 0) batch_.environment(finished.index).write_state(out, false);
    }
    if (!batch_.finished().empty()) batch_.reset(ended.data());
    write_states(new_level, out);
  }

  Batch batch_;
  std::vector<int32_t> actions_;
  std::vector<float> rewards_;
  std::vector<uint8_t> terminated_, truncated_;
};

}  // namespace

Workers::Workers(const World& world, const std::vector<int>& ranks) {
  expect(!ranks.empty(), "workers");
  for (const int rank : ranks) links_.emplace_back(world, rank);
}

Workers::~Workers() {
  if (std::uncaught_exceptions() > 0) return;  // the job ends
  for (Link& worker : links_) worker.send(request(Request::leave, 0).take());
}

MakeEnvironments Workers::environments(const TrainerConfig& config) {
  return [this, config](int first, int count, int largest_size) {
    return std::make_unique<RemoteEnvironments>(config.environment, links_, groups_++, first, count,
                                                largest_size);
  };
}

void serve_learner(const TrainerConfig& config, const World& world, int learner,
                   const EnvironmentFactory& make) {
  Link link(world, learner);
  std::deque<HeldEnvironments> groups;
  for (;;) {
    const std::string message = link.receive();
    ByteReader in(message, "the request of a learner");
    const auto request = in.get<Request>();
    const auto group = static_cast<size_t>(in.get<int32_t>());
    if (request == Request::leave) return;
    if (request == Request::make) {
      expect(group == groups.size(), "groups in the order of their numbers");
      const auto first = in.get<int32_t>(), count = in.get<int32_t>(), largest_size = in.get<int32_t>();
      ByteWriter states;
      groups.emplace_back(config, first, count, largest_size, make)
          .write_states(std::vector<uint8_t>(static_cast<size_t>(count), 1), states);
      link.send(states.take());
      continue;
    }
    std::string answer = groups.at(group).answer(request, in);
    if (!answer.empty()) link.send(std::move(answer));
  }
}

}  // namespace mazescan
