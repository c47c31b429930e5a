#include "trainer/remote_vector_env.h"

#include "envs/task.h"
#include "trainer/worker_protocol.h"

namespace mazescan::trainer {

namespace {
constexpr const char* kReply = "the reply of a worker";
}

RemoteVectorEnv::RemoteVectorEnv(const envs::EnvironmentConfig& config,
                                 std::deque<cluster::PeerChannel>& workers, int group, int first, int count,
                                 int largest_size)
    : group_(group) {
  shape_ = make_task(config)->observation_shape();
  action_count_ = mazescan::envs::action_count(config.actions);
  for (int i = 0; i < count; ++i) observers_.push_back(envs::make_state_observer(config));
  final_observations_.resize(count * shape_.bytes());
  const auto shares = static_cast<int64_t>(workers.size());
  for (int64_t w = 0; w < shares; ++w) {
    const int begin = static_cast<int>(count * w / shares), end = static_cast<int>(count * (w + 1) / shares);
    expect(begin < end, "an environment for each worker");
    slices_.push_back({&workers[static_cast<size_t>(w)], begin, end});
    ByteWriter out = begin_request(WorkerRequest::make, group_);
    out.put(int32_t{first + begin});
    out.put(int32_t{end - begin});
    out.put(int32_t{largest_size});
    slices_.back().worker->send(out.take());
  }
  receive_states();
}

void RemoteVectorEnv::observe(uint8_t* observations) const {
  for (const auto& observer : observers_) {
    observer->observe(observations);
    observations += shape_.bytes();
  }
}

void RemoteVectorEnv::step_async(const int32_t* actions) {
  for (const Slice& slice : slices_) {
    ByteWriter out = begin_request(WorkerRequest::step, group_);
    for (int i = slice.begin; i < slice.end; ++i) out.put(actions[i]);
    slice.worker->send(out.take());
  }
}

void RemoteVectorEnv::step_wait(float* rewards, uint8_t* terminated, uint8_t* truncated,
                                uint8_t* observations) {
  finished_.clear();
  for (const Slice& slice : slices_) {
    const std::string reply = slice.worker->receive();
    ByteReader in(reply, kReply);
    for (int i = slice.begin; i < slice.end; ++i) {
      const auto outcome = in.get<StepOutcome>();
      rewards[i] = outcome.reward;
      terminated[i] = outcome.terminated;
      truncated[i] = outcome.truncated;
    }
    for (auto left = in.get<int32_t>(); left > 0; --left)
      finished_.push_back(read_finished(in, slice, terminated, truncated));
    for (int i = slice.begin; i < slice.end; ++i) {
      observers_[i]->read_state(in);
      observers_[i]->observe(observations + i * shape_.bytes());
    }
    expect(in.at_end(), "a reply without extra bytes");
  }
}

envs::Finished RemoteVectorEnv::read_finished(ByteReader& in, const Slice& slice, const uint8_t* terminated,
                                              const uint8_t* truncated) {
  envs::Finished finished;
  finished.index = slice.begin + in.get<int32_t>();
  expect(finished.index >= slice.begin && finished.index < slice.end, "an environment of this worker");
  finished.episode = in.get<envs::EpisodeSummary>();
  finished.truncated = truncated[finished.index] != 0;
  if (terminated[finished.index] != 0 || truncated[finished.index] != 0) {
    uint8_t* const final_observation = &final_observations_[finished.index * shape_.bytes()];
    observers_[finished.index]->read_state(in);
    observers_[finished.index]->observe(final_observation);
    finished.final_observation = final_observation;
  }
  return finished;
}

void RemoteVectorEnv::set_largest_size(int size) {
  for (const Slice& slice : slices_) {
    ByteWriter out = begin_request(WorkerRequest::set_largest_size, group_);
    out.put(int32_t{size});
    slice.worker->send(out.take());
  }
}

void RemoteVectorEnv::save(ByteWriter& out) {
  for (const Slice& slice : slices_) slice.worker->send(begin_request(WorkerRequest::save, group_).take());
  for (const Slice& slice : slices_) {
    const std::string saved = slice.worker->receive();
    ByteReader blocks(saved, kReply);
    for (int i = slice.begin; i < slice.end; ++i) out.put_bytes(blocks.get_bytes());
  }
}

void RemoteVectorEnv::restore(ByteReader& in) {
  finished_.clear();
  for (const Slice& slice : slices_) {
    ByteWriter out = begin_request(WorkerRequest::restore, group_);
    for (int i = slice.begin; i < slice.end; ++i) out.put_bytes(in.get_bytes());
    slice.worker->send(out.take());
  }
  receive_states();
}

void RemoteVectorEnv::receive_states() {
  for (const Slice& slice : slices_) {
    const std::string reply = slice.worker->receive();
    ByteReader in(reply, kReply);
    for (int i = slice.begin; i < slice.end; ++i) observers_[i]->read_state(in);
    expect(in.at_end(), "a reply without extra bytes");
  }
}

}  // namespace mazescan::trainer
