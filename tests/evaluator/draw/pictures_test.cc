#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "envs/maze/variations.h"
#include "envs/paths.h"
#include "evaluator/draw/pictures/maze_pictures.h"
#include "tests/envs/drawn_maze.h"
#include "tests/envs/message_of.h"
#include "tests/evaluator/draw/decoded_png.h"

namespace mazescan::pictures {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

constexpr Colour kWall = rgb(0x454C57), kFree = rgb(0xFBFBF8);

template <class Draw>
DecodedPng drawn(int width, int height, const Draw& draw) {
  Picture picture(Format::kPng, width, height);
  draw(picture.cairo());
  return DecodedPng(picture.finish());
}

PageOptions page(int width, Format format = Format::kPng) {
  return {"a title", "and more", format, width};
}

// Returns how often an SVG file contains a fill of this colour. Versions of cairo differ in spaces.
int count_fills(std::string svg, Colour colour) {
  svg.erase(std::remove(svg.begin(), svg.end(), ' '), svg.end());
  const auto percent = [](uint8_t part) {
    const std::string digits = std::to_string(part * 100 / 255.0);
    return part % 255 == 0 ? digits.substr(0, digits.find('.')) : digits;
  };
  const std::string wanted =
      "rgb(" + percent(colour.r) + "%," + percent(colour.g) + "%," + percent(colour.b) + "%)";
  int count = 0;
  for (size_t at = svg.find(wanted); at != std::string::npos; at = svg.find(wanted, at + 1)) ++count;
  return count;
}

TEST(Pictures, TheSuffixChoosesTheFormat) {
  EXPECT_EQ(format_of("a/b.png"), Format::kPng);
  EXPECT_EQ(format_of("b.c.svg"), Format::kSvg);
  EXPECT_EQ(format_of("b.pdf"), Format::kPdf);
  for (const char* name : {"b", "b.jpg", "b.PNG", "png", ".png", "b.png/"})
    EXPECT_THAT(message_of([&] { format_of(name); }), HasSubstr(".png, .svg or .pdf")) << name;
}

TEST(Pictures, EveryFormatHasItsFile) {
  const maze::EditableMaze maze = drawn_maze();
  EXPECT_THAT(draw_maze(maze.state(), page(640, Format::kPng)), StartsWith("\x89PNG"));
  const std::string svg = draw_maze(maze.state(), page(640, Format::kSvg));
  EXPECT_THAT(svg, StartsWith("<?xml"));
  EXPECT_THAT(svg, HasSubstr("width=\"640"));
  const std::string pdf = draw_maze(maze.state(), page(640, Format::kPdf));
  EXPECT_THAT(pdf, StartsWith("%PDF-1."));
  EXPECT_THAT(pdf, testing::Not(HasSubstr("CreationDate")));
  EXPECT_EQ(draw_maze(maze.state(), page(640, Format::kPdf)), pdf);
}

TEST(Shapes, BoxesCoverTheirPixelsWithoutSeams) {
  const DecodedPng png = drawn(8, 8, [](cairo_t* cairo) { fill_boxes(cairo, {{{2, 2}, 3, 2}}, rgb(0)); });
  for (int y = 0; y < 8; ++y)
    for (int x = 0; x < 8; ++x)
      EXPECT_EQ(png.at({x + 0.5, y + 0.5}), x >= 2 && x < 5 && y >= 2 && y < 4 ? rgb(0) : pictures::kPaper)
          << x << "," << y;
  // Two boxes that share a pixel cover it together.
  const DecodedPng both = drawn(4, 1, [](cairo_t* cairo) {
    fill_boxes(cairo, {{{0, 0}, 1.5, 1}, {{1.5, 0}, 1.5, 1}}, rgb(0));
  });
  EXPECT_EQ(both.at({1, 0}), rgb(0));
  EXPECT_EQ(both.at({3, 0}), pictures::kPaper);
}

TEST(Shapes, ShapesHaveTheirArea) {
  const auto area = [](const auto& paint) {
    const DecodedPng png = drawn(200, 200, [&](cairo_t* cairo) { paint(cairo); });
    double covered = 0;
    for (const Colour pixel : png.pixels) covered += (255 - pixel.r) / 255.0;
    return covered;
  };
  const Colour black = rgb(0);
  EXPECT_NEAR(area([&](cairo_t* c) { fill_disc(c, {100, 100}, 50, black); }), M_PI * 2500, 15);
  EXPECT_NEAR(area([&](cairo_t* c) { stroke_circle(c, {100, 100}, 50, 10, black); }), M_PI * 1000, 15);
  EXPECT_NEAR(area([&](cairo_t* c) {
                fill_rounded_box(c, {{20, 20}, 100, 50}, 10, black);
              }),
              5000 - (4 - M_PI) * 100, 5);
  EXPECT_NEAR(area([&](cairo_t* c) {
                stroke_segments(c, {{{50, 50}, {150, 50}}}, 10, black);
              }),
              1000 + M_PI * 25, 5);
  EXPECT_NEAR(area([&](cairo_t* c) {
                stroke_segments(c, {{{50, 50}, {150, 50}}, {{150, 50}, {50, 50}}}, 10, black);
              }),
              1000 + M_PI * 25, 5)
      << "once where segments overlap";
  // The shaft is 4 x 88, the head 12 x 13.2.
  EXPECT_NEAR(area([&](cairo_t* c) {
                fill_arrow(c, {50, 50}, {150, 50}, 4, black);
              }),
              4 * 88 + 12 * 13.2 / 2, 3);
  EXPECT_EQ(area([&](cairo_t* c) { fill_arrow(c, {50, 50}, {50, 50}, 4, black); }), 0);
  EXPECT_EQ(area([&](cairo_t* c) { fill_disc(c, {-500, 900}, 50, black); }), 0) << "outside";
}

TEST(Shapes, PixelsAreEnlargedAndNotSmoothed) {
  const std::vector<uint8_t> pixels = {255, 0, 0, 0, 255, 0, 0, 0, 255, 1, 2, 3, 4, 5, 6, 7, 8, 9};  // 3 x 2
  const DecodedPng png = drawn(20, 20, [&](cairo_t* cairo) {
    paint_pixels(cairo, {2, 3}, pixels.data(), 3, 2, 5);
  });
  for (int y = 0; y < 10; ++y)
    for (int x = 0; x < 15; ++x) {
      const uint8_t* from = &pixels[static_cast<size_t>(y / 5 * 3 + x / 5) * 3];
      ASSERT_EQ(png.at({x + 2.0, y + 3.0}), (Colour{from[0], from[1], from[2]}));
    }
  EXPECT_EQ(png.at({1, 3}), pictures::kPaper);
  EXPECT_EQ(png.at({17, 3}), pictures::kPaper);
}

TEST(Shapes, TextIsAsWideAsItSays) {
  const Text text{"level 17", 20, rgb(0)};
  const double width = text_width(text);
  EXPECT_NEAR(text_width({"level 17", 40, rgb(0)}), 2 * width, 0.05);
  EXPECT_GT(text_width({"level 17 and more", 20, rgb(0)}), 1.5 * width);
  for (const auto& [align, left] :
       {std::pair{Align::kLeft, 100.0}, {Align::kCentre, 100 - width / 2}, {Align::kRight, 100 - width}}) {
    const DecodedPng png = drawn(300, 60, [&, align = align](cairo_t* cairo) {
      draw_text(cairo, {100, 40}, text, align);
    });
    double first = 300, last = 0;
    for (int y = 0; y < 60; ++y)
      for (int x = 0; x < 300; ++x)
        if (!(png.at({x + 0.5, y + 0.5}) == pictures::kPaper)) {
          first = std::min<double>(first, x);
          last = std::max<double>(last, x);
        }
    EXPECT_NEAR(first, left, 4);
    EXPECT_NEAR(last, left + width, 4);
  }
}

TEST(Shapes, AnyBytesCanBeShown) {
  EXPECT_EQ(text_width({"caf\xE9", 20, kInk}), text_width({"caf?", 20, kInk})) << "Latin-1";
  EXPECT_EQ(text_width({"a\nb", 20, kInk}), text_width({"a?b", 20, kInk}));
  EXPECT_NE(text_width({"caf\xC3\xA9", 20, kInk}), text_width({"caf??", 20, kInk})) << "UTF-8";
  const DecodedPng png = drawn(60, 60, [](cairo_t* cairo) {
    draw_text(cairo, {10, 40}, {"\xFF", 30, rgb(0)});
  });
  EXPECT_LT(png.count(pictures::kPaper), 3600);
}

// Checks the colour at the centre of each cell without a symbol.
TEST(Draw, AMazeShowsEveryCell) {
  maze::LevelOptions options;
  options.world_dim = envs::kMaxWorldDim;
  for (const int size : {3, 5, 25, 51, 101})
    for (const int width : {pictures::kMinWidth, 1000}) {
      const envs::MazeLevel level = maze::generate_level(options, 1, size);
      const envs::MazeState state = initial_state(level);
      const DecodedPng png(draw_maze(state, page(width)));
      ASSERT_EQ(png.width, width);
      const MazeLayout layout(level, page(width));
      const double symbol = std::max(0.86 * layout.cell, 1.7 * width / 64);
      for (size_t i = 0; i < level.open.size(); ++i) {
        const Point middle = layout.centre(level.cell(i));
        const auto far_from = [&](envs::Cell cell) {
          const Point other = layout.centre(cell);
          return std::max(std::abs(middle.x - other.x), std::abs(middle.y - other.y)) > 0.7 * symbol;
        };
        if (!far_from(state.mouse) || !far_from(state.cheese)) continue;
        ASSERT_EQ(png.at(middle), level.open[i] != 0 ? kFree : kWall) << size << ", cell " << i;
      }
      EXPECT_EQ(png.at({layout.left - layout.border() / 2, layout.top + 5}), kWall) << "the wall around it";
    }
}

TEST(Draw, MouseCheeseAndTextAreThere) {
  maze::EditableMaze maze = drawn_maze();
  const DecodedPng png(draw_maze(maze.state(), page(800)));
  const MazeLayout layout(maze.level(), page(800));
  EXPECT_GT(png.count(palette::kOrange), 1000);
  EXPECT_EQ(png.at(layout.centre(envs::kStart)), rgb(0xA3A7AF)) << "fur";
  const Point cheese = layout.centre({2, 2});
  EXPECT_EQ(png.at({cheese.x, cheese.y + 0.1 * layout.cell}), palette::kOrange);
  const DecodedPng without(draw_maze(maze.state(), {"", "", Format::kPng, 800}));
  EXPECT_LT(without.height, png.height) << "no room for titles";
  maze.set_cheese(envs::kNoCell);
  EXPECT_EQ(DecodedPng(draw_maze(maze.state(), page(800))).count(palette::kOrange), 0);
}

TEST(Draw, LongTitlesStayOnThePage) {
  const maze::EditableMaze maze = drawn_maze();
  PageOptions long_titles = page(512);
  long_titles.title = std::string(300, 'W');
  const DecodedPng png(draw_maze(maze.state(), long_titles));
  for (int y = 0; y < 50; ++y) EXPECT_EQ(png.at({511, static_cast<double>(y)}), pictures::kPaper) << y;
}

TEST(Draw, APathIsDarkerWhereItWasWalkedMoreOften) {
  const maze::EditableMaze maze = drawn_maze();
  const MazeLayout layout(maze.level(), page(800));
  const auto between = [&](const DecodedPng& png, envs::Cell a, envs::Cell b) {
    const Point p = layout.centre(a), q = layout.centre(b);
    return png.at({(p.x + q.x) / 2, (p.y + q.y) / 2});
  };
  const std::vector<envs::Cell> once = {{0, 0}, {1, 0}, {2, 0}, {2, 1}, {2, 2}};
  const DecodedPng straight(draw_path(maze.state(), once, envs::kNoCell, page(800)));
  for (size_t i = 1; i + 1 < once.size(); ++i)
    EXPECT_EQ(between(straight, once[i], once[i + 1]), palette::kSkyBlue);
  EXPECT_EQ(straight.count(palette::kVermillion), 0) << "it ends on the cheese";
  EXPECT_EQ(straight.count(palette::kPurple), 0);

  const std::vector<envs::Cell> back = {{0, 0}, {1, 0}, {2, 0}, {1, 0}, {1, 0}, {2, 0},
                                        {1, 0}, {2, 0}, {2, 1}, {2, 0}, {2, 1}};
  const DecodedPng often(draw_path(maze.state(), back, {0, 2}, page(800)));
  EXPECT_EQ(between(often, {1, 0}, {2, 0}), kInk) << "five times";
  EXPECT_EQ(between(often, {2, 0}, {2, 1}), palette::kBlue) << "three times";
  EXPECT_EQ(often.at(layout.centre({2, 1})), palette::kVermillion) << "the end";
  const Point target = layout.centre({0, 2});
  EXPECT_EQ(often.at({target.x + 0.36 * 0.86 * layout.cell, target.y}), palette::kPurple) << "its ring";
}

TEST(Draw, ArrowsAreAsLongAsMovesAreProbable) {
  const maze::EditableMaze maze = drawn_maze();
  const MazeLayout layout(maze.level(), page(800));
  const Point from = layout.centre({1, 0});
  const auto at = [&](const DecodedPng& png, double cells) {
    return png.at({from.x + cells * layout.cell, from.y});
  };
  const auto field_of = [&](envs::Move move, float probability, envs::Cell target = envs::kNoCell) {
    std::vector<pictures::MoveProbabilities> field(9, pictures::MoveProbabilities{});
    field[maze.level().index({1, 0})][static_cast<size_t>(move)] = probability;
    field[maze.level().index({2, 2})][static_cast<size_t>(move)] = 1;  // on the cheese: not drawn
    field[maze.level().index({0, 1})][static_cast<size_t>(move)] = 1;  // in a wall: not drawn
    return DecodedPng(draw_field(maze.state(), field, target, page(800)));
  };
  const DecodedPng half = field_of(envs::Move::right, 0.5F), whole = field_of(envs::Move::right, 1);
  EXPECT_EQ(at(half, 0.45), palette::kBlue) << "towards the cheese";
  EXPECT_EQ(at(half, 0.55), kFree);
  EXPECT_EQ(at(whole, 0.93), palette::kBlue);
  EXPECT_EQ(at(field_of(envs::Move::left, 1), -0.5), palette::kVermillion) << "away from it";
  EXPECT_EQ(at(field_of(envs::Move::left, 1, {0, 0}), -0.5), palette::kBlue) << "towards the target";
  EXPECT_EQ(at(field_of(envs::Move::right, 1, {0, 0}), 0.5), palette::kVermillion)
      << "towards the cheese, not the target";
  const DecodedPng still = field_of(envs::Move::noop, 1);
  for (const double cells : {-0.3, 0.3}) EXPECT_EQ(at(still, cells), kFree);
  EXPECT_EQ(still.at(from), kInk) << "a dot";
}

TEST(Draw, AnSvgFileHoldsItsArrows) {
  const maze::EditableMaze maze = drawn_maze();
  std::vector<pictures::MoveProbabilities> field(9, pictures::MoveProbabilities{});
  const auto fills = [&](Colour colour) {
    return count_fills(draw_field(maze.state(), field, envs::kNoCell, page(800, Format::kSvg)), colour);
  };
  const int blue = fills(palette::kBlue), vermillion = fills(palette::kVermillion);
  EXPECT_EQ(blue, 1) << "in the legend";
  EXPECT_EQ(vermillion, 1);
  for (const int16_t x : {0, 1, 2}) {
    pictures::MoveProbabilities& moves = field[maze.level().index({x, 0})];
    moves[static_cast<size_t>(envs::Move::left)] = 0.25;
    moves[static_cast<size_t>(x == 2 ? envs::Move::up : envs::Move::right)] = 0.75;
  }
  EXPECT_EQ(fills(palette::kBlue), 1 + 3);
  EXPECT_EQ(fills(palette::kVermillion), 1 + 3);
}

TEST(Draw, AFrameIsTheObservationEnlarged) {
  const maze::EditableMaze maze = drawn_maze();
  frame::FrameOptions options;
  options.world_dim = 3;
  const auto renderer = frame::frame_renderer(options);
  std::vector<uint8_t> frame(frame::kFrameBytes);
  renderer->render(maze.state(), frame.data());
  const DecodedPng png(draw_frame(maze.state(), *renderer, page(512)));
  const double top = Margins(page(512)).top;
  for (int row = 0; row < frame::kFrameSide; ++row)
    for (int column = 0; column < frame::kFrameSide; ++column) {
      const uint8_t* seen =
          &frame[(static_cast<size_t>(row) * frame::kFrameSide + column) * frame::kFrameChannels];
      for (const double inside : {0.0, 6.0})
        ASSERT_EQ(png.at({32 + 7.0 * column + inside, top + 7.0 * row + inside}),
                  (Colour{seen[0], seen[1], seen[2]}));
    }
  EXPECT_THAT(draw_frame(maze.state(), *renderer, page(512, Format::kSvg)),
              HasSubstr("data:image/png;base64,"));
  EXPECT_THAT(draw_frame(maze.state(), *renderer, page(512, Format::kPdf)), HasSubstr("/Image"));
}

TEST(Draw, RefusesPicturesThatAreTooSmallOrTooLarge) {
  const maze::EditableMaze maze = drawn_maze();
  for (const int width : {-5, 0, 511, 8193})
    EXPECT_THAT(message_of([&] { draw_maze(maze.state(), page(width)); }), HasSubstr("512 to 8192"));
}

}  // namespace
}  // namespace mazescan::pictures
