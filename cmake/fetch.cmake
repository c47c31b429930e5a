# Small libraries that are not installed, built with mazescan: MAZESCAN_FETCH=ON. For machines without root, where libtorch,
# HDF5 and MPI come from modules or PyPI. Their sources are those of Debian 12, whose packages are tested most; each archive has
# a pinned hash. CMake looks for an installed library first.
include(FetchContent)

set(MAZESCAN_MIRRORS "http://deb.debian.org/debian" "http://archive.debian.org/debian" CACHE STRING
  "mirrors of Debian, tried in order")

# mazescan_source(NAME PATH HASH [arguments of FetchContent_Declare]): where the sources of a library are in Debian's archive.
function(mazescan_source name path hash)
  list(TRANSFORM MAZESCAN_MIRRORS APPEND "/pool/main/${path}" OUTPUT_VARIABLE urls)
  FetchContent_Declare(${name} SYSTEM URL ${urls} URL_HASH SHA256=${hash} DOWNLOAD_EXTRACT_TIMESTAMP ON ${ARGN})
endfunction()

mazescan_source(fmt f/fmtlib/fmtlib_9.1.0+ds1.orig.tar.gz
  84ce1c2d0be3a9863935137969dcec6970125caac032f82474640bfc81463583)
mazescan_source(spdlog s/spdlog/spdlog_1.10.0+ds.orig.tar.xz
  620ca6842b5c21014470bd42eb4716024674214fb973b5ffa3aaea33310ad327)
mazescan_source(yaml-cpp y/yaml-cpp/yaml-cpp_0.7.0+dfsg.orig.tar.xz
  dc63708605404e0b963e0ca3a9619d1c8270eda2839603e6fa0384e5e51e5312)
mazescan_source(CLI11 c/cli11/cli11_2.1.2+ds.orig.tar.xz
  8143d20b688e98ccce8e24562d3b68e5f47c12e896c42c7ca8553dbde5bed55d)
mazescan_source(nlohmann_json n/nlohmann-json3/nlohmann-json3_3.11.2.orig.tar.gz
  d69f9deb6a75e2580465c6c4c5111b89c4dc2fa94e3a85fcd2ffcd9a143d9273)
mazescan_source(xxhash x/xxhash/xxhash_0.8.1.orig.tar.gz
  3bb6b7d6f30c591dd65aaaff1c8b7a5b94d81687998ca9400082c739a690436c
  SOURCE_SUBDIR none)  # its sources only: the target is defined below
mazescan_source(GTest g/googletest/googletest_1.12.1.orig.tar.gz
  81964fe578e9bd7c94dfdb09c8e4d6e6759e19967e397dbea48d1c10e45d0df2)

# mazescan_fetch(NAME): adds a library if MAZESCAN_FETCH is on and NAME_FOUND is not; then NAME_FOUND is true.
function(mazescan_fetch name)
  if(NOT MAZESCAN_FETCH OR ${name}_FOUND)
    return()
  endif()
  message(STATUS "${name} is not installed: fetching its sources")
  # Static libraries that are not installed, compiled as their authors do, without their tests.
  set(CMAKE_UNITY_BUILD OFF)
  set(BUILD_SHARED_LIBS OFF)
  set(CMAKE_POLICY_DEFAULT_CMP0077 NEW)  # their options are the variables below
  set(CMAKE_POLICY_VERSION_MINIMUM 3.5)  # CMake 4 refuses older ones
  set(CMAKE_WARN_DEPRECATED OFF)
  set(SPDLOG_FMT_EXTERNAL ON)
  set(YAML_CPP_BUILD_TOOLS OFF)
  foreach(option FMT_INSTALL SPDLOG_INSTALL YAML_CPP_INSTALL CLI11_INSTALL JSON_Install INSTALL_GTEST
      JSON_BuildTests YAML_CPP_BUILD_TESTS CLI11_BUILD_TESTS CLI11_BUILD_EXAMPLES CLI11_BUILD_DOCS)
    set(${option} OFF)
  endforeach()
  FetchContent_MakeAvailable(${name})
  if(name STREQUAL xxhash)
    add_library(mazescan_xxhash STATIC ${xxhash_SOURCE_DIR}/xxhash.c)
    target_include_directories(mazescan_xxhash SYSTEM PUBLIC ${xxhash_SOURCE_DIR})
    add_library(PkgConfig::xxhash ALIAS mazescan_xxhash)
  endif()
  set(${name}_FOUND TRUE PARENT_SCOPE)
  set_property(GLOBAL APPEND PROPERTY MAZESCAN_FETCHED ${name})
endfunction()
