#include "datasets/array_task.h"

#include <fmt/format.h>

#include <cstdio>

#include "core/error.h"

namespace mazescan::datasets {

std::string ArrayTask::lock_name(const std::string& job) const {
  return is_whole() ? job + ".lock" : fmt::format("{}-{}of{}.lock", job, index, count);
}

std::string ArrayTask::in_words() const {
  return is_whole() ? "" : fmt::format(", part {} of {}", index, count);
}

std::optional<ArrayTask> task_of_lock(const std::string& job, const std::string& name) {
  ArrayTask part;
  if (name.rfind(job + "-", 0) == 0)
    std::sscanf(name.c_str() + job.size(), "-%9dof%9d", &part.index, &part.count);
  return part.index >= 1 && part.index <= part.count && part.lock_name(job) == name ? std::optional(part)
                                                                                    : std::nullopt;
}

ArrayTask parse_array_task(const std::string& text) {
  ArrayTask part;
  char rest = 0;
  const int read = std::sscanf(text.c_str(), "%9d/%9d%c", &part.index, &part.count, &rest);
  require(read == 2 && part.index >= 1 && part.index <= part.count, lazy("--part is '{}'", text),
          "it names one of several parts of a job, counted from 1", "3/8 for the third of eight");
  return part;
}

}  // namespace mazescan::datasets
