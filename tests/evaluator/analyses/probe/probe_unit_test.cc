#include "evaluator/analyses/probe/probe_unit.h"

#include <gtest/gtest.h>

#include <cmath>
#include <set>

#include "evaluator/analyses/probe/config.h"
#include "evaluator/jobs/run_config.h"
#include "tests/evaluator/analyses/probe/planted_recording.h"
#include "tests/storage/temporary_folder.h"

namespace mazescan::probe {
namespace {

constexpr int kTestSplit = static_cast<int>(datasets::Split::test);

double accuracy(const ProbeResult& result, const std::string& name) {
  const Score* score = result.find(name);
  if (score == nullptr) {
    ADD_FAILURE() << "no score " << name;
    return -1;
  }
  return static_cast<double>(score->correct[kTestSplit]) / static_cast<double>(score->samples[kTestSplit]);
}

// One recording for all tests: it takes a second.
class Probes : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    folder_ = new TemporaryFolder;
    trained_ = new policies::TrainedPolicy(planted_policy());
    config_ = new jobs::RunConfig(planted_recording_config(1200));
    record_planted(folder_->path(), *config_, *trained_);
  }
  static void TearDownTestSuite() {
    delete config_;
    delete trained_;
    delete folder_;
  }
  static ProbeResult probed(const jobs::RunConfig& config, int size, const std::string& layer) {
    const ProbeDataset dataset =
        open_probe_dataset(folder_->path(), config.section<ProbeConfig>(), trained_->policy.hash);
    const ProbeTask task(dataset, size, *trained_, config.section<ProbeConfig>(), 1);
    return probe_layer(layer, config, dataset, *trained_, task, torch::kCPU);
  }
  static TemporaryFolder* folder_;
  static policies::TrainedPolicy* trained_;
  static jobs::RunConfig* config_;
};
TemporaryFolder* Probes::folder_ = nullptr;
policies::TrainedPolicy* Probes::trained_ = nullptr;
jobs::RunConfig* Probes::config_ = nullptr;

TEST_F(Probes, FindWhatIsPlanted) {
  const ProbeResult scores = probed(*config_, 7, "embedder.block1.conv");
  EXPECT_GE(accuracy(scores, "cheese"), 0.99);
  EXPECT_GE(accuracy(scores, "mouse"), 0.99);
  EXPECT_EQ(scores.ranked->channels.front(), kPlantedCheese);
  EXPECT_GE(accuracy(scores, "sparse/1"), 0.99);
  EXPECT_LT(accuracy(scores, "learning/4"), accuracy(scores, "cheese") + 1e-9);
  EXPECT_TRUE(scores.find("cheese")->converged);
  EXPECT_LT(accuracy(scores, "shuffled"), 0.12) << "chance is one in 40";
}

TEST_F(Probes, OfEntmaxLeaveTheCheesesCell) {
  jobs::RunConfig config = *config_;
  config.section<ProbeConfig>().entmax = {2};
  const ProbeResult planted = probed(config, 7, "embedder.block1.conv");
  ASSERT_TRUE(planted.candidates);
  const CandidateRow& row = planted.candidates->alphas.at(0);
  EXPECT_GE(accuracy(planted, "entmax/2"), 0.99);
  EXPECT_EQ(row.samples, planted.find("cheese")->samples[kTestSplit]);
  EXPECT_GE(row.covered, 0.99 * static_cast<double>(row.samples));
  EXPECT_LT(row.cells, 5 * row.samples) << "of 40 cells";
  EXPECT_GE(row.right, 0.99 * static_cast<double>(row.alone));
  const CandidateRow nothing = probed(config, 7, "embedder.fc").candidates->alphas.at(0);
  EXPECT_GT(nothing.cells, 10 * nothing.samples) << "nothing excludes them";
}

TEST_F(Probes, FindNothingWhereNothingIs) {
  const ProbeResult scores = probed(*config_, 7, "embedder.fc");
  EXPECT_LT(accuracy(scores, "cheese"), 0.12) << "chance is one in 40";
  EXPECT_LT(accuracy(scores, "mouse"), 0.12);
  EXPECT_GT(accuracy(scores, "random"), 2 * accuracy(scores, "cheese"))
      << "other weights would let it through";
}

TEST_F(Probes, TellThePlaceAndTheCellWithinACoarseMap) {
  const ProbeResult scores = probed(*config_, 7, "embedder.block1.maxpool");
  EXPECT_GE(accuracy(scores, "coarse"), accuracy(scores, "cheese"));
  // A cell's own features alone do not distinguish odd from even rows; this needs its neighbour's.
  EXPECT_LT(accuracy(scores, "within"), 0.9);
}

TEST_F(Probes, ArePairedWithRandomWeightsByLayout) {
  const ProbeResult result = probed(*config_, 7, "embedder.fc");
  ASSERT_TRUE(result.paired);
  int64_t samples = 0, cheese = 0, half = 0, random = 0;
  for (const LayoutRow& row : result.paired->layouts) {
    samples += row.samples;
    cheese += row.cheese;
    half += row.half;
    random += row.random;
  }
  EXPECT_EQ(samples, result.find("cheese")->samples[kTestSplit]);
  EXPECT_EQ(cheese, result.find("cheese")->correct[kTestSplit]);
  EXPECT_EQ(half, result.find("learning/2")->correct[kTestSplit]);
  EXPECT_EQ(random, result.find("random")->correct[kTestSplit]);
  EXPECT_EQ(static_cast<int64_t>(result.paired->layouts.size()), result.find("cheese")->layouts[kTestSplit]);
  EXPECT_EQ(probed(*config_, 7, kObservation).paired->layouts.front().random, -1);
}

// The first layer shows the cheese, but no later layer uses it: the policy is the same wherever it lies.
TEST_F(Probes, FindNoUseOfWhatIsOnlyThere) {
  const ProbeResult result = probed(*config_, 7, "embedder.block1.conv");
  EXPECT_GE(accuracy(result, "cheese"), 0.99);
  ASSERT_TRUE(result.use);
  EXPECT_GT(result.use->levels, 100);
  EXPECT_EQ(result.use->changed, 0);
  EXPECT_TRUE(result.use->pairs.empty());
}

TEST_F(Probes, SeeTheObservation) {
  const ProbeResult scores = probed(*config_, 7, kObservation);
  EXPECT_GE(accuracy(scores, "cheese"), 0.99);
  EXPECT_LT(accuracy(scores, "mouse plane"), 0.15) << "the mouse is anywhere, wherever the cheese is";
}

TEST_F(Probes, DoNotDependOnTheMemoryAtHand) {
  jobs::RunConfig little = *config_;
  little.section<ProbeConfig>().memory = 0;
  little.section<ProbeConfig>().max_iterations = 5;
  jobs::RunConfig enough = little;
  enough.section<ProbeConfig>().memory = 512;
  for (const char* layer : {"embedder.block1.conv", kObservation}) {
    const datasets::WorkUnit unit{5, layer, 0};
    const datasets::ResultShard a =
        datasets::result_shard(datasets::kProbe, unit, "key", probed(little, 5, layer));
    const datasets::ResultShard b =
        datasets::result_shard(datasets::kProbe, unit, "key", probed(enough, 5, layer));
    EXPECT_EQ(a.facts, b.facts);
    ASSERT_EQ(a.columns().size(), b.columns().size());
    for (const auto& [name, column] : a.columns())
      EXPECT_EQ(column.values, b.columns().at(name).values) << name;
  }
}

TEST_F(Probes, DoNotSplitFourLayouts) {
  const ProbeResult result = probed(*config_, 3, "embedder.block1.conv");
  EXPECT_EQ(result.layouts, 4);
  EXPECT_FALSE(result.split);
  EXPECT_EQ(result.scores.front().samples[0], result.scores.front().samples[kTestSplit])
      << "all states are in all parts";
}

TEST_F(Probes, RefuseWhatIsNotThere) {
  const std::string hash = trained_->policy.hash;
  const auto open = [&](const ProbeConfig& config, const std::string& policy) {
    return open_probe_dataset(folder_->path(), config, policy);
  };
  EXPECT_USER_ERROR(open({}, "other"), "is of another policy");
  ProbeConfig config;
  config.layers = {"embedder.flatten"};
  EXPECT_USER_ERROR(open(config, hash), "'record.layers' with embedder.flatten");
  config = {};
  config.sizes = {9};
  EXPECT_USER_ERROR(open(config, hash), "'record.sizes' with 9");
  EXPECT_USER_ERROR(open_probe_dataset(folder_->path() / "none", {}, hash),
                    "mazescan-evaluator record first");
}

TEST_F(Probes, RefuseAManifestThatLies) {
  const auto path = folder_->path() / "manifest.json";
  const std::string honest = storage::read_file(path);
  const storage::Manifest manifest = storage::read_manifest(path, "mazescan-record", 1);
  const auto refused = [&](const std::function<void(storage::Manifest&)>& change, const char* why) {
    storage::Manifest other = manifest;
    change(other);
    storage::write_manifest(path, other);
    EXPECT_USER_ERROR(open_probe_dataset(folder_->path(), {}, trained_->policy.hash), why);
  };
  refused([](storage::Manifest& m) { m.files[0].payload_hash = std::string(32, '0'); }, "not the shard");
  refused([](storage::Manifest& m) { m.files[0].bytes += 1; }, "the manifest lists");
  refused([](storage::Manifest& m) { m.files[0].attributes["size"] = 9; }, "not the shard");
  refused([](storage::Manifest& m) { m.files[0].name = "shards/none.h5"; }, "the manifest lists it");
  refused([](storage::Manifest& m) { m.attributes["policy_hash"] = 7; },
          "'policy_hash' is missing or no text");
  refused(
      [](storage::Manifest& m) {
        for (auto& file : m.files) file.attributes["placement"] = "centre";
      },
      "'record.placements' with uniform");
  storage::write_atomically(path, honest);
}

// Rejects a recorded level that differs from the one that its seed generates in this world.
TEST_F(Probes, RefuseLevelsOfAnotherWorld) {
  const ProbeDataset dataset = open_probe_dataset(folder_->path(), {}, trained_->policy.hash);
  ProbeSamples samples = read_probe_samples(dataset, 5, 1);
  EXPECT_EQ(world_levels(samples, trained_->environment, "uniform").size(), samples.levels.size());
  ++samples.levels[3].maze.seed;
  EXPECT_USER_ERROR(world_levels(samples, trained_->environment, "uniform"), "is not the recorded one");
}

TEST(RecordedLayer, RefusesNumbersThatAreNone) {
  const TemporaryFolder folder;
  for (const float odd : {std::nanf(""), 1.0F}) {
    hdf5::H5File file = hdf5::H5File::create(folder / "s.h5");
    file.write("/activations/embedder.fc", std::vector<float>{1, 2, odd, 4}, {{"sample", 2}, {"feature", 2}});
    file.close();
    const RecordedLayer layer({folder / "s.h5"}, {2}, {"embedder.fc", {2}});
    if (std::isnan(odd)) {
      EXPECT_USER_ERROR(layer.piece(0), "embedder.fc holds values that are not finite");
    } else {
      EXPECT_EQ(layer.piece(0)[1][1].item<float>(), 4);
    }
  }
}

}  // namespace
}  // namespace mazescan::probe
