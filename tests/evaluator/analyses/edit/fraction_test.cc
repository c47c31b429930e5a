#include <gtest/gtest.h>
#include <torch/types.h>

#include <map>
#include <set>

#include "evaluator/analyses/edit/bracket.h"
#include "evaluator/analyses/edit/change_rank.h"
#include "evaluator/analyses/edit/edit.h"
#include "evaluator/questions/edit_answers.h"
#include "evaluator/registry/registry.h"
#include "tests/evaluator/planted_network.h"

// Tests how many activations an edit of the planted network needs, and the rank of its change.
namespace mazescan::edit {
namespace {

using Planted = PlantedNetwork;

const policies::TrainedPolicy& planted_policy() {
  static const policies::TrainedPolicy trained = planted_network();
  return trained;
}

// Clamps one channel of the planted network, whose map has 25 activations. allowances: numbers of
// activations.
jobs::RunConfig clamped(const std::vector<int>& allowances) {
  jobs::RunConfig config = registry::default_config();
  auto& section = config.section<EditConfig>();
  section.sizes = {Planted::kSize};
  section.layers = {Planted::kTap};
  section.experiments = {kEveryCell};
  section.families = {kClampFamily};
  section.magnitudes = {1};
  section.search_levels = section.choosing_levels = 16;
  section.score_levels = 80;
  section.targets = 0;
  section.fractions.clear();
  for (const int allowance : allowances)
    section.fractions.push_back(static_cast<double>(allowance) / Planted::kActivations);
  return config;
}

ExperimentResult clamped_unit(const jobs::RunConfig& config) {
  datasets::ResultShard shard(datasets::kEdit, {Planted::kSize, edit_subject(kEveryCell, kClampFamily), 0},
                              "key");
  edit_unit(config, planted_policy(), shard);
  return datasets::read_columns<ExperimentResult>(shard);
}

// A halving is good for all outcomes: an edit that suffices may change fewer activations than it may.
TEST(Bracket, IsNarrowAfterTheStatedNumberOfHalvings) {
  RandomStream random(1, "bracket");
  for (int repeat = 0; repeat < 20000; ++repeat) {
    const int64_t high = 1 + random.below(repeat % 2 == 0 ? 60 : 100000);
    Bracket bracket{static_cast<int64_t>(random.below(static_cast<uint32_t>(high))), high};
    const int most = bracket.halvings();
    for (int halving = 0; !bracket.is_narrow(); ++halving) {
      ASSERT_LT(halving, most) << high;
      const int64_t middle = bracket.middle();
      ASSERT_GT(middle, bracket.low);
      ASSERT_LT(middle, bracket.high);
      if (random.below(2) == 0)
        bracket.low = middle;
      else
        bracket.high = random.below(4) == 0
                           ? bracket.low + 1 + random.below(static_cast<uint32_t>(middle - bracket.low))
                           : middle;
    }
    EXPECT_TRUE(bracket.high - bracket.low == 1 || 4 * bracket.high <= 5 * bracket.low);
  }
  EXPECT_EQ(most_halvings({1}), 0);
  EXPECT_EQ(most_halvings({100, 1000}), (Bracket{0, 100}.halvings()));
  EXPECT_EQ(most_halvings({2, 1000}), (Bracket{2, 1000}.halvings()));
}

// The clamp of a whole channel, 25 activations, suffices, and nothing smaller.
TEST(SmallestFraction, IsNarrowedDownToTheKnownNumberOfActivations) {
  for (const std::vector<int>& allowances : {std::vector<int>{2, 100}, std::vector<int>{100}}) {
    const jobs::RunConfig config = clamped(allowances);
    const ExperimentResult result = clamped_unit(config);
    double insufficient = 0, sufficient = 1;
    size_t edits = 0;
    double before = 0;
    std::set<int64_t> stored;
    for (const EditRow& row : result.rows) {
      if (!row.facts.is_edit()) continue;
      ++edits;
      EXPECT_GT(*row.facts.fraction, before) << "ascending";
      before = *row.facts.fraction;
      EXPECT_LE(*row.facts.largest_share, before + 1e-12);
      stored.insert(*row.facts.stored);
      const double success = normalised_success(row, result.cases);
      EXPECT_TRUE(success < 0.3 || success > 0.95) << success;
      if (success < 0.5) insufficient = *row.facts.fraction;
      if (success > 0.5) sufficient = std::min(sufficient, *row.facts.largest_share);
    }
    EXPECT_NEAR(sufficient, 25.0 / Planted::kActivations, 1e-9);
    EXPECT_LT(insufficient, sufficient);
    EXPECT_GE(1.25 * insufficient, sufficient);
    EXPECT_GT(edits, allowances.size() + 1);
    EXPECT_LE(edits, allowances.size() + kFractionRates.size() * 6);
    EXPECT_EQ(stored.size(), result.stored->edits.size());

    datasets::Results results;
    for (const datasets::WorkUnit& unit : edit_units(config.section<EditConfig>())) {
      results.shards.emplace_back(datasets::kEdit, unit, "key");
      edit_unit(config, planted_policy(), results.shards.back());
    }
    const findings::Answer q8 = questions::answer_fraction(results);
    EXPECT_EQ(q8.finding, findings::Finding::holds) << q8.because;
    EXPECT_NEAR(q8.value, sufficient, 1e-9);
    EXPECT_NEAR(q8.low, insufficient, 1e-9) << "a sharp edit: bounds of success are those of the bracket";
    EXPECT_NEAR(q8.high, sufficient, 1e-9);
    EXPECT_NE(q8.because.find("12.5 % of the layer, which every path to the moves passes"), std::string::npos)
        << q8.because;
    EXPECT_NE(q8.because.find("the narrowest layer that every path passes has 72 activations"),
              std::string::npos)
        << q8.because;
    const nlohmann::json& row = q8.figures.at(0).at("rows").at(1);
    EXPECT_EQ(row.at(2), "90 %");
    EXPECT_EQ(row.at(10), "12.5 %, a cut");
    EXPECT_EQ(row.at(11), "34.7 %") << "25 of 72";
  }
}

TEST(SmallestFraction, IsNotNarrowedDownWithoutRefine) {
  jobs::RunConfig config = clamped({2, 100});
  config.section<EditConfig>().refine = false;
  int edits = 0;
  for (const EditRow& row : clamped_unit(config).rows) edits += row.facts.is_edit() ? 1 : 0;
  EXPECT_EQ(edits, 2);
}

TEST(SmallestFraction, IsNarrowedDownForEveryCellOnly) {
  datasets::ResultShard shard(datasets::kEdit, {Planted::kSize, edit_subject("top_left", kClampFamily), 0},
                              "key");
  edit_unit(clamped({2, 100}), planted_policy(), shard);
  int edits = 0;
  for (const EditRow& row : datasets::read_columns<ExperimentResult>(shard).rows)
    edits += row.facts.is_edit() ? 1 : 0;
  EXPECT_EQ(edits, 2);
}

TEST(ChangeRank, OfKnownMatrices) {
  RandomStream random(3, "rank");
  torch::Tensor vectors = torch::empty({4, 2, 15});
  for (int64_t i = 0; i < vectors.numel(); ++i) vectors.data_ptr<float>()[i] = random.uniform() - 0.5F;
  const auto change = [&](const std::vector<double>& sizes) {  // orthogonal directions of these sizes
    const torch::Tensor basis = std::get<0>(torch::linalg_qr(vectors.view({4, 30}).t().to(torch::kFloat64)));
    torch::Tensor rows = torch::zeros({40, 30}, torch::kFloat64);
    for (int64_t state = 0; state < 40; ++state)
      rows[state] = basis.select(1, state % 4) * sizes[static_cast<size_t>(state % 4)];
    return rows.view({40, 2, 15}).to(torch::kFloat32);
  };
  EXPECT_EQ(rank_of(change({1, 1, 1, 1})), 4);
  EXPECT_EQ(rank_of(change({3, 0, 0, 0})), 1);
  EXPECT_EQ(rank_of(change({1, 0, 1, 0})), 2);
  EXPECT_EQ(rank_of(change({1, 0.09, 0, 0})), 1) << "0.8 % of the squared norm are left out";
  EXPECT_EQ(rank_of(change({1, 0.12, 0, 0})), 2) << "1.4 %";
  EXPECT_EQ(rank_of(change({0, 0, 0, 0})), 0);
  EXPECT_EQ(rank_of(torch::ones({1, 3})), 1);
}

// One value at the target's own place: the changes of different places are orthogonal, so the rank is the
// number of places; those of one place are parallel.
TEST(ChangeRank, IsThatOfThePlacesWhereAnEditActs) {
  jobs::RunConfig config = clamped({25});
  config.section<EditConfig>().search_levels = 128;
  for (const bool adds : {true, false})
    for (const char* experiment : {kEveryCell, "top_left"}) {
      const EditSearch search(config, planted_policy(), Planted::kSize, experiment);
      const rollout::TargetMap& map = search.layers[0].map;
      FoundEdit edit;
      edit.stencil = {adds, torch::zeros(map.offsets(), torch::kBool),
                      torch::zeros(map.offsets()).unsqueeze(0)};
      edit.stencil.mask[Planted::kCheese][map.height() - 1][map.width() - 1] = true;
      edit.stencil.values[0][Planted::kCheese][map.height() - 1][map.width() - 1] = 2;
      const SearchStates states = search_states(search.cases, true);
      ASSERT_GT(states.states.size(), kRankStates);
      std::map<std::pair<int64_t, int64_t>, int> places;
      for (const int each : thinned(states, kRankStates).cases) {
        const rollout::MapCell target = search.layers[0].targets[static_cast<size_t>(each)];
        ++places[{target.row, target.column}];
      }
      const ChangeFacts change = change_facts(search, edit);
      EXPECT_LE(change.states, static_cast<int64_t>(kRankStates));
      EXPECT_GT(change.states, 100);
      for (const auto& [place, count] : places) ASSERT_GT(count, 0.01 * static_cast<double>(change.states));
      EXPECT_EQ(change.rank, static_cast<int64_t>(places.size()));
      EXPECT_EQ(change.rank > 1, std::string(experiment) == kEveryCell);
    }
}

}  // namespace
}  // namespace mazescan::edit
