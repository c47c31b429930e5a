#include "trainer/event_file.h"

#include <gtest/gtest.h>

#include "storage/atomic_file.h"
#include "tests/storage/temporary_folder.h"

namespace mazescan::trainer {
namespace {

TEST(Crc32c, HasTheCastagnoliPolynomial) {  // RFC 3720, B.4
  EXPECT_EQ(crc32c(std::string(32, '\0')), 0x8a9136aaU);
  EXPECT_EQ(crc32c(std::string(32, '\xff')), 0x62a8ab43U);
  EXPECT_EQ(crc32c("123456789"), 0xe3069283U);
}

TEST(EventFile, StartsWithItsVersion) {
  const TemporaryFolder folder;
  const EventFile file(folder / "events", 0);
  const std::string bytes = storage::read_file(folder / "events");
  // Length, CRC, then wall time (9 bytes), step (2), field 3 with 13 letters, CRC. tests/python reads the
  // fields.
  ASSERT_EQ(bytes.size(), 12U + 9 + 2 + 15 + 4);
  EXPECT_EQ(bytes.substr(25, 13), "brain.Event:2");
}

TEST(EventFile, KeepsEventsUpToTheLastStep) {
  const TemporaryFolder folder;
  const auto path = folder / "events";
  std::string after_two;
  {
    EventFile file(path, 0);
    for (int64_t step : {100, 200, 40000}) {
      file.append(step, {{"training/entropy", 1.5}, {"success/9", 0.25}});
      if (step == 200) after_two = storage::read_file(path);
    }
  }
  const std::string all = storage::read_file(path);
  EXPECT_EQ((EventFile(path, 40000), storage::read_file(path)), all);
  EXPECT_EQ((EventFile(path, 39999), storage::read_file(path)), after_two);
  for (const size_t cut : {1U, 5U, 30U}) {  // killed during a write
    storage::write_atomically(path, all.substr(0, all.size() - cut));
    EXPECT_EQ((EventFile(path, 40000), storage::read_file(path)), after_two) << cut;
  }
  std::string damaged = all;
  damaged[damaged.size() - 6] ^= 1;
  storage::write_atomically(path, damaged);
  EXPECT_EQ((EventFile(path, 40000), storage::read_file(path)), after_two);
}

TEST(EventFile, AFileOfAnotherKindIsReplaced) {
  const TemporaryFolder folder;
  storage::write_atomically(folder / "events", std::string(1000, 'x'));
  const EventFile file(folder / "events", 10);
  EXPECT_EQ(storage::read_file(folder / "events").size(), 42U);
}

}  // namespace
}  // namespace mazescan::trainer
