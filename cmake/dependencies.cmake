# Finds the external libraries. Debian and conda-forge package all of them; one message lists all that are missing.
# mazescan_need(FOUND NAME DEBIAN CONDA): adds a library that was not found to the message.
set(missing "")
function(mazescan_need found name debian conda)
  if(NOT ${found})
    string(APPEND missing "\n  ${name}: Debian and Ubuntu ${debian}, conda-forge ${conda}")
    set(missing "${missing}" PARENT_SCOPE)
  endif()
endfunction()
# mazescan_report_missing(): ends the configuration if a library was not found.
function(mazescan_report_missing)
  if(missing)
    message(FATAL_ERROR "Libraries that mazescan needs were not found:${missing}\n"
      "Install them with apt (./run setup), or with conda (packaging/environment.yml), or load the modules of your cluster. "
      "CMAKE_PREFIX_PATH names the folders of libraries in unusual places; pip install torch is a libtorch, too. "
      "MAZESCAN_FETCH=ON downloads the small ones (docs/install.md).")
  endif()
endfunction()

include(fetch)
find_package(Threads REQUIRED)
find_package(PkgConfig QUIET)
mazescan_need(PKG_CONFIG_FOUND pkg-config pkg-config pkg-config)
find_package(fmt QUIET)
mazescan_fetch(fmt)
mazescan_need(fmt_FOUND fmt libfmt-dev fmt)
find_package(spdlog QUIET)
mazescan_fetch(spdlog)
mazescan_need(spdlog_FOUND spdlog libspdlog-dev spdlog)
find_package(yaml-cpp QUIET)
mazescan_fetch(yaml-cpp)
mazescan_need(yaml-cpp_FOUND yaml-cpp libyaml-cpp-dev yaml-cpp)
if(TARGET yaml-cpp AND NOT TARGET yaml-cpp::yaml-cpp)
  add_library(yaml-cpp::yaml-cpp ALIAS yaml-cpp)  # before yaml-cpp 0.8
endif()
if(PKG_CONFIG_FOUND)
  pkg_check_modules(xxhash QUIET IMPORTED_TARGET libxxhash)
endif()
mazescan_fetch(xxhash)
mazescan_need(xxhash_FOUND xxHash libxxhash-dev xxhash)
find_package(PNG QUIET)
mazescan_need(PNG_FOUND libpng libpng-dev libpng)
find_package(nlohmann_json QUIET)
mazescan_fetch(nlohmann_json)
mazescan_need(nlohmann_json_FOUND "JSON for Modern C++" nlohmann-json3-dev nlohmann_json)
if(MAZESCAN_PYTHON)
  mazescan_report_missing()
  return()
endif()

find_package(CLI11 QUIET)
mazescan_fetch(CLI11)
mazescan_need(CLI11_FOUND CLI11 libcli11-dev cli11)
if(PKG_CONFIG_FOUND)
  pkg_check_modules(cairo QUIET IMPORTED_TARGET cairo-png cairo-svg cairo-pdf)  # pictures of mazes
  pkg_check_modules(httplib QUIET IMPORTED_TARGET cpp-httplib)  # the server of `mazescan-evaluator explore`
endif()
if(NOT httplib_FOUND)
  find_package(httplib QUIET)  # where it has no pkg-config file
endif()
mazescan_need(cairo_FOUND cairo libcairo2-dev cairo)
mazescan_need(httplib_FOUND cpp-httplib libcpp-httplib-dev cpp-httplib)
find_package(ZLIB QUIET)
mazescan_need(ZLIB_FOUND zlib zlib1g-dev zlib)
find_package(Eigen3 QUIET NO_MODULE)  # small dense solvers for statistics/
mazescan_need(Eigen3_FOUND Eigen libeigen3-dev eigen)
find_package(Boost 1.74 QUIET CONFIG)  # headers only: Boost.Math
mazescan_need(Boost_FOUND "Boost 1.74" libboost-dev libboost-headers)
if(MAZESCAN_MPI)
  find_package(MPI QUIET COMPONENTS C)
  mazescan_need(MPI_C_FOUND MPI "libopenmpi-dev openmpi-bin" openmpi)
else()
  add_library(MPI::MPI_C INTERFACE IMPORTED)
  target_include_directories(MPI::MPI_C INTERFACE ${CMAKE_SOURCE_DIR}/cluster/one_rank)
  set(MPI_C_LIBRARIES none)
endif()

# HDF5 through its C API, as version 1.10 declares it. Serial HDF5 is enough, because each shard is written by one process; a
# parallel one, whose header includes mpi.h, works as well.
if(NOT DEFINED HDF5_PREFER_PARALLEL)
  set(HDF5_PREFER_PARALLEL OFF)
endif()
find_package(HDF5 1.10.7 QUIET COMPONENTS C HL)
mazescan_need(HDF5_FOUND "HDF5 1.10.7" libhdf5-dev hdf5)

# Debian's libtorch (CPU), or another one through CMAKE_PREFIX_PATH. libtorch's configuration searches the system
# for its libraries before its own folder, which would mix the two versions, unless the path holds that folder itself
# rather than its share/cmake.
list(TRANSFORM CMAKE_PREFIX_PATH REPLACE "/share/cmake/?$" "")
find_package(Torch QUIET)
mazescan_need(Torch_FOUND libtorch "libtorch-dev libopenblas0-pthread" pytorch)
if(MAZESCAN_TESTS)
  find_package(GTest QUIET)
  mazescan_fetch(GTest)
  mazescan_need(GTest_FOUND GoogleTest "libgtest-dev libgmock-dev" gtest)
endif()
if(MAZESCAN_BENCHMARKS)
  find_package(benchmark QUIET)
  mazescan_need(benchmark_FOUND "Google Benchmark" libbenchmark-dev benchmark)
endif()
mazescan_report_missing()
message(STATUS "libtorch ${Torch_VERSION}, HDF5 ${HDF5_VERSION}, MPI ${MPI_C_LIBRARIES}")

add_library(mazescan_httplib INTERFACE)
target_link_libraries(mazescan_httplib INTERFACE $<IF:$<TARGET_EXISTS:PkgConfig::httplib>,PkgConfig::httplib,httplib::httplib>)
add_library(mazescan_hdf5_c INTERFACE)
target_compile_definitions(mazescan_hdf5_c INTERFACE H5_USE_110_API)
target_include_directories(mazescan_hdf5_c SYSTEM INTERFACE ${HDF5_C_INCLUDE_DIRS})
target_link_libraries(mazescan_hdf5_c INTERFACE ${HDF5_C_HL_LIBRARIES} ${HDF5_C_LIBRARIES})
if(HDF5_IS_PARALLEL)
  if(NOT MAZESCAN_MPI)
    message(FATAL_ERROR "This HDF5 is parallel, so it needs MPI: set MAZESCAN_MPI=ON, or HDF5_ROOT to a serial HDF5")
  endif()
  target_link_libraries(mazescan_hdf5_c INTERFACE MPI::MPI_C)
  target_compile_definitions(mazescan_hdf5_c INTERFACE OMPI_SKIP_MPICXX MPICH_SKIP_MPICXX)
endif()
add_library(mazescan_torch INTERFACE)
if(EXISTS ${TORCH_INSTALL_PREFIX}/include/fmt AND NOT TORCH_INSTALL_PREFIX STREQUAL "/usr")
  # This libtorch ships headers of another version of fmt: put the headers of the fmt that we link before them.
  get_target_property(fmt_headers fmt::fmt INTERFACE_INCLUDE_DIRECTORIES)
  if(fmt_headers MATCHES "BUILD_INTERFACE:([^>]*)")  # fetched
    set(fmt_headers ${CMAKE_MATCH_1})
  endif()
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
