#pragma once
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace mazescan::formats {

// Zip files as torch.save writes them: records stored as they are, none compressed, less than 4 GiB in all.

// The records by their names, views into `bytes`. Reads bytes from anywhere: every offset and size is
// checked, records do not overlap, and each has its CRC-32. `name` is used in messages. Throws UserError.
std::map<std::string, std::string_view> read_zip(std::string_view bytes, const std::string& name);

// A zip of these records in this order, the content of each beginning at a multiple of 64 bytes, as
// torch.save has it, so that a reader may map it into memory. Equal records give equal bytes. Throws
// UserError beyond 4 GiB.
std::string write_zip(const std::vector<std::pair<std::string, std::string_view>>& records);

}  // namespace mazescan::formats
