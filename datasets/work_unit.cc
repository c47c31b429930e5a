#include "datasets/work_unit.h"

#include <fmt/format.h>

namespace mazescan::datasets {

std::string WorkUnit::file_name() const {
  std::string plain = subject;
  for (char& c : plain)
    if (c == ':' || c == ',') c = '_';
  return fmt::format("size{:02}-{}-{:03}.h5", size, plain, chunk);
}

}  // namespace mazescan::datasets
