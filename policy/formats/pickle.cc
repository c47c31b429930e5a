#include "policy/formats/pickle.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <tuple>
#include <utility>

#include "core/bytes.h"
#include "policy/formats/pickle_words.h"

namespace mazescan::formats {

namespace {

constexpr size_t kMaxBytes = size_t{64} << 20, kMaxValues = 1'000'000;
constexpr int kProtocol = 2;
constexpr uint32_t kNothing = ~uint32_t{0};
constexpr std::string_view kTorch = "torch\n";
constexpr const char* kStorages[] = {"FloatStorage", "DoubleStorage", "HalfStorage",  "BFloat16Storage",
                                     "LongStorage",  "IntStorage",    "ShortStorage", "CharStorage",
                                     "ByteStorage",  "BoolStorage"};

bool is_storage(std::string_view name) {
  return name.substr(0, kTorch.size()) == kTorch &&
         std::find(std::begin(kStorages), std::end(kStorages), name.substr(kTorch.size())) !=
             std::end(kStorages);
}

// Interprets a pickle program with a stack, marks in the stack and a memo.
class Machine {
 public:
  using Kind = Pickle::Kind;
  using Value = Pickle::Value;

  Machine(std::string_view bytes, const std::string& name) : bytes_(bytes), name_(name) {
    if (bytes.size() > kMaxBytes) refuse("the pickle has more than 64 MiB");
  }

  // Returns all values, and the index of the pickled one.
  std::pair<std::vector<Value>, uint32_t> run() {
    if (next() != 0x80) refuse("the pickle does not begin with its protocol");
    const int protocol = next();
    require(protocol == kProtocol, lazy("{}: a pickle of protocol {}", name_, protocol),
            "torch.save uses protocol 2 by default",
            "save it again with torch.save, without pickle_protocol");
    for (uint8_t operation = next(); operation != '.'; operation = next()) step(operation);
    const uint32_t top = pop();
    if (!stack_.empty() || !marks_.empty() || !bytes_.empty())
      refuse("the pickle does not end where it ought to");
    return {std::move(values_), top};
  }

 private:
  [[noreturn]] void refuse(const std::string& what) const {
    throw UserError(fmt::format("{}: {}", name_, what), "it is damaged, or not a file of torch.save",
                    "use an undamaged copy, or save it again with torch.save");
  }
  [[noreturn]] void refuse_name(std::string_view global) const {
    std::string shown(global.substr(0, 80));
    std::replace(shown.begin(), shown.end(), '\n', '.');
    throw UserError(
        fmt::format("{}: it names '{}'", name_, shown),
        "only tensors, texts, numbers, lists and dicts are read, and nothing that a file names is run",
        "if you trust where it comes from, load it with torch.load and save model_state_dict alone");
  }

  std::string_view take(size_t count) {
    if (count > bytes_.size()) refuse("the pickle ends too early");
    const std::string_view head = bytes_.substr(0, count);
    bytes_.remove_prefix(count);
    return head;
  }
  template <class T>
  T read() {
    T value;
    std::memcpy(&value, take(sizeof value).data(), sizeof value);
    return value;
  }
  uint8_t next() { return read<uint8_t>(); }
  Value& push(Kind kind) {
    if (values_.size() >= kMaxValues) refuse("the pickle holds more than 1,000,000 values");
    stack_.push_back(static_cast<uint32_t>(values_.size()));
    values_.emplace_back();
    values_.back().kind = kind;
    return values_.back();
  }
  void push_integer(int64_t value) { push(Kind::kInteger).integer = value; }
  // Returns the lowest stack size that may be popped to: the last mark.
  size_t floor() const { return marks_.empty() ? 0 : marks_.back(); }
  uint32_t top() const {
    if (stack_.size() <= floor()) refuse("the pickle takes what it has not made");
    return stack_.back();
  }
  uint32_t pop() {
    const uint32_t place = top();
    stack_.pop_back();
    return place;
  }
  std::vector<uint32_t> pop(size_t count) {
    if (stack_.size() - floor() < count) refuse("the pickle takes what it has not made");
    std::vector<uint32_t> items(stack_.end() - static_cast<std::ptrdiff_t>(count), stack_.end());
    stack_.resize(stack_.size() - count);
    return items;
  }
  std::vector<uint32_t> pop_to_mark() {
    if (marks_.empty()) refuse("the pickle takes what it has not made");
    std::vector<uint32_t> items = pop(stack_.size() - marks_.back());
    marks_.pop_back();
    return items;
  }

  void push_tuple(std::vector<uint32_t> items) { push(Kind::kTuple).items = std::move(items); }
  void extend(Kind kind, const std::vector<uint32_t>& items) {
    Value& target = values_[top()];
    if (target.kind != kind || (kind == Kind::kDict && items.size() % 2 != 0))
      refuse("the pickle adds to what is no list or dict");
    target.items.insert(target.items.end(), items.begin(), items.end());
  }
  void remember(uint32_t slot) {
    if (slot >= kMaxValues) refuse("the pickle stores more than 1,000,000 values");
    if (slot >= memo_.size()) memo_.resize(slot + 1, kNothing);
    memo_[slot] = top();
  }
  void recall(uint32_t slot) {
    if (slot >= memo_.size() || memo_[slot] == kNothing) refuse("the pickle recalls what it has not made");
    stack_.push_back(memo_[slot]);
  }

  void step(uint8_t operation);
  void push_long(size_t bytes);
  void push_number();
  void push_global();
  void push_storage();
  void call();
  void build();

  std::string_view bytes_;  // not yet read
  const std::string& name_;
  std::vector<Value> values_;
  std::vector<uint32_t> stack_;
  std::vector<size_t> marks_;   // stack sizes at the marks
  std::vector<uint32_t> memo_;  // indices of values; kNothing if unset
};

void Machine::step(uint8_t operation) {
  switch (operation) {
    case 'N':
      push(Kind::kNone);
      return;
    case 0x88:
      push(Kind::kBoolean).integer = 1;
      return;
    case 0x89:
      push(Kind::kBoolean).integer = 0;
      return;
    case 'K':
      push_integer(read<uint8_t>());
      return;
    case 'M':
      push_integer(read<uint16_t>());
      return;
    case 'J':
      push_integer(read<int32_t>());
      return;
    case 0x8a:
      push_long(read<uint8_t>());
      return;
    case 0x8b:
      push_long(read<uint32_t>());
      return;
    case 'G':
      push_number();
      return;
    case 'X':
      push(Kind::kText).text = take(read<uint32_t>());
      return;
    case 'c':
      push_global();
      return;
    case 'Q':
      push_storage();
      return;
    case ')':
      push(Kind::kTuple);
      return;
    case 0x85:
      push_tuple(pop(1));
      return;
    case 0x86:
      push_tuple(pop(2));
      return;
    case 0x87:
      push_tuple(pop(3));
      return;
    case 't':
      push_tuple(pop_to_mark());
      return;
    case ']':
      push(Kind::kList);
      return;
    case 'a':
      extend(Kind::kList, pop(1));
      return;
    case 'e':
      extend(Kind::kList, pop_to_mark());
      return;
    case '}':
      push(Kind::kDict);
      return;
    case 's':
      extend(Kind::kDict, pop(2));
      return;
    case 'u':
      extend(Kind::kDict, pop_to_mark());
      return;
    case '(':
      marks_.push_back(stack_.size());
      return;
    case 'h':
      recall(read<uint8_t>());
      return;
    case 'j':
      recall(read<uint32_t>());
      return;
    case 'q':
      remember(read<uint8_t>());
      return;
    case 'r':
      remember(read<uint32_t>());
      return;
    case 'R':
      call();
      return;
    case 'b':
      build();
      return;
    default:
      refuse(fmt::format("the pickle has the operation 0x{:02x}, which torch.save does not use", operation));
  }
}

void Machine::push_long(size_t bytes) {
  const std::string_view digits = take(bytes);
  if (digits.size() > sizeof(int64_t)) {  // for example the state of a random generator
    push(Kind::kLargeInteger);
    return;
  }
  int64_t value = !digits.empty() && static_cast<signed char>(digits.back()) < 0 ? -1 : 0;
  std::memcpy(&value, digits.data(), digits.size());
  push_integer(value);
}

// Reads a big-endian number; all other values are little-endian.
void Machine::push_number() {
  const std::string_view digits = take(sizeof(double));
  const std::string reversed(digits.rbegin(), digits.rend());
  std::memcpy(&push(Kind::kNumber).number, reversed.data(), sizeof(double));
}

void Machine::push_global() {
  const size_t module = bytes_.find('\n'),
               name = bytes_.find('\n', module == bytes_.npos ? module : module + 1);
  if (name == bytes_.npos) refuse("the pickle ends too early");
  const std::string_view global = take(name);
  take(1);
  if (global != kOrderedDict && global != kRebuildTensor && global != kRebuildParameter &&
      !is_storage(global))
    refuse_name(global);
  push(Kind::kGlobal).text = global;
}

// Reads a tuple ("storage", its type, its record, device, number of elements).
void Machine::push_storage() {
  const Value& id = values_[pop()];
  const auto is = [&](size_t i, Kind kind) { return values_[id.items[i]].kind == kind; };
  if (id.kind != Kind::kTuple || id.items.size() != 5 || !is(0, Kind::kText) || !is(1, Kind::kGlobal) ||
      !is(2, Kind::kText) || !is(3, Kind::kText) || !is(4, Kind::kInteger) ||
      values_[id.items[0]].text != "storage" || !is_storage(values_[id.items[1]].text))
    refuse("a storage is not described as torch.save does");
  const std::string_view type = values_[id.items[1]].text.substr(kTorch.size());
  const std::string_view record = values_[id.items[2]].text;
  const int64_t count = values_[id.items[4]].integer;
  Value& storage = push(Kind::kStorage);
  storage.type = type;
  storage.text = record;
  storage.integer = count;
}

// Makes the result of one of the three supported functions. A tensor's other arguments are requires_grad,
// hooks and, in newer versions, metadata. A parameter becomes its tensor.
void Machine::call() {
  const uint32_t arguments = pop(), function = pop();
  const auto is = [&](size_t i, Kind kind) { return values_[values_[arguments].items[i]].kind == kind; };
  if (values_[function].kind != Kind::kGlobal || values_[arguments].kind != Kind::kTuple)
    refuse("the pickle calls what is no function");
  const std::string_view name = values_[function].text;
  const std::vector<uint32_t> items = values_[arguments].items;
  if (name == kOrderedDict && items.empty()) {
    push(Kind::kDict);
  } else if (name == kRebuildTensor && items.size() >= 6 && items.size() <= 7 && is(0, Kind::kStorage) &&
             is(1, Kind::kInteger) && is(2, Kind::kTuple) && is(3, Kind::kTuple)) {
    push(Kind::kTensor).items.assign(items.begin(), items.begin() + 4);
  } else if (name == kRebuildParameter && items.size() == 3 && is(0, Kind::kTensor)) {
    stack_.push_back(items[0]);
  } else {
    refuse("the pickle calls a function as torch.save does not");
  }
}

// Discards the attributes of an OrderedDict, such as the `_metadata` of a state dict: weights do not need
// them.
void Machine::build() {
  const uint32_t state = pop();
  if (values_[state].kind != Kind::kDict || values_[top()].kind != Kind::kDict)
    refuse("the pickle gives attributes to what has none");
}

}  // namespace

Pickle::Pickle(std::string_view bytes, const std::string& name) {
  std::tie(values_, top_) = Machine(bytes, name).run();
}

}  // namespace mazescan::formats
