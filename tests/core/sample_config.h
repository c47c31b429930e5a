#pragma once
#include <array>
#include <string>
#include <vector>

#include "core/config.h"

namespace mazescan {

struct InnerConfig {
  int depth = 2;
  double rate = 0.5;

  template <class Visitor>
  void fields(Visitor& visit) {
    visit("depth", depth, "integer", between(1, 9));
    visit("rate", rate, "number", at_least(0));
  }
};

struct OuterConfig {
  InnerConfig inner;
  bool on = false;

  template <class Visitor>
  void fields(Visitor& visit) {
    visit("inner", inner, "a section in a section");
    visit("on", on, "boolean");
  }
};

// Has a field of each type that configurations support.
struct SampleConfig {
  bool flag = true;
  int count = 3;
  int64_t large = 5'000'000'000;
  double ratio = 1e-5;
  std::string name = "plain", kind = "red";
  std::vector<int> sizes = {3, 5};
  std::vector<double> weights = {0.1, 2};
  std::vector<std::string> words = {"a", "b c"};
  OuterConfig outer;

  template <class Visitor>
  void fields(Visitor& visit) {
    visit("flag", flag, "boolean");
    visit("count", count, "integer", between(-100, 100));
    visit("large", large, "large integer", at_least(0));
    visit("ratio", ratio, "number", between(-10, 10));
    visit("name", name, "string");
    visit("kind", kind, "a choice", one_of({"red", "green"}));
    visit("sizes", sizes, "integers", each<int>(between(1, 99)));
    visit("weights", weights, "numbers");
    visit("words", words, "strings");
    visit("outer", outer, "a section");
    visit.foreign(std::array{"other"});
  }
};

inline SampleConfig parse_sample(const std::string& text) {
  return parse_config<SampleConfig>(text, "f.yaml");
}

}  // namespace mazescan
