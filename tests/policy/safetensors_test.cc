#include "policy/formats/safetensors.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <torch/types.h>

#include "tests/policy/raw_safetensors.h"
#include "tests/storage/temporary_folder.h"

namespace mazescan::policy {
namespace {

const std::vector<torch::ScalarType> kTypes = {
    torch::kFloat32, torch::kFloat64, torch::kFloat16, torch::kBFloat16, torch::kInt64,
    torch::kInt32,   torch::kInt16,   torch::kInt8,    torch::kUInt8,    torch::kBool};

formats::TensorFile sample_file() {
  formats::TensorFile file;
  for (const auto type : kTypes)
    file.tensors[std::string("a.") + c10::toString(type)] =
        torch::tensor({0, 1, 2, 3, 5, 7}).to(type).view({2, 3});
  file.tensors["scalar"] = torch::tensor(2.5F);
  file.tensors["empty"] = torch::empty({4, 0, 3});
  file.tensors["one"] = torch::ones({1, 1});
  file.metadata = {{"format", "test"}, {"text", "\"quoted\"\n\tcaf\xc3\xa9"}, {"", ""}};
  return file;
}

TEST(Safetensors, RoundTripOfEveryType) {
  const formats::TensorFile file = sample_file();
  const formats::TensorFile back = formats::decode_safetensors(formats::encode_safetensors(file), "f");
  EXPECT_EQ(back.metadata, file.metadata);
  ASSERT_EQ(back.tensors.size(), file.tensors.size());
  for (const auto& [name, tensor] : file.tensors) {
    const torch::Tensor& other = back.tensors.at(name);
    EXPECT_EQ(other.scalar_type(), tensor.scalar_type()) << name;
    EXPECT_EQ(other.sizes(), tensor.sizes()) << name;
    EXPECT_TRUE(torch::equal(other, tensor)) << name;
    EXPECT_TRUE(other.is_contiguous()) << name;
  }
}

TEST(Safetensors, EqualInputGivesEqualBytes) {
  formats::TensorFile reversed;
  const formats::TensorFile file = sample_file();
  for (auto entry = file.tensors.rbegin(); entry != file.tensors.rend(); ++entry)
    reversed.tensors[entry->first] = entry->second.clone();
  for (auto entry = file.metadata.rbegin(); entry != file.metadata.rend(); ++entry)
    reversed.metadata.insert(*entry);
  EXPECT_EQ(formats::encode_safetensors(reversed), formats::encode_safetensors(file));
}

// Compares with the bytes that the format's specification requires, written out by hand.
TEST(Safetensors, BytesAreTheFormats) {
  formats::TensorFile file;
  file.tensors["b"] = torch::tensor({1.5F});
  file.tensors["a"] = torch::tensor({258, -2}, torch::kInt16);
  const std::string bytes = formats::encode_safetensors(file);
  const std::string header = R"({"a":{"data_offsets":[0,4],"dtype":"I16","shape":[2]},)"
                             R"("b":{"data_offsets":[4,8],"dtype":"F32","shape":[1]}})";
  EXPECT_EQ(bytes, raw_safetensors(header, std::string("\2\1\xfe\xff\0\0\xc0\x3f", 8)));
  EXPECT_EQ(bytes.size() % 8, 0U);
}

TEST(Safetensors, ViewsAreWrittenInOrder) {
  formats::TensorFile file;
  const torch::Tensor matrix = torch::arange(6, torch::kFloat32).view({2, 3});
  file.tensors["t"] = matrix.t();
  file.tensors["slice"] = matrix.narrow(1, 1, 2);
  const formats::TensorFile back = formats::decode_safetensors(formats::encode_safetensors(file), "f");
  EXPECT_TRUE(torch::equal(back.tensors.at("t"), matrix.t()));
  EXPECT_TRUE(torch::equal(back.tensors.at("slice"), matrix.narrow(1, 1, 2)));
}

TEST(Safetensors, OtherWritersOrderAndPaddingAreRead) {
  const formats::TensorFile file = formats::decode_safetensors(
      raw_safetensors(R"( {"z" : {"dtype":"U8", "shape":[2], "data_offsets":[0,2]},
                           "a":{"dtype":"U8","shape":[],"data_offsets":[2,3],"more":null}}   )",
                      "xyz"),
      "f");
  EXPECT_EQ(file.tensors.at("z")[1].item<int>(), 'y');
  EXPECT_EQ(file.tensors.at("a").item<int>(), 'z');
  EXPECT_TRUE(file.metadata.empty());
  EXPECT_TRUE(formats::decode_safetensors(raw_safetensors("{}", ""), "f").tensors.empty());
}

TEST(Safetensors, EveryTruncationIsRefused) {
  const std::string whole = formats::encode_safetensors(sample_file());
  for (size_t length = 0; length < whole.size(); ++length)
    EXPECT_THROW(formats::decode_safetensors(std::string_view(whole).substr(0, length), "f"), UserError)
        << length;
  EXPECT_THROW(formats::decode_safetensors(whole + "x", "f"), UserError);
}

void expect_refused(const std::string& header, const std::string& data, const std::string& why) {
  EXPECT_USER_ERROR(formats::decode_safetensors(raw_safetensors(header, data), "name.safetensors"), why);
  EXPECT_USER_ERROR(formats::decode_safetensors(raw_safetensors(header, data), "name.safetensors"),
                    "name.safetensors: ");
}

std::string entry(const std::string& dtype, const std::string& shape, const std::string& offsets) {
  return R"({"t":{"dtype":")" + dtype + R"(","shape":)" + shape + R"(,"data_offsets":)" + offsets + "}}";
}

TEST(Safetensors, HeadersThatAreNone) {
  for (const char* header : {"[]", "3", "null", "\"t\""})
    expect_refused(header, "", "header is not a JSON object");
  for (const char* header : {"", "x", "{", "{}x", "{\"t\":}", "{'t':1}", "{\"\xff\":1}"})
    expect_refused(header, "", "its header: parse error at line 1");
  expect_refused(std::string(1'000'000, '['), "", "its header: it is nested more than 4 deep");
  std::string deep = "{\"a\":";
  for (int i = 0; i < 17; ++i) deep += deep;
  expect_refused(deep, "", "its header: it is nested more than 4 deep");
  std::string bytes = raw_safetensors("{}", "");
  for (const uint64_t length :
       {uint64_t{9}, uint64_t{1} << 32, uint64_t{1} << 63, ~uint64_t{0}, ~uint64_t{7}}) {
    std::memcpy(bytes.data(), &length, sizeof length);
    EXPECT_USER_ERROR(formats::decode_safetensors(bytes, "f"), "header longer than the file");
  }
}

TEST(Safetensors, EntriesThatAreNone) {
  EXPECT_NO_THROW(formats::decode_safetensors(raw_safetensors(entry("F32", "[1]", "[0,4]"), "1234"), "f"));
  for (const char* header : {R"({"t":3})", R"({"t":[]})", R"({"t":null})", R"({"t":{}})"})
    expect_refused(header, "1234", "'t' has no shape");
  expect_refused(R"({"t":{"dtype":"F32","shape":[1]}})", "1234", "'t' has no data_offsets");
  expect_refused(R"({"t":{"shape":[1],"data_offsets":[0,4]}})", "1234", "'t' has no dtype");
  expect_refused(R"({"t":{"dtype":7,"shape":[1],"data_offsets":[0,4]}})", "1234", "'t' has no dtype");
  for (const char* dtype : {"F8", "f32", "", "C64", "F32 "})
    expect_refused(entry(dtype, "[1]", "[0,4]"), "1234", "unknown dtype");
  for (const char* shape : {"[1.0]", "[\"1\"]", "[null]", "[[1]]", "[true]", "[18446744073709551616]"})
    expect_refused(entry("F32", shape, "[0,4]"), "1234", "not a list of integers");
}

TEST(Safetensors, OffsetsOutsideTheFileOrNotOfTwo) {
  for (const char* offsets : {"[0,5]", "[-4,0]", "[4,0]", "[5,9]", "[0]", "[]", "[0,4,4]",
                              "[0,18446744073709551615]", "[9223372036854775807,9223372036854775807]"})
    expect_refused(entry("F32", "[1]", offsets), "1234", "is outside the file");
}

TEST(Safetensors, ShapesThatDoNotFit) {
  for (const char* shape : {"[2]", "[]", "[0]", "[1,0]", "[1,2]"}) {
    const bool fits = std::string(shape) == "[]";
    if (!fits) expect_refused(entry("F32", shape, "[0,4]"), "1234", "does not fit");
  }
  expect_refused(entry("F64", "[1]", "[0,4]"), "1234", "does not fit");
  expect_refused(entry("F32", "[1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1]", "[0,4]"), "1234", "does not fit");
  expect_refused(entry("F32", "[4611686018427387905]", "[0,4]"), "1234", "does not fit");  // x 4 wraps to 4
}

TEST(Safetensors, ShapesThatAreImpossible) {
  for (const char* shape : {"[-1]", "[-1,-1]", "[18446744073709551615]", "[4294967296,4294967296]",
                            "[3037000500,3037000500]", "[4294967296,4294967297,1]"})
    expect_refused(entry("F32", shape, "[0,4]"), "1234", "is impossible");
  // These tensors are empty, but their strides would overflow.
  for (const char* shape :
       {"[0,4294967296,4294967296]", "[4294967296,4294967296,0]", "[4294967296,0,4294967296]"})
    expect_refused(entry("F32", shape, "[0,0]"), "", "is impossible");
  EXPECT_NO_THROW(
      formats::decode_safetensors(raw_safetensors(entry("F32", "[0,4294967296]", "[0,0]"), ""), "f"));
}

std::string two(const std::string& first, const std::string& second) {
  return R"({"a":{"dtype":"U8","shape":[4],"data_offsets":)" + first +
         R"(},"b":{"dtype":"U8","shape":[4],"data_offsets":)" + second + "}}";
}

TEST(Safetensors, TensorsMustTileTheData) {
  EXPECT_NO_THROW(formats::decode_safetensors(raw_safetensors(two("[4,8]", "[0,4]"), "12345678"), "f"));
  for (const auto& [first, second] :
       {std::pair{"[0,4]", "[0,4]"}, {"[0,4]", "[2,6]"}, {"[2,6]", "[4,8]"}, {"[1,5]", "[4,8]"}})
    expect_refused(two(first, second), "12345678", "overlap or leave gaps");
  expect_refused(two("[0,4]", "[4,8]"), "123456789", "do not agree in size");
  expect_refused(two("[0,4]", "[5,9]"), "123456789", "overlap or leave gaps");
}

// Many tensors that share the same bytes would take many times the file's size in memory.
TEST(Safetensors, OverlapIsRefusedBeforeAnythingIsCopied) {
  std::string header = "{";
  for (int i = 0; i < 2000; ++i)
    header += fmt::format(R"({}"t{}":{{"dtype":"U8","shape":[10000000],"data_offsets":[0,10000000]}})",
                          i == 0 ? "" : ",", i);
  std::string data;
  data.resize(10'000'000);
  expect_refused(header + "}", data, "overlap or leave gaps");
}

TEST(Safetensors, NamesThatStandTwice) {
  const std::string one = R"("t":{"dtype":"U8","shape":[1],"data_offsets":[0,1]})";
  expect_refused("{" + one + "," + one + "}", "1", "'t' appears twice");
  expect_refused(R"({"__metadata__":{"a":"1","a":"2"}})", "", "'a' appears twice");
  expect_refused(R"({"t":{"dtype":"U8","shape":[1],"shape":[1],"data_offsets":[0,1]}})", "1",
                 "'shape' appears twice");
}

TEST(Safetensors, MetadataMustBeTexts) {
  for (const char* metadata : {"3", "[]", "null", "\"x\""})
    expect_refused(R"({"__metadata__":)" + std::string(metadata) + "}", "", "metadata is not an object");
  for (const char* value : {"3", "[]", "null", "{}", "true"})
    expect_refused(R"({"__metadata__":{"key":)" + std::string(value) + "}}", "",
                   "metadata 'key' is not a text");
}

TEST(Safetensors, TruthValuesAreZeroOrOne) {
  EXPECT_NO_THROW(formats::decode_safetensors(
      raw_safetensors(entry("BOOL", "[2]", "[0,2]"), std::string("\0\1", 2)), "f"));
  expect_refused(entry("BOOL", "[2]", "[0,2]"), std::string("\0\2", 2), "truth values");
}

}  // namespace
}  // namespace mazescan::policy
