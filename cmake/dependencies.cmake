# Everything from outside, all of it from Debian's packages by default.
find_package(Threads REQUIRED)
find_package(fmt REQUIRED)
find_package(spdlog REQUIRED)
find_package(yaml-cpp REQUIRED)
find_package(nlohmann_json REQUIRED)
find_package(CLI11 REQUIRED)
find_package(PkgConfig REQUIRED)
pkg_check_modules(xxhash REQUIRED IMPORTED_TARGET libxxhash)
find_package(PNG REQUIRED)
find_package(ZLIB REQUIRED)
find_package(MPI REQUIRED COMPONENTS C)

# Serial HDF5 through its C API: a shard has one writer.
set(HDF5_PREFER_PARALLEL OFF)
find_package(HDF5 REQUIRED COMPONENTS C HL)
add_library(mazescan_hdf5 INTERFACE)
target_include_directories(mazescan_hdf5 SYSTEM INTERFACE ${HDF5_C_INCLUDE_DIRS})
target_link_libraries(mazescan_hdf5 INTERFACE ${HDF5_C_HL_LIBRARIES} ${HDF5_C_LIBRARIES})

# libtorch: Debian's 1.13 (CPU), or a current one through CMAKE_PREFIX_PATH.
find_package(Torch REQUIRED)
add_library(mazescan_torch INTERFACE)
target_include_directories(mazescan_torch SYSTEM INTERFACE ${TORCH_INCLUDE_DIRS})
target_link_libraries(mazescan_torch INTERFACE ${TORCH_LIBRARIES})

if(MAZESCAN_TESTS)
  find_package(GTest REQUIRED)
endif()
if(MAZESCAN_BENCHMARKS)
  find_package(benchmark REQUIRED)
endif()
