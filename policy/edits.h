#pragma once
#include <torch/types.h>

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "policy/network.h"

// Edits of activations: an edit replaces the output of one tap during a forward pass.
//
// A layer's output for one observation has the shape of its tap, [C, H, W] or [C]. "Channels" are its first
// axis, so each value of a flat layer is a channel. A tensor of values has the tap's shape, used for all
// items of a batch, or [N, ...] with one entry per item. A cell is (row, column) of the layer's map, row 0 at
// the top of the picture.
namespace mazescan::policy {

// Adds coefficient x vector.
struct AddVector {
  torch::Tensor vector;
  double coefficient = 1;
};

// Sets each channel to `value` at one cell, and to `elsewhere`, if given, on all others.
struct ClampCells {
  std::vector<int64_t> channels;
  torch::Tensor cells;  // int64 [N, 2]: one per item; [N, channels, 2]: one per item and channel
  double value = 0;
  std::optional<double> elsewhere;
};

// Sets channels to zero.
struct ZeroChannels {
  std::vector<int64_t> channels;
};

// Sets channels to given activations, such as their mean over other observations.
struct ReplaceChannels {
  std::vector<int64_t> channels;
  torch::Tensor activations;  // for all channels of the layer; others are ignored
};

// Sets channels to the layer's unedited activations for other observations, such as those of another maze or
// of this maze with the cheese elsewhere.
struct ResampleChannels {
  std::vector<int64_t> channels;
  torch::Tensor observations;  // uint8, as the network's input: [C, H, W] for all items, or [N, C, H, W]
};

// Interpolates linearly from the output (amount 0) to other activations (amount 1).
struct Interpolate {
  torch::Tensor activations;
  double amount = 1;
};

// Multiplies by a mask. Gradients pass to the mask.
struct MultiplyMask {
  torch::Tensor mask;
};

// Sets the activations where the mask is true. mask: bool, with the shape of `values`, or one for all items.
struct SetActivations {
  torch::Tensor mask, values;
};

struct Edit {
  std::string tap;  // "embedder.block2.res1.resadd"
  std::variant<AddVector, ClampCells, ZeroChannels, ReplaceChannels, ResampleChannels, Interpolate,
               MultiplyMask, SetActivations>
      change;
};

// Returns a tap function that applies all edits, those of one tap in the order given. The edits act on the
// network's device. If an edit has one value per item, batches must have that number of items.
// Throws UserError, here or when the function is called, if an edit does not fit the network or the batch.
TapFunction edited(const Network& network, const std::vector<Edit>& edits);

// The share of a network's activations that edits change for one observation, averaged over a batch if items
// differ. An activation counts as changed if an edit determines it, even if its value stays the same; it
// counts once if several edits change it. A factor of 1, a summand of 0 and an amount of 0 change nothing.
struct EditedShare {
  double activations = 0;  // number of changed activations
  // That number divided by the number of activations of ...
  double of_layers = 0;  // ... the edited taps
  double of_taps = 0;    // ... all taps that can be recorded
  double of_network =
      0;  // ... the network, each counted once. Excludes taps whose output counts as the same activations as
          // their input (LayerSpec::repeats_input): activation functions and `embedder.flatten`.
          // Convolutions, pooling, sums and fully connected layers remain.
};
// Returns the share that `edits` change. Throws UserError in the cases of `edited`.
EditedShare edited_share(const Network& network, const std::vector<Edit>& edits);

// Return the denominators of EditedShare: numbers of activations for one observation.
int64_t activations_of_taps(const Network& network);
int64_t activations_of_network(const Network& network);

}  // namespace mazescan::policy
