#define MAZESCAN_LANES 8
#include "policy/kernels/vector_kernels.h"

namespace mazescan::policy::kernels {

extern const Kernels kAvx2Kernels;
const Kernels kAvx2Kernels = {"AVX2",   scratch_size,         convolve, add_weight_gradient,
                              max_pool, add_max_pool_gradient};

}  // namespace mazescan::policy::kernels
