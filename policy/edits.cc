#include "policy/edits.h"

#include <fmt/ranges.h>
#include <torch/types.h>
#include <torch/utils.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "core/config.h"

namespace mazescan::policy {

namespace {

// The network and the tap that an edit applies to.
struct Place {
  const Network& network;
  const LayerSpec& tap;
  torch::TensorOptions values;  // float32 on the network's device

  std::string text() const { return fmt::format("an edit of '{}'", tap.name); }
  torch::TensorOptions indices() const { return values.dtype(torch::kInt64); }
};

// An edit that fits its tap, on the network's device.
struct Action {
  std::function<torch::Tensor(const torch::Tensor& output)> apply;
  torch::Tensor changed;  // bool, [1, shape] or [N, shape]
  int64_t items = 0;      // required batch size; 0: any
};

// Returns the edit's tensor as [1 or N, shape]. It must have the tap's shape, or one entry of it per item.
torch::Tensor fitting(const torch::Tensor& tensor, const Place& place, const char* what) {
  const Shape& shape = place.tap.shape;
  const bool one = tensor.defined() && tensor.sizes() == at::IntArrayRef(shape);
  const bool each = tensor.defined() && tensor.dim() == static_cast<int64_t>(shape.size()) + 1 &&
                    tensor.size(0) > 0 && tensor.sizes().slice(1) == at::IntArrayRef(shape);
  require(
      one || each,
      lazy("{}: its {} {}", place.text(), what,
           tensor.defined() ? fmt::format("has shape [{}]", fmt::join(tensor.sizes(), ", ")) : "is missing"),
      "it has a value for each activation of the layer",
      lazy("[{0}], or [N, {0}] for a batch of N", fmt::join(shape, ", ")));
  require(torch::isfinite(tensor).all().item<bool>(),
          lazy("{}: its {} holds NaN or infinity", place.text(), what), "everything after it would be NaN",
          "finite values");
  const torch::Tensor moved = tensor.to(place.values);
  return one ? moved.unsqueeze(0) : moved;
}

int64_t items_of(const torch::Tensor& values) {
  return values.size(0) == 1 ? 0 : values.size(0);
}

void require_finite(double value, const Place& place, const char* what) {
  require(std::isfinite(value), lazy("{}: its {} is {}", place.text(), what, value),
          "everything after it would be NaN", "a finite number");
}

torch::Tensor indices(const std::vector<int64_t>& channels, const Place& place) {
  const int64_t most = place.tap.shape[0];
  std::vector<int64_t> sorted = channels;
  std::sort(sorted.begin(), sorted.end());
  require(!sorted.empty() && sorted.front() >= 0 && sorted.back() < most &&
              std::adjacent_find(sorted.begin(), sorted.end()) == sorted.end(),
          lazy("{}: its channels are [{}]", place.text(), fmt::join(channels, ", ")),
          "each is one of the layer's, and named once", lazy("some of 0 to {}", most - 1));
  return torch::tensor(channels, torch::kInt64).to(place.indices());
}

// Returns a mask, bool [1, shape], that is true on all cells of these channels.
torch::Tensor channel_mask(const torch::Tensor& channels, const Place& place) {
  return torch::zeros(place.tap.shape, place.values.dtype(torch::kBool))
      .index_fill(0, channels, true)
      .unsqueeze(0);
}

Action prepare(const AddVector& edit, const Place& place) {
  require_finite(edit.coefficient, place, "coefficient");
  const torch::Tensor summand = fitting(edit.vector, place, "vector") * edit.coefficient;
  return {[summand](const torch::Tensor& x) { return x + summand; }, summand != 0, items_of(summand)};
}

Action prepare(const ClampCells& edit, const Place& place) {
  const Shape& shape = place.tap.shape;
  require_finite(edit.value, place, "value");
  if (edit.elsewhere) require_finite(*edit.elsewhere, place, "value elsewhere");
  require(shape.size() == 3, lazy("{}: its layer has no cells", place.text()),
          "only maps of [channels, rows, columns] have",
          "a layer before embedder.flatten, or another kind of edit");
  const torch::Tensor channels = indices(edit.channels, place);
  const auto wanted = static_cast<int64_t>(edit.channels.size());
  const bool integers = edit.cells.defined() && edit.cells.scalar_type() == torch::kInt64;
  const bool one = integers && edit.cells.dim() == 2 && edit.cells.size(1) == 2;
  const bool each =
      integers && edit.cells.dim() == 3 && edit.cells.size(1) == wanted && edit.cells.size(2) == 2;
  require((one || each) && edit.cells.size(0) > 0,
          lazy("{}: its cells are no int64 tensor of the right shape", place.text()),
          "each item of a batch has its own cell, or one for each channel",
          lazy("[N, 2] or [N, {}, 2], row and column", wanted));
  const torch::Tensor cells = (one ? edit.cells.unsqueeze(1) : edit.cells).to(place.indices());
  const torch::Tensor rows = cells.select(2, 0), columns = cells.select(2, 1);  // [N, 1 or channels]
  require(((rows >= 0) & (rows < shape[1]) & (columns >= 0) & (columns < shape[2])).all().item<bool>(),
          lazy("{}: a cell is outside its map", place.text()),
          lazy("the map has {} rows and {} columns", shape[1], shape[2]),
          "cells of (row, column), counted from 0");
  const int64_t items = cells.size(0);
  const torch::Tensor numbers = torch::arange(items, place.indices()).unsqueeze(1);
  const auto apply = [=, value = edit.value, elsewhere = edit.elsewhere](const torch::Tensor& x) {
    const torch::Tensor rest = elsewhere ? x.index_fill(1, channels, *elsewhere) : x;
    return rest.index_put({numbers, channels.unsqueeze(0), rows, columns},
                          torch::full({}, value, x.options()));
  };
  torch::Tensor changed = channel_mask(channels, place);
  if (!edit.elsewhere) {
    Shape batch = shape;
    batch.insert(batch.begin(), items);
    changed =
        torch::zeros(batch, changed.options())
            .index_put({numbers, channels.unsqueeze(0), rows, columns}, torch::ones({}, changed.options()));
  }
  return {apply, changed, items};
}

Action prepare(const ZeroChannels& edit, const Place& place) {
  const torch::Tensor channels = indices(edit.channels, place);
  return {[channels](const torch::Tensor& x) { return x.index_fill(1, channels, 0); },
          channel_mask(channels, place)};
}

Action prepare(const ReplaceChannels& edit, const Place& place) {
  const torch::Tensor mask = channel_mask(indices(edit.channels, place), place);
  const torch::Tensor values = fitting(edit.activations, place, "activations");
  return {[mask, values](const torch::Tensor& x) { return torch::where(mask, values, x); }, mask,
          items_of(values)};
}

// Returns the tap's output for observations, [N, shape].
torch::Tensor output_for(const torch::Tensor& observations, const Place& place) {
  const torch::NoGradGuard no_grad;
  torch::Tensor found;
  place.network.forward(observations.to(place.values.device()),
                        [&](const std::string& name, torch::Tensor output) {
                          if (name == place.tap.name) found = output;
                          return output;
                        });
  return found;
}

Action prepare(const ResampleChannels& edit, const Place& place) {
  const torch::Tensor mask = channel_mask(indices(edit.channels, place), place);
  const NetworkInterface& in = place.network.interface();
  const Shape shape = {in.channels, in.height, in.width};
  const torch::Tensor& seen = edit.observations;
  const bool bytes = seen.defined() && seen.scalar_type() == torch::kUInt8;
  const bool one = bytes && seen.sizes() == at::IntArrayRef(shape);
  const bool each =
      bytes && seen.dim() == 4 && seen.size(0) > 0 && seen.sizes().slice(1) == at::IntArrayRef(shape);
  require(one || each, lazy("{}: its observations are not those of the network", place.text()),
          "their activations take the place of the channels'",
          lazy("uint8 [{0}], or [N, {0}] for a batch of N", fmt::join(shape, ", ")));
  const torch::Tensor values = output_for(one ? seen.unsqueeze(0) : seen, place);
  return {[mask, values](const torch::Tensor& x) { return torch::where(mask, values, x); }, mask,
          items_of(values)};
}

Action prepare(const Interpolate& edit, const Place& place) {
  require_finite(edit.amount, place, "amount");
  const torch::Tensor values = fitting(edit.activations, place, "activations");
  const torch::Tensor changed =
      torch::full(place.tap.shape, edit.amount != 0, place.values.dtype(torch::kBool));
  return {[values, amount = edit.amount](const torch::Tensor& x) {
            return torch::lerp(x, values.expand_as(x), amount);
          },
          changed.unsqueeze(0), items_of(values)};
}

Action prepare(const MultiplyMask& edit, const Place& place) {
  const torch::Tensor mask = fitting(edit.mask, place, "mask");
  return {[mask](const torch::Tensor& x) { return x * mask; }, (mask != 1).detach(), items_of(mask)};
}

Action prepare(const SetActivations& edit, const Place& place) {
  const torch::Tensor mask = fitting(edit.mask, place, "mask") != 0;
  const torch::Tensor values = fitting(edit.values, place, "values");
  const int64_t items = std::max(items_of(mask), items_of(values));
  require(items_of(mask) == 0 || items_of(values) == 0 || items_of(mask) == items_of(values),
          lazy("{}: its mask is for a batch of {}, its values for {}", place.text(), mask.size(0),
               values.size(0)),
          "both are of the same batch", "one for each item, or one for all");
  return {[mask, values](const torch::Tensor& x) { return torch::where(mask, values, x); }, mask, items};
}

const LayerSpec& find_tap(const Network& network, const std::string& name) {
  std::vector<std::string> names;
  for (const auto& tap : network.layers()) {
    if (tap.name == name) return tap;
    names.push_back(tap.name);
  }
  const std::string near = nearest(name, names);
  throw UserError(fmt::format("an edit of '{}'", name), "the network has no layer of that name",
                  near.empty() ? fmt::format("one of {}", fmt::join(names, ", "))
                               : fmt::format("did you mean '{}'?", near));
}

using Actions = std::map<std::string, std::vector<Action>>;  // by tap

Actions prepare_all(const Network& network, const std::vector<Edit>& edits) {
  const auto values = torch::TensorOptions(network.parameters().device()).dtype(torch::kFloat32);
  Actions actions;
  for (const Edit& edit : edits) {
    const Place place{network, find_tap(network, edit.tap), values};
    actions[edit.tap].push_back(
        std::visit([&](const auto& change) { return prepare(change, place); }, edit.change));
  }
  return actions;
}

}  // namespace

TapFunction edited(const Network& network, const std::vector<Edit>& edits) {
  return [actions = prepare_all(network, edits)](const std::string& tap, torch::Tensor output) {
    const auto found = actions.find(tap);
    if (found == actions.end()) return output;
    for (const Action& action : found->second) {
      require(action.items == 0 || action.items == output.size(0),
              lazy("an edit of '{}' for a batch of {}", tap, action.items),
              lazy("this batch has {} items", output.size(0)), "one for each item, or one for all");
      output = action.apply(output);
    }
    return output;
  };
}

EditedShare edited_share(const Network& network, const std::vector<Edit>& edits) {
  EditedShare share;
  double edited_layers = 0;
  for (const auto& [tap, actions] : prepare_all(network, edits)) {
    torch::Tensor changed = actions.front().changed;
    int64_t items = 0;
    for (const Action& action : actions) {
      require(items == 0 || action.items == 0 || action.items == items,
              lazy("edits of '{}' for batches of {} and of {}", tap, items, action.items),
              "edits of one layer act on the same batch", "the same number of items");
      items = std::max(items, action.items);
      changed = changed | action.changed;
    }
    share.activations += changed.sum().item<double>() / static_cast<double>(changed.size(0));
    edited_layers += static_cast<double>(element_count(find_tap(network, tap).shape));
  }
  if (edited_layers > 0) share.of_layers = share.activations / edited_layers;
  share.of_taps = share.activations / static_cast<double>(activations_of_taps(network));
  share.of_network = share.activations / static_cast<double>(activations_of_network(network));
  return share;
}

int64_t activations_of_taps(const Network& network) {
  int64_t sum = 0;
  for (const LayerSpec& layer : network.layers()) sum += element_count(layer.shape);
  return sum;
}

int64_t activations_of_network(const Network& network) {
  int64_t sum = 0;
  for (const LayerSpec& layer : network.layers())
    if (!layer.repeats_input) sum += element_count(layer.shape);
  return sum;
}

}  // namespace mazescan::policy
