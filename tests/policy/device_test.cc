#include "policy/device.h"

#include <gtest/gtest.h>
#include <torch/cuda.h>
#include <torch/types.h>

#include "core/error.h"

namespace mazescan::policy {
namespace {

TEST(Device, ProcessorsAreAlwaysThere) {
  for (const int local_rank : {0, 1, 7})
    EXPECT_EQ(choose_device("train.device", "cpu", local_rank), torch::Device(torch::kCPU));
}

TEST(Device, WithoutGpus) {
  if (torch::cuda::is_available()) GTEST_SKIP() << "this machine has GPUs";
  EXPECT_EQ(choose_device("train.device", "auto", 1), torch::Device(torch::kCPU));
  try {
    choose_device("scan.device", "cuda", 0);
    FAIL() << "no error";
  } catch (const UserError& e) {
    EXPECT_NE(std::string(e.what()).find("'scan.device' is cuda"), std::string::npos) << e.what();
    EXPECT_NE(std::string(e.what()).find("sees no CUDA device"), std::string::npos) << e.what();
  }
}

TEST(Device, GpusAreDealtInTurn) {
  if (!torch::cuda::is_available()) GTEST_SKIP() << "this machine has no GPU";
  const int devices = static_cast<int>(torch::cuda::device_count());
  for (const int local_rank : {0, 1, devices - 1, devices, devices + 1})
    EXPECT_EQ(choose_device("train.device", "auto", local_rank),
              torch::Device(torch::kCUDA, static_cast<c10::DeviceIndex>(local_rank % devices)));
}

}  // namespace
}  // namespace mazescan::policy
