# Finds the external libraries; Debian packages all of them.
find_package(Threads REQUIRED)
find_package(fmt REQUIRED)
find_package(spdlog REQUIRED)
find_package(yaml-cpp REQUIRED)
find_package(PkgConfig REQUIRED)
pkg_check_modules(xxhash REQUIRED IMPORTED_TARGET libxxhash)
find_package(PNG REQUIRED)
if(MAZESCAN_PYTHON)
  return()
endif()

find_package(nlohmann_json REQUIRED)
find_package(CLI11 REQUIRED)
pkg_check_modules(cairo REQUIRED IMPORTED_TARGET cairo-png cairo-svg cairo-pdf)  # pictures of mazes
pkg_check_modules(httplib REQUIRED IMPORTED_TARGET cpp-httplib)  # the server of `mazescan-evaluator explore`
find_package(ZLIB REQUIRED)
find_package(Eigen3 REQUIRED NO_MODULE)  # small dense solvers for statistics/
find_package(Boost 1.74 REQUIRED CONFIG)  # headers only: Boost.Math
find_package(MPI REQUIRED COMPONENTS C)

# Use serial HDF5 through its C API: each shard is written by one process.
set(HDF5_PREFER_PARALLEL OFF)
find_package(HDF5 REQUIRED COMPONENTS C HL)
add_library(mazescan_hdf5_c INTERFACE)
target_include_directories(mazescan_hdf5_c SYSTEM INTERFACE ${HDF5_C_INCLUDE_DIRS})
target_link_libraries(mazescan_hdf5_c INTERFACE ${HDF5_C_HL_LIBRARIES} ${HDF5_C_LIBRARIES})

# Use Debian's libtorch 1.13 (CPU), or a newer one through CMAKE_PREFIX_PATH. libtorch's configuration searches the system
# for its libraries before its own folder, which would mix the two versions, unless the path holds that folder itself
# rather than its share/cmake.
list(TRANSFORM CMAKE_PREFIX_PATH REPLACE "/share/cmake/?$" "")
find_package(Torch REQUIRED)
add_library(mazescan_torch INTERFACE)
if(EXISTS ${TORCH_INSTALL_PREFIX}/include/fmt AND NOT TORCH_INSTALL_PREFIX STREQUAL "/usr")
  # This libtorch ships headers of another version of fmt: put the headers of the fmt that we link before them.
  get_target_property(fmt_headers fmt::fmt INTERFACE_INCLUDE_DIRECTORIES)
  file(MAKE_DIRECTORY ${CMAKE_BINARY_DIR}/our_fmt)
  file(CREATE_LINK ${fmt_headers}/fmt ${CMAKE_BINARY_DIR}/our_fmt/fmt SYMBOLIC)
  target_include_directories(mazescan_torch SYSTEM INTERFACE ${CMAKE_BINARY_DIR}/our_fmt)
endif()
target_include_directories(mazescan_torch SYSTEM INTERFACE ${TORCH_INCLUDE_DIRS})
# Link the C++ library first: PyPI's libtorch exports parts of an older one (std::filesystem) that crash when we call them.
target_link_libraries(mazescan_torch INTERFACE
  -Wl,--push-state,--no-as-needed -lstdc++ -Wl,--pop-state ${TORCH_LIBRARIES})
if(TARGET c10_cuda)
  target_compile_definitions(mazescan_torch INTERFACE MAZESCAN_CUDA)
endif()

if(MAZESCAN_TESTS)
  find_package(GTest REQUIRED)
endif()
if(MAZESCAN_BENCHMARKS)
  find_package(benchmark REQUIRED)
endif()
