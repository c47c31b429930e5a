#pragma once
#include "envs/frame/frame.h"

// The two kinds of renderer, for frame.cc only.
namespace mazescan::frame {

std::unique_ptr<FrameRenderer> make_world_renderer(const Theme& theme, const FrameOptions& options);
std::unique_ptr<FrameRenderer> make_mouse_renderer(const Theme& theme, const FrameOptions& options);

}  // namespace mazescan::frame
