#pragma once
#include <map>
#include <string>
#include <vector>

#include "trainer/schedule.h"

namespace mazescan::trainer {

// Section `train.loss`: a coefficient for each loss term of loss_terms(), by the term's name.
struct LossConfig {
  struct Key {
    std::string name, help;
  };
  static const std::vector<Key>& keys();

  LossConfig();  // the terms' default coefficients

  template <class Visitor>
  void fields(Visitor& visit) {
    for (const Key& key : keys()) visit(key.name.c_str(), coefficients.at(key.name), key.help.c_str());
  }

  std::map<std::string, LinearSchedule> coefficients;
};

}  // namespace mazescan::trainer
