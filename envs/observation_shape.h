#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace mazescan::envs {

// The meaning of an observation's channels.
enum class Interface {
  planes,  // one plane of 0 and 1 for each kind of thing
  rgb      // a picture
};
inline std::vector<std::string> config_names(Interface) {
  return {"planes", "rgb"};
}

// Observations are uint8, row 0 at the top: [channels, height, width], or [height, width, channels] with
// channels_last. The environment that makes the observations fills this in; all other code reads it.
struct ObservationShape {
  Interface interface = Interface::planes;
  int channels = 0, height = 0, width = 0;
  bool channels_last = false;
  double input_scale = 1;     // networks multiply the bytes by it
  bool shows_facing = false;  // the observation depends on the way the mouse faces

  size_t bytes() const { return static_cast<size_t>(channels) * height * width; }
  // Returns the bytes from one channel, row and column to the next.
  std::array<int64_t, 3> strides() const {
    if (channels_last) return {1, int64_t{width} * channels, channels};
    return {int64_t{height} * width, width, 1};
  }
};

}  // namespace mazescan::envs
