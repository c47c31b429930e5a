#include "evaluator/analyses/edit/stored_edit.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <torch/types.h>

#include <cmath>
#include <utility>
#include <vector>

#include "datasets/results.h"
#include "policy/edit_file.h"
#include "policy/formats/safetensors.h"
#include "storage/atomic_file.h"

namespace fs = std::filesystem;

namespace mazescan::edit {

namespace {

constexpr size_t kListed = 20;     // edits in a message
constexpr double kPrinted = 1e-5;  // relative precision of the fractions in such a message

// A stored edit that was selected.
struct Selected {
  EditFacts facts;
  std::string options;  // those of export-edit that select it
  rollout::Stencil stencil;
};

bool selects(const WhichEdit& which, int size, const ExperimentResult& result, const EditFacts& facts) {
  const double fraction = facts.fraction.value_or(0);
  return which.size.value_or(size) == size &&
         which.experiment.value_or(result.experiment) == result.experiment &&
         which.family.value_or(result.family) == result.family &&
         std::abs(which.fraction.value_or(fraction) - fraction) <= kPrinted * fraction &&
         (which.control ? facts.name == *which.control : facts.is_edit());
}

}  // namespace

void store_edit(const rollout::TargetMap& map, const rollout::Stencil& stencil, StoredEdits& stored) {
  const torch::Tensor at = stencil.mask.flatten().nonzero().flatten().to(torch::kInt32).contiguous();
  const torch::Tensor values =
      stencil.values.flatten(1).index_select(1, at.to(torch::kInt64)).to(torch::kFloat32).contiguous();
  const auto as32 = [](int64_t number) { return static_cast<int32_t>(number); };
  stored.edits.push_back({stencil.adds,
                          {as32(values.size(0)), as32(map.channels()), as32(map.height()), as32(map.width())},
                          at.numel()});
  stored.offsets.insert(stored.offsets.end(), at.data_ptr<int32_t>(), at.data_ptr<int32_t>() + at.numel());
  stored.values.insert(stored.values.end(), values.data_ptr<float>(),
                       values.data_ptr<float>() + values.numel());
}

rollout::Stencil stored_edit(const StoredEdits& stored, int64_t index) {
  const auto sound = [](bool ok, const char* problem) {
    require(ok, problem, "the columns stored/... of the shard do not fit together",
            "run the job 'edit' again");
  };
  sound(index >= 0 && index < static_cast<int64_t>(stored.edits.size()), "there is no such stored edit");
  int64_t entry = 0, value = 0;
  for (int64_t i = 0; i < index; ++i) {
    const StoredEdit& before = stored.edits[static_cast<size_t>(i)];
    entry += before.entries;
    value += before.entries * before.shape[0];
  }
  const StoredEdit& edit = stored.edits[static_cast<size_t>(index)];
  const auto [phases, channels, rows, columns] = edit.shape;
  sound(phases > 0 && channels > 0 && rows > 0 && columns > 0 && edit.entries >= 0 &&
            entry + edit.entries <= static_cast<int64_t>(stored.offsets.size()) &&
            value + edit.entries * phases <= static_cast<int64_t>(stored.values.size()),
        "a stored edit is incomplete");
  const int64_t high = 2 * int64_t{rows} - 1, wide = 2 * int64_t{columns} - 1, all = channels * high * wide;
  torch::Tensor mask = torch::zeros({all}, torch::kBool), values = torch::zeros({phases, all});
  for (int64_t e = 0; e < edit.entries; ++e) {
    const int64_t offset = stored.offsets[static_cast<size_t>(entry + e)];
    sound(offset >= 0 && offset < all, "a stored edit changes what lies outside of its layer");
    mask.data_ptr<bool>()[offset] = true;
    for (int64_t phase = 0; phase < phases; ++phase)
      values.data_ptr<float>()[phase * all + offset] =
          stored.values[static_cast<size_t>(value + phase * edit.entries + e)];
  }
  return {edit.adds, mask.view({channels, high, wide}), values.view({phases, channels, high, wide})};
}

void write_edit(const std::string& layer, const rollout::Stencil& stencil, const std::string& comment,
                const fs::path& path) {
  const fs::path tensors = fs::path(path).replace_extension(".safetensors");
  require(tensors != path, lazy("{} names the file of edits", path.string()),
          "its tensors go beside it under this name", "a name that ends in .yaml");
  const std::string beside = tensors.filename().string();
  const policy::NamedCell target{policy::NamedCell::Kind::kTarget, 0, 0};
  policy::EditEntry entry;
  entry.layer = layer;
  formats::TensorFile file;
  if (stencil.adds) {
    entry.change = policy::AddAround{target, stencil.values, 1};
    entry.references = {{"vector", beside + "#vector"}};
    file.tensors = {{"vector", stencil.values}};
  } else {
    entry.change = policy::SetAround{target, stencil.mask, stencil.values};
    entry.references = {{"mask", beside + "#mask"}, {"values", beside + "#values"}};
    file.tensors = {{"mask", stencil.mask}, {"values", stencil.values}};
  }
  storage::write_atomically(tensors, formats::encode_safetensors(file));
  storage::write_atomically(path, fmt::format("# {}\n{}", comment, policy::dump_edits({entry})));
}

std::string export_edit(const jobs::RunConfig& config, const WhichEdit& which, const fs::path& path) {
  const fs::path folder = fs::path(config.run) / datasets::kEdit.name;
  const storage::Manifest manifest = datasets::read_results_manifest(folder, datasets::kEdit);
  std::vector<Selected> selected;
  std::vector<std::string> others;
  for (const storage::ManifestFile& file : manifest.files) {
    const datasets::ResultShard shard = datasets::read_result_shard({folder, file}, datasets::kEdit);
    if (shard.unit.subject == kFindChannels || shard.unit.subject == kVectors) continue;
    const auto result = datasets::read_columns<ExperimentResult>(shard);
    for (const EditRow& row : result.rows) {
      const EditFacts& facts = row.facts;
      if (!facts.stored || !facts.tap || !result.stored) continue;
      std::string options =
          fmt::format("--size {} --experiment {} --family {} --fraction {:g}", shard.unit.size,
                      result.experiment, result.family, facts.fraction.value_or(0));
      if (!facts.is_edit()) options += fmt::format(" --control '{}'", facts.name);
      if (selects(which, shard.unit.size, result, facts)) {
        selected.push_back({facts, std::move(options), stored_edit(*result.stored, *facts.stored)});
      } else {
        others.push_back(std::move(options));
      }
    }
  }
  if (selected.size() != 1) {
    std::vector<std::string> shown = others;
    if (!selected.empty()) {
      shown.clear();
      for (const Selected& edit : selected) shown.push_back(edit.options);
    }
    const size_t more = shown.size() > kListed ? shown.size() - kListed : 0;
    shown.resize(shown.size() - more);
    throw UserError(
        fmt::format("{} stored edits are selected",
                    selected.empty() ? std::string("no") : std::to_string(selected.size())),
        fmt::format("one edit is written to a file; {} holds{}", folder.string(),
                    shown.empty() ? " none" : ""),
        fmt::format("{}{}", fmt::join(shown, "; "), more > 0 ? fmt::format("; and {} more", more) : ""));
  }
  const Selected& edit = selected.front();
  write_edit(edit.facts.tap.value_or(""), edit.stencil,
             fmt::format("{}\n# {}\n# found for the policy {}", edit.options, edit.facts.text.value_or(""),
                         manifest.attributes.at(datasets::kPolicyHash).get<std::string>()),
             path);
  return fmt::format("{}: {}\n", path.string(), edit.facts.text.value_or(""));
}

}  // namespace mazescan::edit
