#include "policy/kernels/kernels.h"

namespace mazescan::policy::kernels {

extern const Kernels kAvx2Kernels, kAvx512Kernels;  // avx2.cc, avx512.cc; amx.cc defines amx_kernels

#ifdef __x86_64__
const Kernels* avx2_kernels() {
  return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") ? &kAvx2Kernels : nullptr;
}

const Kernels* avx512_kernels() {
  return __builtin_cpu_supports("avx512f") ? &kAvx512Kernels : nullptr;
}
#else
const Kernels* amx_kernels() {
  return nullptr;
}

const Kernels* avx2_kernels() {
  return nullptr;
}

const Kernels* avx512_kernels() {
  return nullptr;
}
#endif

const Kernels* best_kernels() {
  static const Kernels* const best = avx512_kernels() != nullptr ? avx512_kernels() : avx2_kernels();
  return best;
}

}  // namespace mazescan::policy::kernels
