#pragma once

namespace mazescan::policy {

// One compute thread in this process, whatever the libraries would choose: ranks are how mazescan uses more
// cores, and several OpenMP or BLAS threads on shared cores slow each other down many times over. The number
// of threads also decides the order of sums, so results would depend on the machine. Call before the first
// tensor.
void use_one_compute_thread();

// Returns the version of libtorch that the program was built with.
const char* torch_version();

}  // namespace mazescan::policy
