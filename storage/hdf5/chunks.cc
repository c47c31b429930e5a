// Reads chunked datasets chunk by chunk and undoes their filters here, because libhdf5 1.10 reads past the
// end of a chunk that is too short.
#include <fmt/format.h>
#include <zlib.h>

#include <algorithm>
#include <cstring>
#include <functional>
#include <numeric>

#include "storage/hdf5/detail.h"
#include "storage/hdf5/fletcher32.h"
#include "storage/hdf5/seg_filter.h"

namespace mazescan::hdf5::detail {
namespace {

constexpr size_t kChecksum = sizeof(uint32_t);
constexpr size_t kMaxOverhead = kChecksum + seg::kHeaderBytes;  // what other filters may add before deflate
constexpr hsize_t kMaxPlainChunks = 4096;

class ChunkReader {
 public:
  ChunkReader(hid_t dataset, const Place& place)
      : dataset_(dataset), place_(place), element_(h5_type_size(type_of(dataset, place))) {
    const Handle properties(H5Dget_create_plist(dataset), H5Pclose);
    const int rank = properties.ok() ? H5Pget_chunk(properties, H5S_MAX_RANK, chunk_) : -1;
    if (rank < 0) place.unreadable();
    bytes_ = std::accumulate(chunk_, chunk_ + rank, element_, std::multiplies<>());
    const int filters = H5Pget_nfilters(properties);
    if (filters < 0) place.unreadable();
    for (int i = 0; i < filters; ++i) {
      unsigned flags, configuration, parameters[kSegParameters] = {};
      size_t count = kSegParameters;
      filters_.push_back(H5Pget_filter2(properties, static_cast<unsigned>(i), &flags, &count, parameters, 0,
                                        nullptr, &configuration));
      if (filters_.back() < 0) place.unreadable();
      if (filters_.back() == H5Z_FILTER_SHUFFLE && parameters[0] != element_)
        place.refuse("its bytes are shuffled by another size than that of its elements", "an undamaged file");
      if (filters_.back() == kSegFilter) read_seg_format(count, parameters);
    }
    const Handle space(H5Dget_space(dataset), H5Sclose);
    hsize_t chunks = 0;
    if (filters_.empty() && (H5Dget_num_chunks(dataset, space, &chunks) < 0 || chunks > kMaxPlainChunks))
      place.refuse("it has too many chunks without a filter",
                   "fewer chunks, or a filter: h5repack -f FLET old.h5 new.h5");
  }

  const hsize_t* lengths() const { return chunk_; }

  // Returns the values of the chunk that begins at `begin`, with the padding at the end of the dataset.
  const char* read(const std::vector<hsize_t>& begin) {
    const hsize_t stored = stored_bytes(begin);
    uint32_t skipped = 0;  // bit i: filter i was not applied
    if (stored == 0) damaged("is missing");
    if (stored > 2 * bytes_ + 1024) damaged("is too long");
    held_.resize(stored);
    if (H5Dread_chunk(dataset_, H5P_DEFAULT, begin.data(), &skipped, held_.data()) < 0) place_.unreadable();
    for (size_t i = filters_.size(); i-- > 0;)
      if ((skipped >> i & 1) == 0) undo(filters_[i]);
    if (held_.size() != bytes_) damaged("has a wrong length");
    return held_.data();
  }

 private:
  void read_seg_format(size_t count, const unsigned* parameters) {
    const auto format = seg_format(count, parameters);
    if (!format || format->element_bytes != element_)
      place_.refuse(
          fmt::format("it has other parameters of filter {} (SEG) than this build reads", kSegFilter),
          fmt::format("version {}, and the size of its elements", seg::kVersion));
    seg_ = *format;
  }

  [[noreturn]] void damaged(const char* fault) const {
    place_.refuse(fmt::format("a chunk {}", fault), "an undamaged file");
  }

  // Returns the stored size of a chunk. For chunks without filters H5Dget_chunk_storage_size returns the size
  // that they should have; the other function searches all chunks.
  hsize_t stored_bytes(const std::vector<hsize_t>& begin) const {
    hsize_t bytes = 0;
    haddr_t at = 0;
    uint32_t skipped = 0;
    if ((filters_.empty() ? H5Dget_chunk_info_by_coord(dataset_, begin.data(), &skipped, &at, &bytes)
                          : H5Dget_chunk_storage_size(dataset_, begin.data(), &bytes)) < 0)
      place_.unreadable();
    return bytes;
  }

  void undo(H5Z_filter_t filter) {
    if (filter == H5Z_FILTER_FLETCHER32) {
      if (held_.size() < kChecksum) damaged("is shorter than its checksum");
      uint32_t checksum;
      const size_t size = held_.size() - kChecksum;
      std::memcpy(&checksum, held_.data() + size, kChecksum);
      if (checksum != fletcher32(held_.data(), size)) damaged("has a wrong checksum");
      held_.resize(size);
    } else if (filter == H5Z_FILTER_DEFLATE) {
      other_.resize(bytes_ + kMaxOverhead);
      uLongf size = other_.size();
      if (uncompress(reinterpret_cast<Bytef*>(other_.data()), &size,
                     reinterpret_cast<const Bytef*>(held_.data()), held_.size()) != Z_OK)
        damaged("cannot be decompressed");
      other_.resize(size);
      held_.swap(other_);
    } else if (filter == kSegFilter) {
      other_.resize(bytes_);
      if (const char* fault = seg::decode(held_.data(), held_.size(), seg_, other_.data(), bytes_ / element_))
        damaged(fault);
      held_.swap(other_);
    } else {  // shuffle: first the first bytes of all elements, then all second bytes, ...
      other_ = held_;
      const size_t count = held_.size() / element_;
      for (size_t byte = 0; byte < element_; ++byte)
        for (size_t i = 0; i < count; ++i) other_[i * element_ + byte] = held_[byte * count + i];
      held_.swap(other_);
    }
  }

  const hid_t dataset_;
  const Place& place_;
  const size_t element_;
  size_t bytes_ = 0;  // of the values of a chunk
  hsize_t chunk_[H5S_MAX_RANK] = {};
  std::vector<H5Z_filter_t> filters_;
  seg::Format seg_;
  std::vector<char> held_, other_;
};

}  // namespace

void read_chunks(hid_t dataset, const Place& place, int64_t first, int64_t rows, void* values) {
  ChunkReader reader(dataset, place);
  std::vector<hsize_t> begin, end;  // of the cells to read
  for (const int64_t length : shape_of(dataset, place)) {
    begin.push_back(0);
    end.push_back(static_cast<hsize_t>(length));
  }
  begin[0] = static_cast<hsize_t>(first);
  end[0] = static_cast<hsize_t>(first + rows);
  const size_t last = begin.size() - 1, element = h5_type_size(type_of(dataset, place));
  const hsize_t* chunk = reader.lengths();

  // Advances the position `at` within `from` and `to` by one step; returns false after the end.
  const auto advance = [](std::vector<hsize_t>& at, const auto& from, const auto& to, const auto& step,
                          size_t dimensions) {
    for (size_t i = dimensions; i-- > 0; at[i] = from[i])
      if ((at[i] += step(i)) < to[i]) return true;
    return false;
  };
  const auto whole = [chunk](size_t i) { return chunk[i]; };
  const auto one = [](size_t) { return hsize_t{1}; };

  std::vector<hsize_t> corner = begin;
  for (size_t i = 0; i <= last; ++i) corner[i] -= corner[i] % chunk[i];
  const std::vector<hsize_t> first_corner = corner;
  do {
    const char* held = reader.read(corner);
    std::vector<hsize_t> from(last + 1), to(last + 1);  // the part of this chunk to read
    for (size_t i = 0; i <= last; ++i) {
      from[i] = std::max(begin[i], corner[i]);
      to[i] = std::min(end[i], corner[i] + chunk[i]);
    }
    std::vector<hsize_t> at = from;
    do {  // for each line along the last dimension
      hsize_t in_chunk = 0, in_values = 0;
      for (size_t i = 0; i <= last; ++i) {
        in_chunk = in_chunk * chunk[i] + at[i] - corner[i];
        in_values = in_values * (end[i] - begin[i]) + at[i] - begin[i];
      }
      std::memcpy(static_cast<char*>(values) + in_values * element, held + in_chunk * element,
                  (to[last] - from[last]) * element);
    } while (advance(at, from, to, one, last));
  } while (advance(corner, first_corner, end, whole, last + 1));
}

}  // namespace mazescan::hdf5::detail
