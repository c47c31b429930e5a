#pragma once
#include <string>

namespace mazescan::policy {

// Limits this process to one compute thread. mazescan uses more cores by running more ranks; several OpenMP
// or BLAS threads on shared cores slow each other down many times over. The number of threads also determines
// the order of sums, so results would depend on the machine. Call before the first tensor is made.
void use_one_compute_thread();

// Logs how to make matrix products faster if OpenBLAS uses instructions that are far older than this processor, as it does
// on processors that are newer than itself. Call after start_log.
void advise_on_matrix_products();

// Returns the version of libtorch that the program was built with.
const char* torch_version();

// Returns the version of CUDA that the program was built with, or "none".
std::string cuda_version();

}  // namespace mazescan::policy
