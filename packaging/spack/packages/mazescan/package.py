# A Spack package of mazescan, for a clone of it:
#
#   spack repo add packaging/spack
#   spack dev-build --drop-in bash mazescan@0.1.0        # or: spack develop --path $PWD mazescan@0.1.0 in an environment
#
# What was run: Python's compiler, and a test that the libraries are those of cmake/dependencies.cmake. Spack was not: it was not
# reachable where this was written. Please report what is wrong with it.
from spack.package import *


class Mazescan(CMakePackage, CudaPackage):
    """Trains maze policies on a cluster, and measures what they want: scans of maze sizes and placements of the goal,
    activation datasets in HDF5, probes, edits, exact worst cases, and a report."""

    maintainers = []
    version("0.1.0")  # no archive: build it from a clone

    variant("mpi", default=True, description="run on several ranks")
    variant("tests", default=False, description="build the tests")

    depends_on("c", type="build")
    depends_on("cxx", type="build")
    depends_on("cmake@3.25:", type="build")
    depends_on("ninja", type="build")
    depends_on("pkgconfig", type="build")
    depends_on("mpi", when="+mpi")
    depends_on("hdf5@1.10.7:+hl")
    depends_on("py-torch@1.13:2.11~cuda", when="~cuda")
    depends_on("py-torch@1.13:2.11+cuda", when="+cuda")
    depends_on("fmt")
    depends_on("spdlog+fmt_external")
    depends_on("yaml-cpp")
    depends_on("xxhash")
    depends_on("libpng")
    depends_on("nlohmann-json")
    depends_on("cli11")
    depends_on("cairo+png+svg+pdf")
    depends_on("cpp-httplib")
    depends_on("zlib-api")
    depends_on("eigen")
    depends_on("boost@1.74:")
    depends_on("googletest+gmock", when="+tests")

    generator("ninja")

    def cmake_args(self):
        torch = join_path(self.spec["python"].package.platlib, "torch")
        return [
            self.define_from_variant("MAZESCAN_MPI", "mpi"),
            self.define_from_variant("MAZESCAN_TESTS", "tests"),
            self.define("MAZESCAN_BENCHMARKS", False),
            self.define("CMAKE_PREFIX_PATH", join_path(self.spec["py-torch"].prefix, torch)),
        ]
