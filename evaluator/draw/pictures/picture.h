#pragma once
#include <cairo.h>

#include <filesystem>
#include <memory>
#include <string>

namespace mazescan::pictures {

enum class Format { kPng, kSvg, kPdf };

// Returns the format that a file's suffix names: .png, .svg or .pdf. Throws UserError on any other.
Format format_of(const std::filesystem::path& path);

// A white page that cairo draws on, one user unit a pixel. An SVG file has as many CSS pixels; a page of a
// PDF file has 3/4 point for each, which is the same length. No file holds a date, so equal drawings of equal
// programs give equal files.
class Picture {
 public:
  // Throws UserError if there is no memory for so many pixels.
  Picture(Format format, int width, int height);

  cairo_t* cairo() { return cairo_.get(); }

  // Returns the file's bytes. Nothing may be drawn afterwards.
  std::string finish();

 private:
  struct Destroy {
    void operator()(cairo_t* cairo) const;
    void operator()(cairo_surface_t* surface) const;
  };
  void require_sound() const;

  const Format format_;
  const int width_, height_;
  std::unique_ptr<std::string> bytes_;  // at a place that the surface keeps
  std::unique_ptr<cairo_surface_t, Destroy> surface_;
  std::unique_ptr<cairo_t, Destroy> cairo_;
};

}  // namespace mazescan::pictures
