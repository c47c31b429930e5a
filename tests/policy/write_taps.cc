// Writes every tap of a policy, for tests/python/torch_test.py to compare with another implementation.
//   write_taps POLICY INPUT OUT    all safetensors
// INPUT: `observations`, [N, C, H, W] uint8, and the parts of edits, whose names are NUMBER|TAP|KIND|PART with the names of
// policy/edits.h: tensors, `channels` as int64, numbers as float32 [1]. OUT: the taps, and with edits `fractions`, float32
// [4]: the members of EditedShare.
#include <torch/types.h>
#include <torch/utils.h>

#include <cstdio>
#include <exception>
#include <sstream>

#include "core/error.h"
#include "policy/edits.h"
#include "policy/formats/safetensors.h"
#include "policy/policy_file.h"
#include "policy/threads.h"
#include "storage/atomic_file.h"

namespace {

using namespace mazescan;

// The parts of one edit, by name.
struct Parts {
  std::string tap, kind;
  std::map<std::string, torch::Tensor> tensors;

  torch::Tensor tensor(const char* part) const {
    const auto found = tensors.find(part);
    return found == tensors.end() ? torch::Tensor() : found->second;
  }
  double number(const char* part, double standard) const {
    const torch::Tensor given = tensor(part);
    return given.defined() ? given.item<double>() : standard;
  }
  std::vector<int64_t> channels() const {
    const torch::Tensor given = tensor("channels");
    return {given.data_ptr<int64_t>(), given.data_ptr<int64_t>() + given.numel()};
  }
};

policy::Edit edit_of(const Parts& parts) {
  const std::string& kind = parts.kind;
  if (kind == "add_vector")
    return {parts.tap, policy::AddVector{parts.tensor("vector"), parts.number("coefficient", 1)}};
  if (kind == "clamp_cells") {
    policy::ClampCells clamp{parts.channels(), parts.tensor("cells"), parts.number("value", 0), {}};
    if (parts.tensor("elsewhere").defined()) clamp.elsewhere = parts.number("elsewhere", 0);
    return {parts.tap, clamp};
  }
  if (kind == "zero_channels") return {parts.tap, policy::ZeroChannels{parts.channels()}};
  if (kind == "replace_channels")
    return {parts.tap, policy::ReplaceChannels{parts.channels(), parts.tensor("activations")}};
  if (kind == "resample_channels")
    return {parts.tap, policy::ResampleChannels{parts.channels(), parts.tensor("observations")}};
  if (kind == "interpolate")
    return {parts.tap, policy::Interpolate{parts.tensor("activations"), parts.number("amount", 1)}};
  if (kind == "multiply_mask") return {parts.tap, policy::MultiplyMask{parts.tensor("mask")}};
  expect(kind == "set_activations", "a kind of edit");
  return {parts.tap, policy::SetActivations{parts.tensor("mask"), parts.tensor("values")}};
}

std::vector<policy::Edit> edits_of(const formats::TensorFile& given) {
  std::map<std::string, Parts> by_number;
  for (const auto& [name, tensor] : given.tensors) {
    std::istringstream fields(name);
    std::string number, tap, kind, part;
    if (!std::getline(fields, number, '|') || !std::getline(fields, tap, '|') ||
        !std::getline(fields, kind, '|') || !std::getline(fields, part))
      continue;
    Parts& parts = by_number[number];
    parts.tap = tap;
    parts.kind = kind;
    parts.tensors[part] = tensor;
  }
  std::vector<policy::Edit> edits;
  for (const auto& [number, parts] : by_number) edits.push_back(edit_of(parts));
  return edits;
}

void write_taps(const char* policy_path, const char* input_path, const char* out_path) {
  policy::use_one_compute_thread();
  const torch::NoGradGuard no_grad;
  const policy::Policy policy = policy::decode_policy(storage::read_file(policy_path), policy_path);
  const formats::TensorFile given = formats::decode_safetensors(storage::read_file(input_path), input_path);
  const std::vector<policy::Edit> edits = edits_of(given);
  const policy::TapFunction edit = policy::edited(policy.network, edits);
  formats::TensorFile out;
  policy.network.forward(given.tensors.at("observations"), [&](const std::string& tap, torch::Tensor output) {
    output = edit(tap, std::move(output));
    out.tensors[tap] = output.contiguous();
    return output;
  });
  if (!edits.empty()) {
    const policy::EditedShare share = policy::edited_share(policy.network, edits);
    out.tensors["fractions"] =
        torch::tensor({share.activations, share.of_layers, share.of_taps, share.of_network})
            .to(torch::kFloat32);
  }
  storage::write_atomically(out_path, formats::encode_safetensors(out));
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) {
    std::fprintf(stderr, "usage: %s POLICY INPUT OUT\n", argv[0]);
    return 2;
  }
  try {
    write_taps(argv[1], argv[2], argv[3]);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
}
