#pragma once
#include "envs/frame/frame.h"

// The two kinds of renderer. For frame.cc.
namespace mazescan {

std::unique_ptr<FrameRenderer> make_world_renderer(const Theme& theme, const FrameOptions& options);
std::unique_ptr<FrameRenderer> make_mouse_renderer(const Theme& theme, const FrameOptions& options);

}  // namespace mazescan
