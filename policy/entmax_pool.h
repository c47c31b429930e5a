#pragma once
#include "policy/head.h"

namespace mazescan::policy {

// The head `entmax_pool`: several read-outs, each a weighted mean of the last map over its cells, with weights by
// alpha-entmax (entmax.h). Layers: embedder.scores [heads, H, W], a score of each cell by a 1 x 1 convolution;
// embedder.attention [heads, H, W], the weights, which sum to 1 over the cells; embedder.pool [heads x (C + 2)], for
// each read-out the mean of the map and of the cells' coordinates, row and column from -1 to 1, row 0 at the top. Then
// embedder.fc and so on, as in head fc.
HeadInfo entmax_pool();

}  // namespace mazescan::policy
