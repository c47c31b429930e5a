#include "evaluator/analyses/probe/interchange.h"

#include <gtest/gtest.h>
#include <torch/types.h>
#include <torch/utils.h>

#include <set>

#include "evaluator/analyses/probe/normals.h"
#include "evaluator/analyses/probe/probe_unit.h"
#include "evaluator/questions/probe_answer.h"
#include "evaluator/questions/probe_results.h"
#include "tests/evaluator/analyses/probe/planted_recording.h"
#include "tests/storage/temporary_folder.h"

namespace mazescan::probe {
namespace {

// A layer of two copies of the cheese: one that a linear probe reads, and one whose sign is random, so that
// no linear probe can read it. The rest is noise.
struct PlantedLayer {
  static constexpr int kCells = 12, kFeatures = 60, kMoves = 5;
  static constexpr int64_t kSamples = 2400;

  PlantedLayer() {
    RandomStream random(1, "planted layer");
    here = 0.3 * normals(kSamples, kFeatures, random).to(torch::kFloat32);
    elsewhere = here.clone();
    for (int64_t i = 0; i < kSamples; ++i) {
      const auto cell = static_cast<int32_t>(random.below(kCells));
      const auto other = static_cast<int32_t>((cell + 1 + random.below(kCells - 1)) % kCells);
      const float sign = random.below(2) == 0 ? -1.0F : 1.0F;
      label.push_back(cell);
      show(here, i, cell, sign);
      show(elsewhere, i, other, sign);
    }
  }
  static void show(torch::Tensor& values, int64_t row, int32_t cell, float sign) {
    values[row][cell] += 3;
    values[row][kCells + cell] += 3 * sign;
  }

  // The policy, from the copy that is readable or from the other: each cell favours one move.
  static torch::Tensor policy(const torch::Tensor& activations, bool of_readable) {
    const torch::Tensor copy =
        (of_readable ? activations.slice(1, 0, kCells) : activations.slice(1, kCells, 2 * kCells).abs())
            .to(torch::kFloat64);
    const torch::Tensor move = torch::arange(kCells) % kMoves;
    return torch::softmax(4 * torch::mm(copy, torch::one_hot(move, kMoves).to(torch::kFloat64)), 1);
  }

  torch::Tensor here, elsewhere;
  std::vector<int32_t> label;
};

// Fits a linear probe to the planted layer and measures the use of its read-out by one of the policies.
Interchange planted_use(bool of_readable) {
  const PlantedLayer planted;
  const InMemory layer(planted.here);
  std::vector<uint8_t> train(PlantedLayer::kSamples, 1);
  const Standardizer standardizer = fit_standardizer(layer, train);
  const Standardised standardised(layer, standardizer);
  const auto probe =
      fit_linear_probes(standardised, {{PlantedLayer::kCells, planted.label, train, train}}, {}).front();
  const torch::Tensor basis = read_out_basis(probe, standardizer.scale);
  const int64_t pairs = 300;
  const torch::Tensor here = planted.here.slice(0, 0, pairs),
                      elsewhere = planted.elsewhere.slice(0, 0, pairs);
  const auto policy = [&](const torch::Tensor& activations) {
    return PlantedLayer::policy(activations, of_readable);
  };
  Interchange use;
  use.rank = static_cast<int32_t>(basis.size(1));
  use.levels = use.changed = 300;
  for (InterchangePair& pair :
       interchange(basis, here, elsewhere, policy(here), policy(elsewhere), policy, 1)) {
    if (pair.original <= kChangesPolicy) continue;
    pair.layout = static_cast<int32_t>(use.pairs.size());
    use.pairs.push_back(pair);
  }
  return use;
}

// Answers Q6/used where a layer reads the cheese and random weights do not.
findings::Answer answer_of(const Interchange& use) {
  ProbeResult result;
  result.depth = 1;
  result.split = true;
  Score cheese;
  cheese.name = kCheeseProbe;
  cheese.samples = {1000, 1000, 1000};
  cheese.correct = {1000, 990, 990};
  cheese.mazes = cheese.layouts = {300, 300, 300};
  Score random = cheese;
  random.name = kRandomProbe;
  random.correct = {200, 200, 200};
  result.scores = {cheese, random};
  result.use = use;
  datasets::Results results;
  results.shards.push_back(datasets::result_shard(datasets::kProbe, {7, "layer", 0}, "key", result));
  return questions::answer_use(results);
}

TEST(Interchange, IsCompleteWhereThePolicyUsesWhatIsRead) {
  const Interchange use = planted_use(true);
  EXPECT_EQ(use.rank, PlantedLayer::kCells - 1);
  const questions::ReadOutUse found = questions::read_out_use(use);
  EXPECT_GT(found.pairs, 200);
  EXPECT_GT(found.value, 0.95);
  EXPECT_LT(found.random_high, 0.3);
  EXPECT_EQ(answer_of(use).finding, findings::Finding::holds) << answer_of(use).because;
}

TEST(Interchange, IsNothingWhereThePolicyUsesAnotherCopy) {
  const Interchange use = planted_use(false);
  const questions::ReadOutUse found = questions::read_out_use(use);
  EXPECT_GT(found.pairs, 200);
  EXPECT_NEAR(found.value, 0, 0.08);
  EXPECT_EQ(answer_of(use).finding, findings::Finding::fails) << answer_of(use).because;
}

TEST(ReadOutBasis, SpansTheCentredWeightsOfRawActivations) {
  RandomStream random(2, "weights");
  LinearProbe probe;
  probe.weight = normals(20, 6, random).to(torch::kFloat32);
  const torch::Tensor scale = torch::linspace(0.1, 5, 20);
  const torch::Tensor basis = read_out_basis(probe, scale);
  ASSERT_EQ(basis.sizes(), (std::vector<int64_t>{20, 5}));
  EXPECT_TRUE(torch::allclose(torch::mm(basis.t(), basis), torch::eye(5, torch::kFloat64), 1e-6, 1e-8));
  torch::Tensor raw = probe.weight.to(torch::kFloat64) * scale.to(torch::kFloat64).unsqueeze(1);
  raw = raw - raw.mean(1, true);
  EXPECT_TRUE(torch::allclose(torch::mm(basis, torch::mm(basis.t(), raw)), raw, 1e-6, 1e-8));
  probe.weight = torch::zeros({20, 6});
  EXPECT_EQ(read_out_basis(probe, scale).size(1), 0);
}

// A policy of random weights whose first layer copies the planes, the cheese's most strongly, so that its
// moves depend on the cheese.
policies::TrainedPolicy responsive_policy() {
  policies::TrainedPolicy trained = planted_policy();
  policy::Network& network = trained.policy.network;
  torch::NoGradGuard no_grad;
  RandomStream random(5, "responsive policy");
  policy::Network other(network.config(), network.interface());
  other.initialise(random);
  for (size_t i = 1; i < network.layout().size(); ++i) network.parameter(i).copy_(other.parameter(i));
  network.parameter(0).select(0, kPlantedCheese).mul_(20);
  for (size_t i = 0; i < network.layout().size(); ++i)
    if (network.layout()[i].name == "fc_policy.weight") network.parameter(i).mul_(300);
  return {policy::decode_policy(policy::encode_policy(network, dump_config(trained.environment), "{}"),
                                "responsive"),
          trained.environment};
}

TEST(Interchange, OfANetworkReplacesTheLayer) {
  const TemporaryFolder folder;
  const policies::TrainedPolicy trained = responsive_policy();
  const jobs::RunConfig config = planted_recording_config(1200);
  record_planted(folder.path(), config, trained);
  const ProbeDataset dataset =
      open_probe_dataset(folder.path(), config.section<ProbeConfig>(), trained.policy.hash);
  const ProbeTask task(dataset, 7, trained, config.section<ProbeConfig>(), 1);
  const ProbeResult result = probe_layer("embedder.block1.conv", config, dataset, trained, task, torch::kCPU);
  ASSERT_TRUE(result.use && result.use->basis);
  EXPECT_GE(result.use->pairs.size(), 100U);
  EXPECT_EQ(result.use->basis->values.size(), 6U * 7 * 7 * static_cast<size_t>(result.use->rank));
  std::set<int32_t> levels;
  for (const InterchangePair& pair : result.use->pairs) {
    EXPECT_GT(pair.original, kChangesPolicy);
    EXPECT_NE(pair.cheese, pair.elsewhere);
    EXPECT_NE(pair.mouse, pair.elsewhere);
    EXPECT_EQ(pair.at_random.size(), static_cast<size_t>(kRandomSubspaces));
    EXPECT_TRUE(levels.insert(pair.level).second) << "one pair of a level";
  }
  const questions::ReadOutUse found = questions::read_out_use(*result.use);
  EXPECT_GT(found.value, 0.7);
  EXPECT_GT(found.interval.low, found.random_high);

  // Replacing all of the layer's activations gives the policy of the other state.
  const Interchange whole = interchange_of_layer(trained, "embedder.block1.conv",
                                                 torch::eye(6 * 7 * 7, torch::kFloat64), task.pairs, 1);
  for (const InterchangePair& pair : whole.pairs) {
    EXPECT_NEAR(pair.patched, 0, 1e-4);
    EXPECT_NEAR(pair.at_random.front(), 0, 1e-4);
  }
  // And replacing nothing leaves the policy as it is.
  for (const InterchangePair& pair :
       interchange_of_layer(trained, "embedder.block1.conv", torch::empty({6 * 7 * 7, 0}, torch::kFloat64),
                            task.pairs, 1)
           .pairs)
    EXPECT_NEAR(pair.patched, pair.original, 1e-4);
}

}  // namespace
}  // namespace mazescan::probe
