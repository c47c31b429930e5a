#pragma once
#include <torch/types.h>

#include <cstdint>

#include "core/random.h"

namespace mazescan::probe {

// Draws from the standard normal distribution. Shapes: returns float64 [rows, columns].
// Source: Box and Muller, "A note on the generation of random normal deviates", 1958.
torch::Tensor normals(int64_t rows, int64_t columns, RandomStream& random);

}  // namespace mazescan::probe
