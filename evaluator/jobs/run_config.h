#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "core/config_section.h"
#include "datasets/sections.h"

namespace mazescan::jobs {

// The configuration of a run for its jobs: the run directory, the seed, and one section for each job, which
// is selected by its type.
class RunConfig {
 public:
  struct Section {
    const char* name;
    const char* help;
    AnySection values;
  };
  RunConfig() = default;
  explicit RunConfig(std::vector<Section> sections) : sections_(std::move(sections)) {}

  std::string run = "runs/unnamed";
  int64_t seed = 1;

  // The file and overrides that the configuration was read from. Used to read the trainer's sections if the
  // policy is not trained yet.
  struct Source {
    std::string path;
    std::vector<std::string> overrides;
  };
  Source source;

  // Returns the section of type S. Throws InternalError if there is none.
  template <class S>
  S& section() {
    for (Section& section : sections_)
      if (S* found = section.values.get<S>()) return *found;
    throw InternalError("the configuration has no section of this type");
  }
  template <class S>
  const S& section() const {
    return const_cast<RunConfig*>(this)->section<S>();
  }

  template <class Visitor>
  void fields(Visitor& visit) {
    visit("run", run, "run directory, which holds the policy; scan/ and report/ are written there", neutral);
    visit("seed", seed, "seed of placements and sampled rollouts", between(0, 2147483647.0));
    for (Section& section : sections_) visit(section.name, section.values, section.help);
    visit.foreign(datasets::all_sections());
  }
  // Throws UserError if `run` is empty. Sections are validated when they are read.
  void validate() const;

 private:
  std::vector<Section> sections_;
};

}  // namespace mazescan::jobs
