// units_failure early|late: on_done throws on rank 0, while rank 0 still works (early), or after its own work
// is done (late). The program must end with the message of that error; it must not hang and not succeed.
#include <chrono>
#include <stdexcept>
#include <string>
#include <thread>

#include "cluster/communicator.h"
#include "cluster/program.h"
#include "cluster/units.h"

namespace mazescan {
namespace {

int work(bool late, const cluster::Communicator& communicator) {
  // If there is another rank, it does the unit that fails.
  const std::string mine = communicator.rank() == communicator.size() - 1 ? "bad" : "good";
  cluster::UnitQueue queue(communicator, late ? communicator.size() : 1000,
                           [](int, const std::string& report) {
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
  return mazescan::cluster::run_program("units_failure", [&] {
    const bool late = argc > 1 && std::string(argv[1]) == "late";
    const mazescan::cluster::Communicator communicator(&argc, &argv);
    return mazescan::work(late, communicator);
  });
}
