#include "core/config_schema.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "core/config_section.h"
#include "tests/core/sample_config.h"

namespace mazescan {
namespace {

using nlohmann::ordered_json;

ordered_json properties_of_sample() {
  return config_schema(config_keys(SampleConfig()), "sample")["properties"];
}

TEST(ConfigSchema, DescribesEveryTypeWithRangeNamesAndDefault) {
  const ordered_json sample = properties_of_sample();
  EXPECT_EQ(sample["flag"],
            ordered_json::parse(R"({"description": "boolean", "type": "boolean", "default": true})"));
  EXPECT_EQ(sample["count"],
            ordered_json::parse(R"({"description": "integer", "type": "integer", "minimum": -100,
                                                     "maximum": 100, "default": 3})"));
  EXPECT_EQ(sample["large"],
            ordered_json::parse(R"({"description": "large integer", "type": "integer", "minimum": 0,
                                                     "default": 5000000000})"));
  EXPECT_EQ(sample["ratio"],
            ordered_json::parse(R"({"description": "number", "type": "number", "minimum": -10,
                                                     "maximum": 10, "default": 1e-5})"));
  EXPECT_EQ(sample["kind"],
            ordered_json::parse(R"({"description": "a choice", "type": "string", "enum": ["red", "green"],
                                                    "default": "red"})"));
  EXPECT_EQ(sample["sizes"], ordered_json::parse(R"({"description": "integers", "type": "array",
    "items": {"type": "integer", "minimum": 1, "maximum": 99}, "minItems": 1, "default": [3, 5]})"));
  EXPECT_EQ(sample["words"], ordered_json::parse(R"({"description": "strings", "type": "array",
    "items": {"type": "string"}, "default": ["a", "b c"]})"));
}

TEST(ConfigSchema, ClosesSectionsAndAllowsThoseOfOtherPrograms) {
  const ordered_json schema = config_schema(config_keys(SampleConfig()), "sample");
  EXPECT_EQ(schema["additionalProperties"], false);
  EXPECT_EQ(schema["properties"]["other"], true);
  const ordered_json& outer = schema["properties"]["outer"];
  EXPECT_EQ(outer["type"], (ordered_json{"object", "null"}));
  EXPECT_EQ(outer["additionalProperties"], false);
  EXPECT_EQ(outer["properties"]["inner"]["additionalProperties"], false);
  EXPECT_EQ(outer["properties"]["inner"]["properties"]["depth"]["maximum"], 9);
}

enum class Shape { circle, square };
std::vector<std::string> config_names(Shape) {
  return {"circle", "square"};
}

// Its keys depend on two of them. `size` has another range in each shape.
struct DrawingConfig {
  Shape shape = Shape::circle;
  std::string fill = "none";
  int radius = 1, side = 1, size = 1;
  double opacity = 1;
  template <class Visitor>
  void fields(Visitor& visit) {
    visit("shape", shape, "shape");
    if (shape == Shape::circle) visit("radius", radius, "of a circle");
    if (shape == Shape::square) visit("side", side, "of a square");
    visit("size", size, "size", between(1, shape == Shape::circle ? 10 : 20));
    visit("fill", fill, "fill", one_of({"none", "plain"}));
    if (fill == "plain") visit("opacity", opacity, "of the fill", between(0, 1));
  }
};

void expect_drawing(const ordered_json& schema) {
  const ordered_json& properties = schema["properties"];
  for (const char* key : {"shape", "radius", "side", "size", "fill", "opacity"})
    EXPECT_TRUE(properties.contains(key)) << key;
  EXPECT_EQ(properties["size"], ordered_json::parse(R"({"description": "size"})"));
  const auto size = [](int high) {
    return ordered_json{
        {"description", "size"}, {"type", "integer"}, {"minimum", 1}, {"maximum", high}, {"default", 1}};
  };
  ASSERT_EQ(schema["allOf"].size(), 3u);
  EXPECT_EQ(schema["allOf"][0],
            (ordered_json{
                {"if", {{"properties", {{"shape", {{"const", "circle"}}}}}}},  // also if the key is missing
                {"then", {{"properties", {{"size", size(10)}, {"side", false}}}}}}));
  EXPECT_EQ(
      schema["allOf"][1],
      (ordered_json{{"if", {{"properties", {{"shape", {{"const", "square"}}}}}, {"required", {"shape"}}}},
                    {"then", {{"properties", {{"radius", false}, {"size", size(20)}}}}}}));
  EXPECT_EQ(schema["allOf"][2], (ordered_json{{"if", {{"properties", {{"fill", {{"const", "none"}}}}}}},
                                              {"then", {{"properties", {{"opacity", false}}}}}}));
}

TEST(ConfigSchema, KnowsWhichKeysDependOnAName) {
  expect_drawing(config_schema(config_keys(DrawingConfig()), "drawing"));
  expect_drawing(config_schema(config_keys(AnySection::of<DrawingConfig>()), "drawing"));
}

}  // namespace
}  // namespace mazescan
