#include "evaluator/analyses/edit/config.h"

#include <fmt/ranges.h>

#include <algorithm>

#include "envs/maze/placement.h"

namespace mazescan::edit {

namespace {

void require_known(const std::vector<std::string>& named, const std::vector<std::string>& known,
                   const std::string& key) {
  require(!named.empty(), lazy("'edit.{}' is empty", key), "at least one is needed",
          lazy("some of {}", fmt::join(known, ", ")));
  for (const std::string& name : named)
    require(std::find(known.begin(), known.end(), name) != known.end(),
            lazy("'edit.{}' holds '{}'", key, name), "there is no such name",
            lazy("some of {}", fmt::join(known, ", ")));
}

template <class T>
void require_once(std::vector<T> values, const std::string& key) {
  std::sort(values.begin(), values.end());
  require(std::adjacent_find(values.begin(), values.end()) == values.end(),
          lazy("'edit.{}' holds something twice", key), "it would be done twice", "name each once");
}

}  // namespace

std::pair<std::string, std::string> difference_of(const std::string& vector) {
  const size_t dash = vector.find('-');
  require(dash != std::string::npos, lazy("'edit.vectors' holds '{}'", vector),
          "a vector is the difference between two placements of the cheese",
          "top_right_corner-top_left_corner");
  const std::pair<std::string, std::string> both{vector.substr(0, dash), vector.substr(dash + 1)};
  maze::require_placement(both.first, "edit.vectors");
  maze::require_placement(both.second, "edit.vectors");
  return both;
}

void EditConfig::validate() const {
  require_known(experiments, edit_experiments(), "experiments");
  require_known(families, edit_families(), "families");
  require(!sizes.empty() && !layers.empty() && !fractions.empty() && !magnitudes.empty(),
          "'edit.sizes', 'edit.layers', 'edit.fractions' or 'edit.magnitudes' is empty",
          "at least one of each is needed", "mazescan-evaluator edit --dump-config shows examples");
  for (const int size : sizes)
    require(size % 2 == 1, lazy("'edit.sizes' holds {}", size),
            "mazes have odd sides: rooms and the walls between them", lazy("{} or {}", size - 1, size + 1));
  for (const double fraction : fractions)
    require(fraction > 0 && fraction <= largest_fraction, lazy("'edit.fractions' holds {}", fraction),
            lazy("an edit of that fraction changes more than it may, or nothing: the largest fraction "
                 "is {}",
                 largest_fraction),
            "fractions above 0, at most edit.largest_fraction");
  require_once(sizes, "sizes");
  require_once(experiments, "experiments");
  require_once(families, "families");
  require_once(layers, "layers");
  require_once(channels, "channels");
  for (const int channel : channels)
    require(channel >= 0, lazy("'edit.channels' holds {}", channel), "channels are counted from 0",
            "numbers that are not negative");
  require_once(vectors, "vectors");
  for (const std::string& vector : vectors) difference_of(vector);
  require_once(fractions, "fractions");
  const int levels = 2 * search_levels + choosing_levels + score_levels;  // a control searches twice as many
  require(first_level + levels <= int64_t{2147483648}, lazy("'edit.first_level' is {}", first_level),
          lazy("{} level seeds from there on exceed 2^31 - 1", levels), "a smaller first_level");
}

}  // namespace mazescan::edit
