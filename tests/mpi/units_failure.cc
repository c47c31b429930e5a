// units_failure early|late: on_done throws on rank 0, while rank 0 still works (early), or after its own work
// is done (late). The program must end with the message of that error; it must not hang and not succeed.
#include <chrono>
#include <stdexcept>
#include <string>
#include <thread>

#include "cluster/program.h"
#include "cluster/units.h"
#include "cluster/world.h"

namespace mazescan {
namespace {

int work(bool late, const World& world) {
  // If there is another rank, it does the unit that fails.
  const std::string mine = world.rank() == world.size() - 1 ? "bad" : "good";
  UnitQueue queue(world, late ? world.size() : 1000, [](int, const std::string& report) {
    if (report == "bad") throw std::runtime_error("the report is bad");
  });
  while (const auto unit = queue.take()) {
    const bool slow = late && mine == "bad";
    std::this_thread::sleep_for(std::chrono::milliseconds(slow ? 700 : late ? 200 : 10));
    queue.done(*unit, mine);
  }
  return 0;
}

}  // namespace
}  // namespace mazescan

int main(int argc, char** argv) {
  return mazescan::run_program("units_failure", [&] {
    const bool late = argc > 1 && std::string(argv[1]) == "late";
    const mazescan::World world(&argc, &argv);
    return mazescan::work(late, world);
  });
}
