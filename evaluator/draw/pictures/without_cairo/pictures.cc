// Pictures in a build without cairo: there are none.
#include "core/error.h"
#include "evaluator/draw/pictures/maze_pictures.h"

namespace mazescan::pictures {

namespace {

[[noreturn]] void refuse() {
  throw UserError("this build of mazescan draws no pictures", "cairo was not found when it was built",
                  "install cairo (Debian and Ubuntu libcairo2-dev, conda-forge cairo) and build again; "
                  "mazescan-evaluator maze prints one as text");
}

}  // namespace

Format format_of(const std::filesystem::path& /*path*/) {
  refuse();
}
void PageOptions::validate() const {
  refuse();
}

std::string draw_maze(const envs::MazeState& /*state*/, const PageOptions& /*page*/) {
  refuse();
}
std::string draw_frame(const envs::MazeState& /*state*/, const frame::FrameRenderer& /*renderer*/,
                       const PageOptions& /*page*/) {
  refuse();
}
std::string draw_path(const envs::MazeState& /*start*/, const std::vector<envs::Cell>& /*path*/,
                      envs::Cell /*target*/, const PageOptions& /*page*/) {
  refuse();
}
std::string draw_field(const envs::MazeState& /*state*/, const std::vector<MoveProbabilities>& /*field*/,
                       envs::Cell /*target*/, const PageOptions& /*page*/) {
  refuse();
}

}  // namespace mazescan::pictures
