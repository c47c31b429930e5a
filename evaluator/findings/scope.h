#pragma once
#include <string>
#include <vector>

// The maze sizes at which a statement about very small or very large mazes is judged.
namespace mazescan::findings {

struct Scope {
  std::string name;        // "very large mazes, 21 to 25", "this policy's largest mazes, 13 and 15"
  std::vector<int> sizes;  // ascending, of those that the policy was trained on; may be empty

  bool contains(int size) const;
};

// A statement has a verdict in each of two scopes, and none is borrowed from other sizes: what the words say
// (very small: 3 to 7, very large: 21 to 25), and the two smallest or largest sizes of the policy's training.
struct Scopes {
  Scope literal, own;
};

// trained: sizes of the policy's training, ascending.
Scopes very_small(const std::vector<int>& trained);
Scopes very_large(const std::vector<int>& trained);

}  // namespace mazescan::findings
