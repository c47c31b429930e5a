#include "evaluator/explore/explore.h"

#include <fmt/format.h>
#include <pwd.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <filesystem>
#include <set>
#include <utility>

#include "cluster/stop.h"
#include "evaluator/explore/answers.h"
#include "evaluator/explore/explore_page.h"
#include "evaluator/explore/server.h"
#include "evaluator/policies/exchange.h"
#include "evaluator/rollout/played_edits.h"
#include "storage/atomic_file.h"

namespace fs = std::filesystem;

namespace mazescan::explore {
namespace {

Answers open_answers(const ExploreJob& job) {
  policies::TrainedPolicy trained = policies::open_policy(job.policy, job.overrides);
  if (!job.assets.empty()) {
    policies::require_maze(trained, "explore");
    trained.environment.set("assets", job.assets);
  }
  return Answers(std::move(trained));
}

// Returns the first maze, as Answers::level does.
nlohmann::json first_maze(const ExploreJob& job, const Answers& answers) {
  require(!job.world || *job.world == answers.maze().world_dim, lazy("--world {}", *job.world),
          lazy("the policy sees a grid of {0} x {0} cells", answers.maze().world_dim),
          lazy("{}, or no --world", answers.maze().world_dim));
  const maze::EditableMaze maze =
      draw::chosen_maze(job, job.chosen(answers.maze()), answers.maze().world_dim);
  nlohmann::json found = maze_json(maze.state());
  found["limit"] = answers.limit(maze.level().size);
  return found;
}

// Reads a file of edits and adds the files of tensors that it names. Returns its text.
std::string add_edits(const fs::path& path, Answers& answers) {
  std::set<std::string> files;
  const std::vector<policy::EditEntry> edits = rollout::read_edits(path);
  for (const policy::EditEntry& edit : edits)
    for (const auto& [key, reference] : edit.references)
      files.insert(reference.substr(0, reference.rfind('#')));
  for (const std::string& file : files)
    answers.add_tensors(file, storage::read_file(path.parent_path() / file));
  return policy::dump_edits(edits);
}

std::string user_and_host() {
  std::array<char, 256> host{};
  if (gethostname(host.data(), host.size() - 1) != 0) host[0] = '\0';
  const passwd* const user = getpwuid(getuid());
  return fmt::format("{}@{}", user == nullptr ? "USER" : user->pw_name,
                     host[0] == '\0' ? "HOST" : host.data());
}

}  // namespace

void explore(const ExploreJob& job) {
  const cluster::StopSignal stop;
  Answers answers = open_answers(job);
  Opening opening;
  opening.title = fs::path(job.policy).filename().string();
  opening.maze = first_maze(job, answers);
  opening.seed = job.seed;
  if (!job.edits.empty()) opening.edits = add_edits(job.edits, answers);
  const std::string page = explore_page(explore_document(answers, opening));
  Server server(answers, page, job.port);
  const std::string how_to_open = fmt::format(
      "Open this page in a browser on this machine; its address is a secret:\n\n    {}\n\n"
      "From another machine, first run there:\n\n    ssh -N -L {}:127.0.0.1:{} {}\n\nCtrl-C ends it.\n",
      server.url(), server.port(), server.port(), user_and_host());
  std::fputs(how_to_open.c_str(), stdout);
  std::fflush(stdout);
  server.run([&] { return stop.requested(); });
}

}  // namespace mazescan::explore
