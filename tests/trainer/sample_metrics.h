#pragma once
#include "trainer/metrics.h"

namespace mazescan {

inline trainer::UpdateMetrics sample_metrics(int64_t update) {
  trainer::UpdateMetrics m;
  m.update = update;
  m.steps = update * 100;
  m.states = 100;
  m.loss = {{"policy_loss", 0.1}, {"entropy", 1.5}};
  m.loss_coefficients = {{"policy_loss", 1}, {"entropy", -0.02}};
  m.kl = 0.01;
  m.clip_fraction = 0.25;
  m.distinct_share = 0.5;
  m.evaluated_share = 0.75;
  m.gradient_norm = 0.75;
  m.explained_variance = 0.9;
  m.mean_reward = 0.05;
  m.learning_rate = 5e-4;
  m.largest_size = 7;
  m.finished = {{3, {4, 3, 30, 20}}, {5, {2, 0, 0, 0}}};
  m.update_seconds = 2;
  m.network_seconds = 0.5;
  m.processor_seconds = 3;
  return m;
}

}  // namespace mazescan
