// What the headers of pictures need of cairo's, where it was not found: without_cairo/pictures.cc draws nothing.
#pragma once

using cairo_t = struct MissingCairo;
using cairo_surface_t = struct MissingCairoSurface;
