#pragma once
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace mazescan::formats {

// Zip files as torch.save writes them: the records are not compressed, and the file is smaller than 4 GiB.

// Returns the records by name, as views into `bytes`. The bytes are untrusted: every offset, size and CRC-32
// is checked, and records must not overlap. `name` is used in messages. Throws UserError.
std::map<std::string, std::string_view> read_zip(std::string_view bytes, const std::string& name);

// Returns a zip of these records in this order. As in torch.save, the content of each record begins at a
// multiple of 64 bytes, so that a reader can map it into memory. Equal records give equal bytes.
// Throws UserError if the zip would have 4 GiB or more.
std::string write_zip(const std::vector<std::pair<std::string, std::string_view>>& records);

}  // namespace mazescan::formats
