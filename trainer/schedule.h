#pragma once
#include "core/config.h"

namespace mazescan::trainer {

// A number that changes linearly from its first to its last value over the training.
struct LinearSchedule {
  double from = 0, to = 0;
  double at(double progress) const { return from + (to - from) * progress; }  // progress: 0 to 1
  template <class Visitor>
  void fields(Visitor& visit) {
    visit("from", from, "value at the first update", at_least(0));
    visit("to", to, "value at the last update", at_least(0));
  }
};

}  // namespace mazescan::trainer
