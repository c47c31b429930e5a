#include "envs/frame/frame.h"

#include <fmt/format.h>

#include <map>
#include <mutex>
#include <tuple>

#include "core/error.h"
#include "envs/frame/frame_renderers.h"

namespace mazescan::frame {

std::unique_ptr<FrameRenderer> make_frame_renderer(const Theme& theme, const FrameOptions& options) {
  expect(options.world_dim >= envs::kMinSize && options.world_dim <= envs::kMaxWorldDim &&
             options.world_dim % 2 == 1,
         "the side of a grid");
  return options.view == View::world ? make_world_renderer(theme, options)
                                     : make_mouse_renderer(theme, options);
}

std::shared_ptr<const FrameRenderer> frame_renderer(const FrameOptions& options) {
  using Key = std::tuple<int, View, bool, bool, ThemeName, std::string>;
  static std::mutex mutex;
  static std::map<Key, std::weak_ptr<const FrameRenderer>> known;
  require(options.world_dim >= envs::kMinSize && options.world_dim <= envs::kMaxWorldDim &&
              options.world_dim % 2 == 1,
          lazy("frames with world_dim {}", options.world_dim), "the grid has an odd side",
          lazy("an odd number from {} to {}", envs::kMinSize, envs::kMaxWorldDim));
  const std::lock_guard lock(mutex);
  auto& entry = known[{options.world_dim, options.view, options.backgrounds, options.monochrome,
                       options.theme, options.assets}];
  auto renderer = entry.lock();
  if (renderer == nullptr) {
    Theme theme = options.theme == ThemeName::procgen ? procgen_theme(options.assets) : mazescan_theme();
    if (options.monochrome) theme = monochrome(std::move(theme));
    renderer = make_frame_renderer(theme, options);
    entry = renderer;
  }
  return renderer;
}

}  // namespace mazescan::frame
