#include "evaluator/draw/pictures/maze_pictures.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "evaluator/draw/pictures/font.h"
#include "tests/envs/drawn_maze.h"
#include "tests/envs/message_of.h"
#include "tests/evaluator/draw/decoded_png.h"

namespace mazescan {
namespace {

TEST(Canvas, CoversPixelsByTheirShare) {
  Canvas canvas(8, 8, rgb(0xFFFFFF));
  canvas.rectangle({2, 2}, 3, 2, rgb(0x000000));
  for (int y = 0; y < 8; ++y)
    for (int x = 0; x < 8; ++x)
      EXPECT_EQ(canvas.pixel(x, y).g, x >= 2 && x < 5 && y >= 2 && y < 4 ? 0 : 255) << x << "," << y;
  Canvas half(4, 4, rgb(0xFFFFFF));
  half.rectangle({0, 0}, 1.5, 4, rgb(0x000000));
  EXPECT_EQ(half.pixel(0, 1).r, 0);
  EXPECT_NEAR(half.pixel(1, 1).r, 128, 1);
  EXPECT_EQ(half.pixel(2, 1).r, 255);
}

TEST(Canvas, ShapesHaveTheirArea) {
  const auto area = [](const auto& paint) {
    Canvas canvas(200, 200, rgb(0xFFFFFF));
    paint(canvas);
    double covered = 0;
    for (int y = 0; y < 200; ++y)
      for (int x = 0; x < 200; ++x) covered += (255 - canvas.pixel(x, y).r) / 255.0;
    return covered;
  };
  const Colour black = rgb(0);
  EXPECT_NEAR(area([&](Canvas& c) { c.disc({100, 100}, 50, black); }), 7854, 10);
  EXPECT_NEAR(area([&](Canvas& c) { c.convex_polygon({{20, 20}, {120, 20}, {20, 100}}, black); }), 4000, 15);
  EXPECT_NEAR(area([&](Canvas& c) {
                c.convex_polygon({{20, 20}, {20, 100}, {120, 20}}, black);
              }),
              4000, 15)
      << "either way round";
  EXPECT_NEAR(area([&](Canvas& c) { c.polyline({{50, 50}, {150, 50}}, 10, black); }), 1000 + 78.5, 5);
  EXPECT_NEAR(area([&](Canvas& c) { c.polyline({{50, 50}, {150, 50}}, 10, black, 0.5); }), 539, 5);
  EXPECT_EQ(area([&](Canvas& c) { c.arrow({50, 50}, {50, 50}, 4, black); }), 0);
  EXPECT_NEAR(area([&](Canvas& c) { c.disc({-500, 900}, 50, black); }), 0, 0) << "outside";
}

TEST(Canvas, PngComesBack) {
  Canvas canvas(31, 17, rgb(0x123456));
  canvas.disc({10, 9}, 5, palette::kOrange);
  const DecodedPng png(canvas.png());
  ASSERT_EQ(png.width, 31);
  ASSERT_EQ(png.height, 17);
  for (int y = 0; y < 17; ++y)
    for (int x = 0; x < 31; ++x) {
      EXPECT_EQ(png.at(x, y).r, canvas.pixel(x, y).r);
      EXPECT_EQ(png.at(x, y).b, canvas.pixel(x, y).b);
    }
}

TEST(Font, EveryPrintableLetterIsOneOfItsOwn) {
  std::set<std::vector<std::vector<std::pair<double, double>>>> shapes;
  for (char c = ' '; c <= '~'; ++c) {
    const Glyph& letter = glyph(c);
    EXPECT_GT(letter.advance, 0) << c;
    EXPECT_EQ(letter.strokes.empty(), c == ' ') << c;
    EXPECT_TRUE(shapes.insert(letter.strokes).second) << c << " looks like another";
    for (const auto& stroke : letter.strokes)
      for (const auto& [right, up] : stroke) {
        EXPECT_GE(right, 0) << c;
        EXPECT_LE(right, letter.advance) << c;
        EXPECT_GE(up, -2) << c;
        EXPECT_LE(up, 6.5) << c;
      }
  }
  EXPECT_FALSE(glyph('\x80').strokes.empty()) << "anything else is a box";
  EXPECT_GT(Canvas::text_width("mm", 12), Canvas::text_width("m", 12));
  EXPECT_DOUBLE_EQ(Canvas::text_width("maze", 24), 2 * Canvas::text_width("maze", 12));
}

TEST(Draw, AMazeShowsWallsMouseAndCheese) {
  const EditableMaze maze = drawn_maze();
  for (const int pixels : {512, 1000}) {
    const DecodedPng png(draw_maze(maze.state(), {"a title", "and more"}, pixels).png());
    ASSERT_EQ(png.width, pixels);
    ASSERT_EQ(png.height, pixels);
    EXPECT_GT(png.colours(), 20U) << "anti-aliased";
    EXPECT_GT(png.count(palette::kOrange), 100);
    EXPECT_GT(png.count(palette::kBlue), 100);
    // Walls: the frame and two of nine cells; free cells: the rest but for what stands on them.
    EXPECT_GT(png.count(rgb(0x4A4A4A)), pixels * pixels / 5);
    EXPECT_GT(png.count(rgb(0xFBFBF8)), pixels * pixels / 10);
  }
  EditableMaze empty = drawn_maze();
  empty.set_cheese(kNoCell);
  EXPECT_EQ(DecodedPng(draw_maze(empty.state(), {}, 512).png()).count(palette::kOrange), 0);
}

TEST(Draw, EverySizeHasAPicture) {
  LevelOptions options;
  options.world_dim = 101;
  for (const int size : {3, 5, 25, 51, 101}) {
    const MazeLevel level = generate_level(options, 1, size);
    const DecodedPng png(draw_maze(initial_state(level), {"title", ""}, kSmallestPicture).png());
    EXPECT_GT(png.count(rgb(0x4A4A4A)), 10000) << size;
    EXPECT_GT(png.count(rgb(0xFBFBF8)), 10000) << size;
  }
}

TEST(Draw, APathIsDarkerWhereItWasWalkedMoreOften) {
  const EditableMaze maze = drawn_maze();
  const std::vector<Cell> once = {{0, 0}, {1, 0}, {2, 0}, {2, 1}, {2, 2}};
  const DecodedPng straight(draw_path(maze.state(), once, {}, 512).png());
  const int lone = straight.count(palette::kSkyBlue);
  EXPECT_GT(lone, 2000);
  EXPECT_EQ(straight.count(palette::kVermillion), 0) << "it ends on the cheese";
  const std::vector<Cell> thrice = {{0, 0}, {1, 0}, {0, 0}, {1, 0}, {1, 0}, {2, 0}};
  const DecodedPng back(draw_path(maze.state(), thrice, {}, 512).png());
  EXPECT_LT(back.count(palette::kSkyBlue), lone);
  EXPECT_GT(back.count(palette::kBlue), straight.count(palette::kBlue) + 500);
  EXPECT_GT(back.count(palette::kVermillion), 200) << "where it ends";
}

// The arrow on a cell with probability p has an area in proportion to p, more or less.
TEST(Draw, ArrowsAreAsLongAsMovesAreProbable) {
  const EditableMaze maze = drawn_maze();
  const auto coloured = [&](Colour colour, Move move, float probability) {
    std::vector<MoveProbabilities> field(9, MoveProbabilities{});
    const int none = DecodedPng(draw_field(maze.state(), field, {}, 800).png()).count(colour);
    field[maze.level().index({1, 0})][static_cast<size_t>(move)] = probability;
    field[maze.level().index({2, 2})][static_cast<size_t>(move)] = 1;  // on the cheese: not drawn
    field[maze.level().index({0, 1})][static_cast<size_t>(move)] = 1;  // in a wall: not drawn
    return DecodedPng(draw_field(maze.state(), field, {}, 800).png()).count(colour) - none;
  };
  const int whole = coloured(palette::kBlue, Move::right, 1),
            half = coloured(palette::kBlue, Move::right, 0.5F);
  EXPECT_GT(whole, 1500) << "towards the cheese";
  EXPECT_NEAR(half, 0.5 * whole, 0.15 * whole);
  EXPECT_EQ(coloured(palette::kBlue, Move::left, 1), 0);
  EXPECT_GT(coloured(palette::kVermillion, Move::left, 1), 1500) << "away from it";
  EXPECT_EQ(coloured(palette::kVermillion, Move::noop, 1), 0);
}

TEST(Draw, RefusesPicturesThatAreTooSmallOrTooLarge) {
  const EditableMaze maze = drawn_maze();
  for (const int pixels : {-5, 0, 511, 8193})
    EXPECT_THAT(message_of([&] { draw_maze(maze.state(), {}, pixels); }), testing::HasSubstr("512 to 8192"));
}

}  // namespace
}  // namespace mazescan
