// Compares NCCL with MPI and networks on a GPU with networks on the CPU, and resumes training on a GPU. Runs
// with one rank per GPU.
#include <gtest/gtest.h>
#include <torch/cuda.h>
#include <torch/types.h>
#include <torch/utils.h>

#include <cmath>

#include "cluster/program.h"
#include "policy/device.h"
#include "policy/edits.h"
#include "tests/mpi/mpi_main.h"
#include "tests/trainer/tiny_training.h"
#include "trainer/device_collective.h"
#include "trainer/learner.h"

namespace mazescan {
namespace {

class GpuTest : public testing::Test {
 protected:
  void SetUp() override {
    if (!torch::cuda::is_available()) GTEST_SKIP() << "no GPU";
    device_ = policy::choose_device("train.device", "cuda", test_communicator().local_rank());
  }
  torch::Device device_ = torch::kCPU;
};

torch::Tensor random_tensor(const std::string& name, int64_t count) {
  RandomStream random(1, name, static_cast<uint64_t>(test_communicator().rank()));
  torch::Tensor out = torch::empty({count});
  for (int64_t i = 0; i < count; ++i)
    out.data_ptr<float>()[i] = std::ldexp(random.uniform() - 0.5F, static_cast<int>(random.below(8)));
  return out;
}

void sum(cluster::Collective& collective, const torch::Tensor& data) {
  collective.all_reduce_sum(data.data_ptr<float>(), static_cast<size_t>(data.numel()));
}

// Returns the largest difference, relative to the largest value.
double distance(const torch::Tensor& a, const torch::Tensor& b) {
  const torch::Tensor x = a.detach().cpu(), y = b.detach().cpu();
  return ((x - y).abs().max() / y.abs().max()).item<double>();
}

TEST_F(GpuTest, NcclAgreesWithMpi) {
  const auto nccl = trainer::make_collective(test_communicator(), device_, cluster::end_process),
             mpi = cluster::make_mpi_collective(test_communicator());
  for (const int64_t count : {1, 1000, 700'001}) {
    torch::Tensor host = random_tensor("sum", count), gpu = host.to(device_);
    sum(*mpi, host);
    sum(*nccl, gpu);
    if (test_communicator().size() == 1) {
      EXPECT_TRUE(torch::equal(gpu.cpu(), host)) << count;
    } else {
      EXPECT_LT(distance(gpu, host), 1e-6) << count;
    }
    host = random_tensor("broadcast", count), gpu = host.to(device_);
    mpi->broadcast(host.data_ptr<float>(), static_cast<size_t>(count));
    nccl->broadcast(gpu.data_ptr<float>(), static_cast<size_t>(count));
    EXPECT_TRUE(torch::equal(gpu.cpu(), host)) << count;
  }
}

// Kernels write the data before the sum and read it afterwards, without synchronisation in between.
TEST_F(GpuTest, SumsAreOrderedWithOtherKernels) {
  const auto nccl = trainer::make_collective(test_communicator(), device_, cluster::end_process);
  const torch::Tensor data = torch::empty({1 << 20}, device_);
  for (int round = 1; round <= 200; ++round) {
    data.fill_(round).mul_(2);
    sum(*nccl, data);
    data.add_(1);
    const auto expected = static_cast<float>(2 * round * test_communicator().size() + 1);
    ASSERT_TRUE((data == expected).all().item<bool>()) << round;
  }
}

constexpr policy::NetworkInterface kPictures{3, 64, 64, 1 / 255.0, 15};

// Initialises both networks with the same random weights.
void initialise_both(policy::Network& cpu, policy::Network& gpu) {
  RandomStream weights(1, "weights");
  cpu.initialise(weights);
  const torch::NoGradGuard no_grad;
  gpu.parameters().copy_(cpu.parameters());
}

torch::Tensor random_frames(int64_t count) {
  RandomStream pixels(1, "pixels");
  torch::Tensor frames = torch::empty({count, 3, 64, 64}, torch::kUInt8);
  for (int64_t i = 0; i < frames.numel(); ++i)
    frames.data_ptr<uint8_t>()[i] = static_cast<uint8_t>(pixels.below(256));
  return frames;
}

TEST_F(GpuTest, ForwardAndBackwardAgreeWithCpu) {
  policy::Network cpu({}, kPictures), gpu({}, kPictures, device_);
  initialise_both(cpu, gpu);
  const torch::Tensor frames = random_frames(32);
  const policy::Network::Output a = cpu.forward(frames), b = gpu.forward(frames.to(device_));
  EXPECT_LT(distance(b.logits, a.logits), 1e-3);
  EXPECT_LT(distance(b.value, a.value), 1e-3);
  for (const policy::Network::Output* out : {&a, &b})
    (torch::log_softmax(out->logits, 1).select(1, 0).sum() + out->value.square().sum()).backward();
  EXPECT_LT(distance(gpu.gradients(), cpu.gradients()), 1e-3);
}

// Edits are defined on the CPU and applied on the network's device.
TEST_F(GpuTest, EditsOfEveryTapAgreeWithCpu) {
  policy::Network cpu({}, kPictures), gpu({}, kPictures, device_);
  initialise_both(cpu, gpu);
  const torch::Tensor frames = random_frames(2);
  const torch::NoGradGuard no_grad;
  for (const policy::LayerSpec& tap : cpu.layers()) {
    std::vector<policy::Edit> edits = {{tap.name, policy::AddVector{torch::ones(tap.shape), 0.5}},
                                       {tap.name, policy::Interpolate{torch::ones(tap.shape), 0.25}},
                                       {tap.name, policy::MultiplyMask{torch::full(tap.shape, 0.5)}},
                                       {tap.name, policy::ResampleChannels{{0}, random_frames(2)}}};
    if (tap.shape.size() == 3)
      edits.push_back({tap.name, policy::ClampCells{{1}, torch::tensor({0, 1, 2, 3}).view({2, 2}), 2, 0.0}});
    if (tap.shape[0] > 2) {
      edits.push_back({tap.name, policy::ZeroChannels{{2}}});
      edits.push_back({tap.name, policy::ReplaceChannels{{1, 2}, torch::full(tap.shape, 0.25)}});
    }
    const policy::Network::Output a = cpu.forward(frames, policy::edited(cpu, edits));
    const policy::Network::Output b = gpu.forward(frames.to(device_), policy::edited(gpu, edits));
    EXPECT_LT(distance(b.logits, a.logits), 1e-3) << tap.name;
    EXPECT_LT(distance(b.value, a.value), 1e-3) << tap.name;
    EXPECT_DOUBLE_EQ(policy::edited_share(gpu, edits).activations,
                     policy::edited_share(cpu, edits).activations)
        << tap.name;
  }
}

TEST_F(GpuTest, TrainingResumesFromState) {
  trainer::TrainerConfig config = tiny_training();
  config.train.device = "cuda";
  const auto nccl = trainer::make_collective(test_communicator(), device_, cluster::end_process);
  trainer::Learner learner(config, test_communicator(), *nccl, trainer::local_environments(config));
  EXPECT_EQ(learner.network().parameters().device(), device_);
  for (int update = 0; update < 2; ++update) EXPECT_TRUE(std::isfinite(learner.update().gradient_norm));
  auto state = learner.state();
  for (const char* name :
       {"counters.bin", "environments.bin", "optimiser.safetensors", "policy.safetensors", "streams.bin"})
    state[name] = test_communicator().broadcast(state[name]);
  trainer::Learner resumed(config, test_communicator(), *nccl, trainer::local_environments(config));
  resumed.restore(state);
  EXPECT_TRUE(torch::equal(resumed.network().parameters(), learner.network().parameters()));
  EXPECT_TRUE(std::isfinite(resumed.update().gradient_norm));
}

}  // namespace
}  // namespace mazescan
