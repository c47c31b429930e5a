#pragma once
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "envs/task.h"
#include "evaluator/explore/request.h"
#include "evaluator/policies/trained_policy.h"
#include "evaluator/rollout/agent.h"
#include "policy/edit_file.h"

namespace mazescan::explore {

// Returns the answers to the page's requests about one policy. Each is a pure function of the policy, the
// tensors that were added, and the request, a JSON object. A request has these keys, the last two of which
// may be missing:
//   maze     as in maze_json
//   edits    the text of a file of edits (docs/edits.md)
//   target   the cell that the edits call `target`
// Every function throws UserError if a request is invalid.
class Answers {
 public:
  // Throws UserError if the policy was not trained in mazes.
  explicit Answers(policies::TrainedPolicy trained);

  // Returns a maze. {size, seed, placement}: the level of this seed and size, with the cheese at the
  // placement; {text}: the drawing.
  nlohmann::json level(const std::string& body) const;

  // Returns what the policy does on each free cell, with the mouse facing left: moves (five probabilities for
  // each cell, in the order of the cells), value, greedy (the move of the most probable action).
  nlohmann::json field(const std::string& body) const;

  // Returns the outputs of all layers in the state of the request, and the observation: a safetensors file.
  std::string taps(const std::string& body) const;

  // Plays from the state of the request. More keys: greedy (true or false), seed (of sampled moves), and
  // possibly limit. Returns cells (indices y * size + x), facing_right, steps, success, shortest (-1: none)
  // and limit.
  nlohmann::json walk(const std::string& body) const;

  // Returns yaml (the edits with every key), share (how much of the network they change), and entries: kind
  // and layer of each, and the keys of those that the page can compute.
  nlohmann::json edits(const std::string& body) const;

  // Adds a file of tensors, to which edits may refer as NAME#tensor. Returns the names of its tensors.
  nlohmann::json add_tensors(const std::string& name, std::string_view bytes);

  const policies::TrainedPolicy& trained() const { return trained_; }
  const maze::MazeConfig& maze() const { return maze_; }
  const envs::Task& task() const { return *task_; }
  int limit(int size) const;

 private:
  struct Scene;

  policies::TrainedPolicy trained_;
  const maze::MazeConfig maze_;
  const std::unique_ptr<const envs::Task> task_;
  std::map<std::string, formats::TensorFile> files_;
};

// The limits of the files that add_tensors accepts.
inline constexpr size_t kMaxTensorFiles = 16;
inline constexpr size_t kMaxTensorFileBytes = 64 << 20;

}  // namespace mazescan::explore
