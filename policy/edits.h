#pragma once
#include <torch/types.h>

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "policy/network.h"

// Edits of activations: what takes the place of one tap's output during a forward pass.
//
// A layer's output for one observation has the shape of its tap, [C, H, W] or [C]; "channels" are its first
// axis, so that each value of a flat layer is a channel of its own. Tensors of values have that shape, for
// all items of a batch alike, or [N, ...] with one for each. A cell is (row, column) of the layer's own map,
// row 0 at the top of the picture.
namespace mazescan::policy {

// Adds coefficient x vector.
struct AddVector {
  torch::Tensor vector;
  double coefficient = 1;
};

// Sets each channel to `value` at one cell, and to `elsewhere`, if given, on all others.
struct ClampCells {
  std::vector<int64_t> channels;
  torch::Tensor cells;  // int64 [N, 2]: a cell for each item; [N, channels, 2]: for each of its channels, too
  double value = 0;
  std::optional<double> elsewhere;
};

// Sets channels to zero.
struct ZeroChannels {
  std::vector<int64_t> channels;
};

// Sets channels to given activations: their mean over other observations, or any.
struct ReplaceChannels {
  std::vector<int64_t> channels;
  torch::Tensor activations;  // of the whole layer; the channels' are used
};

// Sets channels to the activations that the layer has, without edits, for other observations: those of
// another maze, or of this one with the cheese elsewhere.
struct ResampleChannels {
  std::vector<int64_t> channels;
  torch::Tensor observations;  // uint8, as the network's input: [C, H, W] for all items, or [N, C, H, W]
};

// Goes from the output (amount 0) towards other activations (amount 1).
struct Interpolate {
  torch::Tensor activations;
  double amount = 1;
};

// Multiplies by a mask; gradients pass to it.
struct MultiplyMask {
  torch::Tensor mask;
};

// Sets the activations where the mask is true (bool, of the shape of values or one for all items).
struct SetActivations {
  torch::Tensor mask, values;
};

struct Edit {
  std::string tap;  // "embedder.block2.res1.resadd"
  std::variant<AddVector, ClampCells, ZeroChannels, ReplaceChannels, ResampleChannels, Interpolate,
               MultiplyMask, SetActivations>
      change;
};

// The taps' function that makes all edits, those of one tap in the order given; they act on the network's
// device. Batches must have the size of those edits that have a value for each item. Throws UserError, here
// or from the function, where an edit does not fit the network or the batch.
TapFunction edited(const Network& network, const std::vector<Edit>& edits);

// How much of a network edits change for one observation (on average over a batch, where items differ). An
// activation counts as changed where an edit says what becomes of it, whatever its value was; twice changed,
// it counts once. Factors of 1, summands of 0 and an amount of 0 change nothing.
struct EditedShare {
  double activations = 0;  // how many are changed
  // The same, divided by the activations of ...
  double of_layers = 0;  // ... the taps that are edited
  double of_taps = 0;    // ... all taps, as they can be recorded
  double of_network =
      0;  // ... the network, each once: a tap that repeats the one before it, value for value, is left
          // out (an activation function's output, which in place would not even exist beside its
          // input, and `embedder.flatten`). What remains: convolutions, pooling, sums, fully connected.
};
// Throws UserError as `edited` does.
EditedShare edited_share(const Network& network, const std::vector<Edit>& edits);

// The denominators: activations for one observation.
int64_t activations_of_taps(const Network& network);
int64_t activations_of_network(const Network& network);

}  // namespace mazescan::policy
