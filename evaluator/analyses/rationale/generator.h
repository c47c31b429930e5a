#pragma once
#include <torch/types.h>

#include <vector>

#include "core/random.h"
#include "evaluator/analyses/hard_kuma.h"

namespace mazescan::rationale {

// A small convolutional network that gives each cell of a maze the distribution of a gate. Beside the layers it has
// a score for each place relative to the mouse, for each relative to the cheese, and for each cell.
class Generator {
 public:
  // Draws the weights. At the start, all gates have nearly the same distribution and are undecided.
  Generator(int size, const torch::Device& device, RandomStream& random);
  // Shapes: planes [N, 3, size, size] float32; the gates [N, size, size].
  analyses::HardKuma gates(const torch::Tensor& planes) const;
  const std::vector<torch::Tensor>& parameters() const { return parameters_; }

 private:
  std::vector<torch::Tensor>
      parameters_;  // weight and bias of each layer; scores around mouse and cheese; of each cell
};

}  // namespace mazescan::rationale
