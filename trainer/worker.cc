#include "trainer/worker.h"

#include <deque>
#include <vector>

#include "cluster/peer_channel.h"
#include "envs/batch.h"
#include "trainer/worker_protocol.h"

namespace mazescan::trainer {

namespace {

// The environments of a group that this worker steps. They are not reset in the same step, so that the last
// state of an episode can be sent before the next one begins.
class Group {
 public:
  Group(const TrainerConfig& config, int first, int count, int largest_size,
        const envs::EnvironmentFactory& make)
      : batch_(config.environment, static_cast<int32_t>(config.seed), first, count, config.train.threads,
               largest_size, envs::AutoresetMode::disabled, make),
        actions_(count),
        rewards_(count),
        terminated_(count),
        truncated_(count) {}

  // Carries out a request. Returns the reply, empty if none is expected.
  std::string handle(WorkerRequest request, ByteReader& in) {
    ByteWriter out;
    switch (request) {
      case WorkerRequest::step:
        step(in, out);
        break;
      case WorkerRequest::set_largest_size:
        batch_.set_max_size(in.get<int32_t>());
        break;
      case WorkerRequest::save:
        batch_.save(out);
        break;
      case WorkerRequest::restore:
        batch_.restore(in);
        write_all_states(out);
        break;
      default:
        throw InternalError("an unknown request to a worker");
    }
    return out.take();
  }

  // Writes all states with their levels.
  void write_all_states(ByteWriter& out) const {
    write_states(std::vector<uint8_t>(actions_.size(), 1), out);
  }

 private:
  // with_level: [count].
  void write_states(const std::vector<uint8_t>& with_level, ByteWriter& out) const {
    for (int i = 0; i < batch_.count(); ++i) batch_.environment(i).write_state(out, with_level[i] != 0);
  }

  void step(ByteReader& in, ByteWriter& out) {
    for (auto& action : actions_) action = in.get<int32_t>();
    batch_.step(actions_.data(), rewards_.data(), terminated_.data(), truncated_.data(), nullptr);
    for (size_t i = 0; i < actions_.size(); ++i)
      out.put(StepOutcome{rewards_[i], terminated_[i], truncated_[i]});

    std::vector<uint8_t> done(actions_.size()), new_level(actions_.size());
    out.put(static_cast<int32_t>(batch_.finished().size()));
    for (const envs::Finished& finished : batch_.finished()) {
      const auto i = static_cast<size_t>(finished.index);
      new_level[i] = 1;
      done[i] = terminated_[i] | truncated_[i];
      out.put(int32_t{finished.index});
      out.put(finished.episode);
      if (done[i] != 0) batch_.environment(finished.index).write_state(out, false);
    }
    if (!batch_.finished().empty()) batch_.reset(done.data());
    write_states(new_level, out);
  }

  envs::Batch batch_;
  std::vector<int32_t> actions_;
  std::vector<float> rewards_;
  std::vector<uint8_t> terminated_, truncated_;
};

}  // namespace

void serve_learner(const TrainerConfig& config, const cluster::Communicator& communicator, int learner,
                   const envs::EnvironmentFactory& make) {
  cluster::PeerChannel channel(communicator, learner);
  std::deque<Group> groups;
  for (;;) {
    const std::string message = channel.receive();
    ByteReader in(message, "the request of a learner");
    const auto request = in.get<WorkerRequest>();
    const auto group = static_cast<size_t>(in.get<int32_t>());
    if (request == WorkerRequest::leave) return;
    if (request == WorkerRequest::make) {
      expect(group == groups.size(), "groups in the order of their numbers");
      const auto first = in.get<int32_t>(), count = in.get<int32_t>(), largest_size = in.get<int32_t>();
      ByteWriter states;
      groups.emplace_back(config, first, count, largest_size, make).write_all_states(states);
      channel.send(states.take());
      continue;
    }
    std::string reply = groups.at(group).handle(request, in);
    if (!reply.empty()) channel.send(std::move(reply));
  }
}

}  // namespace mazescan::trainer
