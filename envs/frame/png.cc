#include "envs/frame/png.h"

#include <png.h>

#include <csetjmp>
#include <cstring>

#include "core/error.h"

namespace mazescan::frame {

namespace {

constexpr png_uint_32 kLargestSide = 4096;

// libpng reports errors by longjmp, which must not jump over a destructor. The functions up to decode_png are
// therefore C, and the caller owns all of their data.
struct Source {
  const png_byte* next;
  size_t left;
  char reason[128];  // the first error
};

struct Reader {
  png_structp png;
  png_infop info;
};

void fail(png_structp png, png_const_charp reason) {
  auto* const source = static_cast<Source*>(png_get_error_ptr(png));
  std::strncpy(source->reason, reason, sizeof source->reason - 1);
  png_longjmp(png, 1);
}

void ignore_warning(png_structp, png_const_charp) {}

void read_some(png_structp png, png_bytep out, size_t count) {
  auto* const source = static_cast<Source*>(png_get_io_ptr(png));
  if (count > source->left) png_error(png, "the file ends too early");
  std::memcpy(out, source->next, count);
  source->next += count;
  source->left -= count;
}

// Reads everything before the pixels. Returns false on an error.
bool read_header(const Reader& reader, Source* source) {
  if (setjmp(png_jmpbuf(reader.png)) != 0) return false;
  png_set_user_limits(reader.png, kLargestSide, kLargestSide);
  png_set_read_fn(reader.png, source, read_some);
  png_read_info(reader.png, reader.info);
  png_set_expand(reader.png);  // palettes, grey of few bits, tRNS
  png_set_strip_16(reader.png);
  png_set_gray_to_rgb(reader.png);
  png_set_add_alpha(reader.png, 0xff, PNG_FILLER_AFTER);
  png_set_interlace_handling(reader.png);
  png_read_update_info(reader.png, reader.info);
  return true;
}

bool read_pixels(const Reader& reader, png_bytepp rows) {
  if (setjmp(png_jmpbuf(reader.png)) != 0) return false;
  png_read_image(reader.png, rows);
  png_read_end(reader.png, nullptr);
  return true;
}

}  // namespace

Image decode_png(std::string_view bytes, const std::string& name) {
  Source source = {reinterpret_cast<const png_byte*>(bytes.data()), bytes.size(), {}};
  struct Owner : Reader {
    ~Owner() { png_destroy_read_struct(&png, &info, nullptr); }
  } reader{};
  reader.png = png_create_read_struct(PNG_LIBPNG_VER_STRING, &source, fail, ignore_warning);
  expect(reader.png != nullptr, "libpng of the version that we were built with");
  reader.info = png_create_info_struct(reader.png);
  expect(reader.info != nullptr, "memory for libpng");
  const auto check = [&](bool ok) {
    if (!ok)
      throw UserError(name + " is not a PNG file that can be read", source.reason,
                      "an undamaged 8-bit PNG file");
  };
  check(read_header(reader, &source));
  Image image;
  image.width = static_cast<int>(png_get_image_width(reader.png, reader.info));
  image.height = static_cast<int>(png_get_image_height(reader.png, reader.info));
  const size_t row_bytes = size_t{4} * static_cast<size_t>(image.width);
  expect(png_get_rowbytes(reader.png, reader.info) == row_bytes, "four bytes a pixel");
  image.rgba.resize(row_bytes * static_cast<size_t>(image.height));
  std::vector<png_bytep> rows;
  for (int y = 0; y < image.height; ++y) rows.push_back(&image.rgba[row_bytes * static_cast<size_t>(y)]);
  check(read_pixels(reader, rows.data()));
  return image;
}

}  // namespace mazescan::frame
