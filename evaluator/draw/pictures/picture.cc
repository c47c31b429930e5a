#include "evaluator/draw/pictures/picture.h"

#include <cairo-pdf.h>
#include <cairo-svg.h>
#include <fmt/format.h>

#include <new>
#include <utility>

#include "core/error.h"

namespace mazescan::pictures {

namespace {

constexpr double kPointsPerPixel = 0.75;  // an inch has 72 points and 96 CSS pixels

// Appends to the string `bytes`. C code calls it, so no exception may leave it.
cairo_status_t append(void* bytes, const unsigned char* data, unsigned length) noexcept {
  try {
    static_cast<std::string*>(bytes)->append(reinterpret_cast<const char*>(data), length);
    return CAIRO_STATUS_SUCCESS;
  } catch (const std::bad_alloc&) {
    return CAIRO_STATUS_NO_MEMORY;
  }
}

cairo_surface_t* make_surface(Format format, int width, int height, std::string* bytes) {
  if (format == Format::kPng) return cairo_image_surface_create(CAIRO_FORMAT_RGB24, width, height);
  if (format == Format::kSvg) {
    cairo_surface_t* svg = cairo_svg_surface_create_for_stream(append, bytes, width, height);
    cairo_svg_surface_set_document_unit(svg, CAIRO_SVG_UNIT_PX);
    return svg;
  }
  cairo_surface_t* pdf =
      cairo_pdf_surface_create_for_stream(append, bytes, kPointsPerPixel * width, kPointsPerPixel * height);
  cairo_pdf_surface_set_metadata(pdf, CAIRO_PDF_METADATA_CREATE_DATE, nullptr);
  return pdf;
}

void require_success(cairo_status_t status, int width, int height) {
  if (status == CAIRO_STATUS_SUCCESS) return;
  require(status != CAIRO_STATUS_NO_MEMORY, lazy("a picture of {} x {} pixels", width, height),
          "there is not enough memory for it", "fewer pixels");
  throw InternalError(fmt::format("cairo: {}", cairo_status_to_string(status)));
}

}  // namespace

Format format_of(const std::filesystem::path& path) {
  const std::string suffix = path.extension().string();
  if (suffix == ".png") return Format::kPng;
  if (suffix == ".svg") return Format::kSvg;
  if (suffix == ".pdf") return Format::kPdf;
  throw UserError(fmt::format("{}: not the name of a picture", path.string()),
                  "the suffix of the name chooses the format", "a name that ends in .png, .svg or .pdf");
}

void Picture::Destroy::operator()(cairo_t* cairo) const {
  cairo_destroy(cairo);
}
void Picture::Destroy::operator()(cairo_surface_t* surface) const {
  cairo_surface_destroy(surface);
}

Picture::Picture(Format format, int width, int height)
    : format_(format),
      width_(width),
      height_(height),
      bytes_(std::make_unique<std::string>()),
      surface_(make_surface(format, width, height, bytes_.get())),
      cairo_(cairo_create(surface_.get())) {
  require_sound();
  if (format_ == Format::kPdf) cairo_scale(cairo(), kPointsPerPixel, kPointsPerPixel);
  cairo_set_source_rgb(cairo(), 1, 1, 1);
  cairo_paint(cairo());
}

void Picture::require_sound() const {
  require_success(cairo_surface_status(surface_.get()), width_, height_);
  require_success(cairo_status(cairo_.get()), width_, height_);
}

std::string Picture::finish() {
  require_sound();
  if (format_ == Format::kPng)
    require_success(cairo_surface_write_to_png_stream(surface_.get(), append, bytes_.get()), width_, height_);
  cairo_surface_finish(surface_.get());
  require_success(cairo_surface_status(surface_.get()), width_, height_);
  return std::move(*bytes_);
}

}  // namespace mazescan::pictures
