#pragma once
#include <deque>
#include <string>
#include <vector>

#include "policy/options.h"

namespace mazescan::policy {

class LayerList;
struct NetworkConfig;
struct NetworkInterface;

// The indices of the layers whose outputs are the network's outputs. Shapes: logits [actions]; value [1].
struct OutputLayers {
  int logits = 0, value = 0;
};

// Appends fc, the activation function, and a linear layer for each output. input: a layer of one dimension.
OutputLayers append_outputs(LayerList& layers, int input, const NetworkConfig& config,
                            const NetworkInterface& interface);

// Describes a head that `network.head` can name: the layers from the embedder's last map to the outputs.
struct HeadInfo {
  std::string name;
  std::vector<OptionInfo> options;  // keys of `network.head_options`
  // Appends the layers that follow layer `map`, the activations of the last block.
  OutputLayers (*build)(LayerList& layers, int map, const NetworkConfig& config,
                        const NetworkInterface& interface);
};

// Returns the table of all heads; tests append to it. To add a head, write a file with its build function and
// add a line to head.cc.
std::deque<HeadInfo>& heads();

}  // namespace mazescan::policy
