#define MAZESCAN_LANES 16
#include "policy/kernels/vector_kernels.h"

namespace mazescan::policy::kernels {

extern const Kernels kAvx512Kernels;
const Kernels kAvx512Kernels = {"AVX-512",           scratch_size, convolve,
                                add_weight_gradient, max_pool,     add_max_pool_gradient};

}  // namespace mazescan::policy::kernels
