// Compares the environment with all recordings of openai/procgen and procgenAISC, by the code of
// `mazescan-evaluator check`.
#include <gtest/gtest.h>

#include "evaluator/parity/check.h"
#include "tests/golden/procgen_data.h"

namespace mazescan {
namespace {

// Returns no textures if procgen's image files are missing; frames are then not compared.
parity::Textures textures() {
  const auto assets = procgen_file("assets");
  return assets.empty() ? parity::Textures{} : parity::Textures{frame::ThemeName::procgen, assets.string()};
}

template <class Check>
parity::CheckReport checked(const std::string& name, const Check& check) {
  parity::CheckReport report;
  const auto path = procgen_file("golden/" + name);
  if (path.empty()) return report;
  check(hdf5::H5File::open(path), report);
  std::fputs(report.text().c_str(), stderr);
  EXPECT_TRUE(report.all_equal());
  return report;
}

TEST(Golden, Levels) {
  const parity::CheckReport report =
      checked("levels.h5",
              [](const hdf5::H5File& file, parity::CheckReport& out) { parity::check_levels(file, out); });
  if (report.groups.empty()) GTEST_SKIP() << "no recorded levels";
  EXPECT_EQ(report.equal("levels"), 5105);
  EXPECT_TRUE(report.remarks.empty());
}

TEST(Golden, Rollouts) {
  const parity::CheckReport report =
      checked("rollouts.h5", [](const hdf5::H5File& file, parity::CheckReport& out) {
        parity::check_rollouts(file, textures(), out);
      });
  if (report.groups.empty()) GTEST_SKIP() << "no recorded rollouts";
  EXPECT_EQ(report.equal("records"), 72993);
  if (!textures().theme) GTEST_SKIP() << "records are equal; no textures to draw frames with";
  EXPECT_EQ(report.equal("frame checksums"), 72993);
}

TEST(Golden, Frames) {
  const parity::CheckReport report =
      checked("frames.h5", [](const hdf5::H5File& file, parity::CheckReport& out) {
        parity::check_frames(file, textures(), out);
      });
  if (report.groups.empty()) GTEST_SKIP() << "no recorded frames";
  EXPECT_EQ(report.equal("records"), 3709);
  if (!textures().theme) GTEST_SKIP() << "records are equal; no textures to draw frames with";
  EXPECT_EQ(report.equal("frames"), 3709);
}

}  // namespace
}  // namespace mazescan
