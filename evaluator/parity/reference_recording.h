#pragma once
#include <fmt/format.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/error.h"
#include "envs/environment.h"
#include "envs/frame/frame.h"
#include "evaluator/parity/check_report.h"
#include "storage/hdf5/hdf5.h"

namespace mazescan::parity {

// Theme and assets of the recorded pictures, as in FrameOptions. Without a theme, pictures are not compared.
struct Textures {
  std::optional<frame::ThemeName> theme;
  std::string assets;
};

// Reads one group of recordings: its attributes, and its datasets with their shapes checked.
class Recording {
 public:
  Recording(const hdf5::H5File& file, const char* file_name, std::string group);

  const std::string& name() const { return name_; }  // "levels.h5: /maze/easy"

  int64_t number(const char* key) const;
  int64_t number(const char* key, int64_t without) const;

  // Returns the values of a dataset with the dimensions `shape` (-1: any length).
  // Throws UserError if they differ.
  template <class T>
  std::vector<T> read(const char* dataset, const std::vector<int64_t>& shape) const {
    hdf5::H5Array<T> array = file_.read<T>(path(dataset));
    require_shape(dataset, array.shape, shape);
    return std::move(array.values);
  }
  int64_t length(const char* dataset, size_t dimension) const;

  // Returns whether this program implements the recorded environment. Appends to `report` the reason if
  // not, and unknown attributes.
  bool comparable(CheckReport& report) const;

  int world() const;
  envs::EnvironmentConfig config() const;
  // Returns nullptr if pictures are not compared.
  std::shared_ptr<const frame::FrameRenderer> renderer(const Textures& textures) const;

 private:
  std::string game() const;
  std::string path(const char* dataset) const { return fmt::format("{}/{}", group_, dataset); }
  void require_shape(const char* dataset, const std::vector<int64_t>& is,
                     const std::vector<int64_t>& wanted) const;

  const hdf5::H5File& file_;
  const std::string group_, name_;
};

// Returns the groups at any depth that hold the dataset `sign` and can be compared. Appends remarks
// on the others to `report`.
std::vector<Recording> recordings(const hdf5::H5File& file, const char* file_name, const char* sign,
                                  CheckReport& report);

}  // namespace mazescan::parity
