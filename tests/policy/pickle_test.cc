#include "policy/formats/pickle.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "core/random.h"
#include "policy/formats/pickle_words.h"
#include "tests/storage/memory_limit.h"
#include "tests/storage/temporary_folder.h"

namespace mazescan::policy {
namespace {

using Kind = formats::Pickle::Kind;

// Returns a complete pickle with these operations.
std::string program(const std::string& operations) {
  return "\x80\x02" + operations + ".";
}

void expect_refused(const std::string& operations, const std::string& why) {
  const std::string bytes = program(operations);
  EXPECT_USER_ERROR(formats::Pickle(bytes, "f.pth"), why);
  EXPECT_USER_ERROR(formats::Pickle(bytes, "f.pth"), "f.pth: ");
}

const std::string kDict = "ccollections\nOrderedDict\n";
const std::string kTensor = "ctorch._utils\n_rebuild_tensor_v2\n";

// Makes strings that contain zero bytes.
template <size_t n>
std::string raw(const char (&text)[n]) {
  return {text, n - 1};
}
std::string storage() {
  return raw("(X\7\0\0\0storagectorch\nFloatStorage\nX\1\0\0\0") + "0" + raw("X\3\0\0\0cpuK\6tQ");
}
std::string sample() {
  return "}(" + formats::pickled_text("model_state_dict") + formats::pickled_ordered_dict() + "(" +
         formats::pickled_text("w") + formats::pickled_tensor("0", {3, 2}) + "u" +
         formats::pickled_text("steps") + formats::pickled_integer(int64_t{1} << 40) + "u";
}

TEST(Pickle, ReadsWhatTheWriterWrites) {
  const std::string bytes = program(sample());
  const formats::Pickle pickle(bytes, "f");
  const formats::Pickle::Value& top = pickle.top();
  ASSERT_EQ(top.kind, Kind::kDict);
  ASSERT_EQ(top.items.size(), 4U);
  EXPECT_EQ(pickle.at(top.items[0]).text, "model_state_dict");
  EXPECT_EQ(pickle.at(top.items[3]).integer, int64_t{1} << 40);
  const formats::Pickle::Value& state = pickle.at(top.items[1]);
  ASSERT_EQ(state.kind, Kind::kDict);
  const formats::Pickle::Value& tensor = pickle.at(state.items[1]);
  ASSERT_EQ(tensor.kind, Kind::kTensor);
  const formats::Pickle::Value& stored = pickle.at(tensor.items[0]);
  EXPECT_EQ(stored.kind, Kind::kStorage);
  EXPECT_EQ(stored.type, "FloatStorage");
  EXPECT_EQ(stored.text, "0");
  EXPECT_EQ(stored.integer, 6);
  const auto integers = [&](uint32_t tuple) {
    std::vector<int64_t> out;
    for (const uint32_t item : pickle.at(tuple).items) out.push_back(pickle.at(item).integer);
    return out;
  };
  EXPECT_EQ(pickle.at(tensor.items[1]).integer, 0);
  EXPECT_EQ(integers(tensor.items[2]), (std::vector<int64_t>{3, 2}));
  EXPECT_EQ(integers(tensor.items[3]), (std::vector<int64_t>{2, 1}));
}

TEST(Pickle, Numbers) {
  const auto integer = [](const std::string& operations) {
    const std::string bytes = program(operations);
    return formats::Pickle(bytes, "f").top().integer;
  };
  EXPECT_EQ(integer("K\xff"), 255);
  EXPECT_EQ(integer("M\xff\xff"), 65535);
  EXPECT_EQ(integer("J\xff\xff\xff\xff"), -1);
  EXPECT_EQ(integer(raw("\x8a\0")), 0);
  EXPECT_EQ(integer("\x8a\1\xff"), -1);
  EXPECT_EQ(integer(raw("\x8a\2\xff\0")), 255);
  EXPECT_EQ(integer(raw("\x8a\x8\0\0\0\0\0\0\0\x80")), INT64_MIN);
  for (const int64_t value : {int64_t{0}, int64_t{-7}, int64_t{INT32_MAX}, int64_t{INT32_MIN},
                              int64_t{INT32_MAX} + 1, int64_t{INT32_MIN} - 1, INT64_MAX, INT64_MIN})
    EXPECT_EQ(integer(formats::pickled_integer(value)), value);
  const std::string bytes = program(raw("G\x3f\xf8\0\0\0\0\0\0"));
  EXPECT_EQ(formats::Pickle(bytes, "f").top().number, 1.5);
  EXPECT_EQ(integer(raw("\x8b\2\0\0\0\xff\0")), 255);
  for (const std::string& large :
       {raw("\x8a\x9\0\0\0\0\0\0\0\0\1"), raw("\x8b\x9\0\0\0\0\0\0\0\0\0\0\0\1")}) {
    const std::string one = program(large);
    EXPECT_EQ(formats::Pickle(one, "f").top().kind, Kind::kLargeInteger);
  }
  expect_refused(raw("\x8b\xff\xff\xff\xff\1"), "ends too early");
}

TEST(Pickle, ListsTuplesAndTheMemo) {
  const std::string good = program("](K\1q\5h\5Ne(\x88\x89ta)a");
  const formats::Pickle pickle(good, "f");
  ASSERT_EQ(pickle.top().kind, Kind::kList);
  ASSERT_EQ(pickle.top().items.size(), 5U);
  EXPECT_EQ(pickle.top().items[0], pickle.top().items[1]);
  EXPECT_EQ(pickle.at(pickle.top().items[2]).kind, Kind::kNone);
  EXPECT_EQ(pickle.at(pickle.top().items[3]).items.size(), 2U);
  EXPECT_EQ(pickle.at(pickle.top().items[4]).kind, Kind::kTuple);
}

TEST(Pickle, NamesOfAnythingElseAreRefusedByName) {
  for (const char* name : {"os\nsystem",
                           "posix\nsystem",
                           "nt\nsystem",
                           "builtins\neval",
                           "__builtin__\nexec",
                           "builtins\ngetattr",
                           "subprocess\nPopen",
                           "torch\nload",
                           "torch\nFloatTensor",
                           "torch._utils\n_rebuild_tensor",
                           "torch.nn.modules.linear\nLinear",
                           "collections\ndefaultdict",
                           "torch.storage\n_load_from_bytes",
                           "numpy.core.multiarray\n_reconstruct",
                           "\n",
                           "torch\n",
                           "torch\nfloat32",
                           "torch.FloatStorage\n",
                           "torch.\nFloatStorage",
                           "_codecs\nencode"}) {
    std::string dotted = name;
    dotted.replace(dotted.find('\n'), 1, ".");
    expect_refused(std::string("c") + name + "\n", "it names '" + dotted + "'");
    expect_refused(std::string("c") + name + "\nX\2" + raw("\0\0\0ls\x85R"), "it names '" + dotted + "'");
    // After the weights, in a dict, and where the type of a storage belongs.
    expect_refused(sample() + formats::pickled_text("more") + "c" + name + "\n)Rs",
                   "it names '" + dotted + "'");
    expect_refused("(" + formats::pickled_text("storage") + "c" + name + "\n", "it names '" + dotted + "'");
  }
  expect_refused("c" + std::string(100'000, 'x') + "\ny\n", "it names 'xxxx");
}

TEST(Pickle, OtherOperationsAreRefused) {
  const std::string known("NKMJGXcQ)t]aeu}s(hjqrRb.\x80\x88\x89\x8a\x8b\x85\x86\x87");
  for (int operation = 0; operation < 256; ++operation) {
    if (known.find(static_cast<char>(operation)) != known.npos) continue;
    const std::string letter(1, static_cast<char>(operation));
    expect_refused("N" + letter + "1\nN\n", fmt::format("the operation 0x{:02x}", operation));
  }
  expect_refused("\x80\x02N", "the operation 0x80");  // a PROTO operation in the middle
}

// INST, OBJ and NEWOBJ build objects as GLOBAL and REDUCE do.
TEST(Pickle, OtherWaysToBuildObjects) {
  expect_refused("(X\2" + raw("\0\0\0lsios\nsystem\n"), "the operation 0x69");
  expect_refused("(" + kDict + "o", "the operation 0x6f");
  expect_refused(kDict + ")\x81", "the operation 0x81");
  expect_refused(raw("\x82\1"), "the operation 0x82");      // EXT1
  expect_refused(raw("X\1\0\0\0aX\1\0\0\0b\x93"), "0x93");  // STACK_GLOBAL
}

TEST(Pickle, Protocols) {
  for (const char protocol : {'\0', '\1', '\3', '\4', '\5', '\x7f'})
    EXPECT_USER_ERROR(formats::Pickle(std::string("\x80") + protocol + "N.", "f"),
                      fmt::format("protocol {}", int{protocol}));
  EXPECT_USER_ERROR(formats::Pickle("N.", "f"), "does not begin with its protocol");
  EXPECT_USER_ERROR(formats::Pickle("", "f"), "ends too early");
}

TEST(Pickle, FunctionsAreCalledAsTorchDoes) {
  const std::string odd = "calls a function as torch.save does not", none = "calls what is no function";
  expect_refused(kDict + "K\1\x85R", odd);
  expect_refused(kDict + "](K\1K\2e\x85R", odd);
  expect_refused("ctorch\nFloatStorage\n)R", odd);
  expect_refused("ctorch\nFloatStorage\nK\6\x85R", odd);
  expect_refused(kTensor + ")R", odd);
  expect_refused(kTensor + "(" + storage() + "K" + raw("\0") + "))NtR", odd);
  expect_refused(kTensor + "(NK" + raw("\0") + "))\x89NtR", odd);                  // no storage
  expect_refused(kTensor + "(" + storage() + "N))\x89NtR", odd);                   // no offset
  expect_refused(kTensor + "(" + storage() + "K" + raw("\0") + "])\x89NtR", odd);  // lists, not tuples
  expect_refused("ctorch._utils\n_rebuild_parameter\n(N\x89NtR", odd);
  expect_refused("N)R", none);
  expect_refused("})R", none);
  expect_refused(kDict + "NR", none);
  expect_refused(kDict + ")R)R", none);  // the result of a call cannot be called
  expect_refused(kTensor + storage() + "\x85R", odd);
}

TEST(Pickle, AttributesAreForDictsOnly) {
  const std::string good = program(kDict + ")R}" + formats::pickled_text("_metadata") + kDict + ")Rsb");
  EXPECT_EQ(formats::Pickle(good, "f").top().kind, Kind::kDict);
  EXPECT_TRUE(formats::Pickle(good, "f").top().items.empty()) << "attributes are no entries";
  const std::string why = "gives attributes to what has none";
  expect_refused("]}b", why);
  expect_refused(kDict + "}b", why);
  expect_refused("}Nb", why);
  expect_refused("}]b", why);
  expect_refused(storage() + "}b", why);
}

TEST(Pickle, StoragesAreDescribedAsTorchDoes) {
  const std::string why = "a storage is not described as torch.save does";
  const std::string good = program(storage());
  EXPECT_EQ(formats::Pickle(good, "f").top().kind, Kind::kStorage);
  const auto described = [](const std::string& word, const std::string& type, const std::string& rest) {
    return "(" + formats::pickled_text(word) + type + rest + "tQ";
  };
  const std::string type = "ctorch\nFloatStorage\n", key = formats::pickled_text("0"),
                    device = formats::pickled_text("cpu");
  expect_refused(described("module", type, key + device + "K\6"), why);
  expect_refused(described("storage", kDict, key + device + "K\6"), why);
  expect_refused(described("storage", formats::pickled_text("FloatStorage"), key + device + "K\6"), why);
  expect_refused(described("storage", type, "K\1" + device + "K\6"), why);
  expect_refused(described("storage", type, key + device + "N"), why);
  expect_refused(described("storage", type, key + device), why);
  expect_refused(described("storage", type, key + device + "K\6N"), why);
  expect_refused(formats::pickled_text("0") + "Q", why);
  expect_refused("NQ", why);
}

TEST(Pickle, StackMarksAndMemoHoldOnlyWhatIsThere) {
  const std::string taken = "takes what it has not made", recalled = "recalls what it has not made";
  for (const char* operations :
       {"",  "R", "NR",   "t",     "e",      "u",       "(a",    "](Na0", "a",   "s",    "NNs",
        "b", "Q", "\x85", "N\x86", "NN\x87", "N(N\x86", "](e)s", "(}b",   "q\1", "(q\1", "]N(a"}) {
    EXPECT_THROW(formats::Pickle(program(operations), "f"), UserError) << operations;
  }
  expect_refused("", taken);
  expect_refused("N(N\x86", taken);  // not across a mark
  expect_refused("(q\1", taken);
  expect_refused("h\1", recalled);
  expect_refused("Nq\1h\2", recalled);
  expect_refused("j\xff\xff\xff\xff", recalled);
  expect_refused("Nr\xff\xff\xff\xff", "stores more than");
  expect_refused("Nr\xff\xff\xff\x7f", "stores more than");
  expect_refused("NN", "does not end where it ought to");
  expect_refused("(N", "does not end where it ought to");
  EXPECT_USER_ERROR(formats::Pickle(program("N") + "N", "f"), "does not end where it ought to");
  expect_refused("NNa", "adds to what is no list or dict");
  expect_refused(")Na", "adds to what is no list or dict");
  expect_refused("}Na", "adds to what is no list or dict");
  expect_refused("}(Nu", "adds to what is no list or dict");
  expect_refused("](NNu", "adds to what is no list or dict");
}

TEST(Pickle, LengthsBeyondTheEnd) {
  for (const char* operations :
       {"X\xff\xff\xff\xff", "X\5", "X\5\1\1\1", "K", "M\1", "J\1\1\1", "G\1\1\1", "\x8a", "\x8a\xff\1",
        "cos", "cos\nsystem", "c", "h", "j\1\1", "q", "Nr\1"}) {
    const std::string bytes = std::string("\x80\x02") + operations;
    EXPECT_USER_ERROR(formats::Pickle(bytes, "f"), "ends too early");
  }
}

TEST(Pickle, EveryTruncationIsRefused) {
  const std::string whole = program(sample());
  for (size_t length = 0; length < whole.size(); ++length)
    EXPECT_THROW(formats::Pickle(whole.substr(0, length), "f"), UserError) << length;
}

// Nesting, cycles and sharing must not exhaust the stack or memory.
TEST(Pickle, DeepAndCircularValues) {
  const MemoryLimit limit(size_t{512} << 20);
  const std::string tuples = program("N" + std::string(500'000, '\x85'));
  EXPECT_EQ(formats::Pickle(tuples, "f").top().kind, Kind::kTuple);
  const std::string lists = program(std::string(500'000, ']') + std::string(499'999, 'a'));
  EXPECT_EQ(formats::Pickle(lists, "f").top().kind, Kind::kList);
  const std::string circle = program("]q" + raw("\0") + "h" + raw("\0") + "a");
  const formats::Pickle pickle(circle, "f");
  EXPECT_EQ(&pickle.at(pickle.top().items[0]), &pickle.top());
  std::string doubled = ")q" + raw("\0");  // a pair of pairs of pairs ...: 2^200 leaves
  for (int i = 0; i < 200; ++i) doubled = doubled + "h" + raw("\0") + "\x86q" + raw("\0");
  EXPECT_EQ(formats::Pickle(program(doubled), "f").top().items.size(), 2U);
}

TEST(Pickle, CountsAreBounded) {
  const MemoryLimit limit(size_t{512} << 20);
  expect_refused(std::string(1'000'001, 'N'), "more than 1,000,000 values");
  expect_refused(std::string((size_t{64} << 20) + 1, '('), "more than 64 MiB");
  expect_refused(std::string(1'000'000, '('), "takes what it has not made");
}

TEST(Pickle, DamagedProgramsAreReadOrRefused) {
  const std::string whole = program(sample());
  const MemoryLimit limit(size_t{256} << 20);
  int read = 0, refused = 0;
  RandomStream random(3, "pickle fuzz");
  for (int i = 0; i < 100'000; ++i) {
    std::string bytes = whole;
    for (uint32_t change = 0, changes = 1 + random.below(3); change < changes; ++change) {
      const size_t at = random.below(static_cast<uint32_t>(bytes.size()));
      if (random.below(2) == 0) {
        bytes[at] = static_cast<char>(random.next());
      } else {
        bytes[at] = static_cast<char>(bytes[at] ^ (1 << random.below(8)));
      }
    }
    try {
      const formats::Pickle pickle(bytes, "f");
      ++read;
    } catch (const UserError&) {
      ++refused;
    }
  }
  EXPECT_GT(read, 1000);
  EXPECT_GT(refused, 10'000);
}

}  // namespace
}  // namespace mazescan::policy
