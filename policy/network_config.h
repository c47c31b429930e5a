#pragma once
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <string>
#include <vector>

#include "core/config.h"
#include "policy/activation.h"
#include "policy/head.h"
#include "policy/named_table.h"
#include "policy/options.h"

namespace mazescan::policy {

// YAML section `network`: the IMPALA network of the maze literature (Espeholt et al., "IMPALA", 2018).
struct NetworkConfig {
  std::vector<int> channels = {16, 32, 32};
  int residual_blocks = 2;
  int fc = 256;
  std::string activation = "relu";
  Options activation_options = {};
  std::string head = "fc";
  Options head_options = {};

  template <class Visitor>
  void fields(Visitor& visit) {
    visit("channels", channels, "channels of each block; a block halves the map",
          each<int>(between(1, 4096)));
    visit("residual_blocks", residual_blocks, "residual blocks in each block", between(0, 16));
    visit("fc", fc, "width of the fully connected layer before the heads", between(1, 65536));
    named(visit, "activation", activation, "activation function", "activation_options", activation_options,
          activations());
    named(visit, "head", head, "layers from the last block to the outputs", "head_options", head_options,
          heads());
  }

  // Returns the configuration with the default values of options that are not given.
  // Throws UserError if a name or an option is unknown.
  NetworkConfig completed() const {
    NetworkConfig complete = *this;
    complete.activation_options.declare(find_named(activations(), activation, "activation function").options,
                                        "activation function " + activation);
    complete.head_options.declare(find_named(heads(), head, "head").options, "head " + head);
    return complete;
  }

 private:
  // Visits the name of a table's entry and, if the entry has options, the options.
  template <class Visitor, class Table>
  static void named(Visitor& visit, const char* key, std::string& name, const char* help,
                    const char* options_key, Options& options, const Table& table) {
    const std::vector<std::string> names = names_of(table);
    visit(key, name, fmt::format("{}: {}", help, fmt::join(names, ", ")).c_str(), one_of(names));
    options.declare(find_named(table, name, key).options, fmt::format("{} {}", key, name));
    if (!options.empty()) visit(options_key, options, "parameters of the chosen entry");
  }
};

// The input and output sizes of a network.
struct NetworkInterface {
  int channels = 3, height = 0, width = 0;  // the shape of an observation, uint8
  double input_scale = 1;  // observations are multiplied by this: 1 for planes, 1/255 for pixels
  int actions = 0;
};

}  // namespace mazescan::policy
