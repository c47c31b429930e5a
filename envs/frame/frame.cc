#include "envs/frame/frame.h"

#include <fmt/format.h>

#include <map>
#include <mutex>
#include <tuple>

#include "core/error.h"
#include "envs/frame/frame_renderers.h"

namespace mazescan {

std::unique_ptr<FrameRenderer> make_frame_renderer(const Look& look, const FrameOptions& options) {
  expect(options.world >= kSmallestSize && options.world <= kLargestWorld && options.world % 2 == 1,
         "the side of a world");
  return options.view == View::world ? make_world_renderer(look, options)
                                     : make_mouse_renderer(look, options);
}

std::shared_ptr<const FrameRenderer> frame_renderer(const FrameOptions& options) {
  using Key = std::tuple<int, View, bool, bool, std::string, std::string>;
  static std::mutex mutex;
  static std::map<Key, std::weak_ptr<const FrameRenderer>> known;
  require(options.look == "procgen" || options.look == "mazescan", fmt::format("look '{}'", options.look),
          "there is no such look", "mazescan or procgen");
  require(options.world >= kSmallestSize && options.world <= kLargestWorld && options.world % 2 == 1,
          fmt::format("frames of a world of {}", options.world), "worlds have an odd side",
          fmt::format("an odd number from {} to {}", kSmallestSize, kLargestWorld));
  const std::lock_guard lock(mutex);
  auto& entry = known[{options.world, options.view, options.backgrounds, options.monochrome, options.look,
                       options.assets}];
  auto renderer = entry.lock();
  if (renderer == nullptr) {
    Look look = options.look == "procgen" ? procgen_look(options.assets) : mazescan_look();
    if (options.monochrome) look = monochrome(std::move(look));
    renderer = make_frame_renderer(look, options);
    entry = renderer;
  }
  return renderer;
}

}  // namespace mazescan
