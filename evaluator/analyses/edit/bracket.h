#pragma once
#include <cstdint>
#include <vector>

namespace mazescan::edit {

// Numbers of activations between which the smallest sufficient one lies.
struct Bracket {
  int64_t low = 0;   // does not suffice; 0: none is known that does not
  int64_t high = 0;  // suffices

  // Returns whether the bracket is narrow: the ends are neighbours, or differ by a factor of 1.25 at most.
  bool is_narrow() const;
  // Returns the number that halves a bracket that is not narrow, geometrically; 0 counts as 1.
  int64_t middle() const;
  // Returns an upper bound of the halvings that make it narrow.
  int halvings() const;
};

// Returns an upper bound of the halvings that any bracket of neighbouring allowances needs, the one below the
// smallest included. allowed: ascending.
int most_halvings(const std::vector<int64_t>& allowed);

}  // namespace mazescan::edit
