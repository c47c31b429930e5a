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
  SOURCE_SUBDIR none)  # its sources only: mazescan_fetched_target defines the target
mazescan_source(ZLIB z/zlib/zlib_1.2.13.dfsg.orig.tar.bz2
  71feb7947e3c00ef125f83b79a4e529bde31171e5babe48b391f06758d1ab0a1 SOURCE_SUBDIR none)
mazescan_source(PNG libp/libpng1.6/libpng1.6_1.6.39.orig.tar.gz
  a00e9d2f2f664186e4202db9299397f851aea71b36a35e74910b8820e380d441 SOURCE_SUBDIR none)
mazescan_source(Eigen3 e/eigen3/eigen3_3.4.0.orig.tar.bz2
  b4c198460eba6f28d34894e3a5710998818515104d6e74e5cc331ce31e46e626 SOURCE_SUBDIR none)
mazescan_source(Boost b/boost1.74/boost1.74_1.74.0+ds1.orig.tar.xz
  192f5df504d282cb81288f88232d8af45b64a9ab531e1c7cf8ae955f16f6bb28 SOURCE_SUBDIR none)
mazescan_source(httplib c/cpp-httplib/cpp-httplib_0.11.4+ds.orig.tar.xz
  8b1a5df569003b6a4f24c68489bbda5c64aec94697bdc9ebba5d79408b2ae7eb SOURCE_SUBDIR none)
mazescan_source(GTest g/googletest/googletest_1.12.1.orig.tar.gz
  81964fe578e9bd7c94dfdb09c8e4d6e6759e19967e397dbea48d1c10e45d0df2)

# mazescan_static(NAME ALIAS HEADERS SOURCES...): a static library of fetched sources.
function(mazescan_static name alias headers)
  add_library(${name} STATIC ${ARGN})
  target_include_directories(${name} SYSTEM PUBLIC ${headers})
  set_target_properties(${name} PROPERTIES POSITION_INDEPENDENT_CODE ON UNITY_BUILD OFF)
  add_library(${alias} ALIAS ${name})
endfunction()
# mazescan_headers(NAME ALIAS HEADERS): a library that consists of headers.
function(mazescan_headers name alias headers)
  add_library(${name} INTERFACE)
  target_include_directories(${name} SYSTEM INTERFACE ${headers})
  add_library(${alias} ALIAS ${name})
endfunction()
# mazescan_fetched_target(NAME SOURCES): defines the target of a library whose own build does not suit: SOURCES, its folder.
function(mazescan_fetched_target name sources)
  if(name STREQUAL "xxhash")
    mazescan_static(mazescan_xxhash PkgConfig::xxhash ${sources} ${sources}/xxhash.c)
  elseif(name STREQUAL "ZLIB")
    file(GLOB files ${sources}/*.c)
    mazescan_static(mazescan_zlib ZLIB::ZLIB ${sources} ${files})
    target_compile_definitions(mazescan_zlib PRIVATE HAVE_UNISTD_H)
  elseif(name STREQUAL "PNG")
    file(GLOB files ${sources}/png*.c)
    list(REMOVE_ITEM files ${sources}/pngtest.c)
    mazescan_static(mazescan_png PNG::PNG "${CMAKE_BINARY_DIR}/png;${sources}" ${files})
    configure_file(${sources}/scripts/pnglibconf.h.prebuilt ${CMAKE_BINARY_DIR}/png/pnglibconf.h COPYONLY)
    # Its fast paths for some processors need files of their own.
    target_compile_definitions(mazescan_png PRIVATE PNG_INTEL_SSE_OPT=0 PNG_ARM_NEON_OPT=0 PNG_POWERPC_VSX_OPT=0)
    target_link_libraries(mazescan_png PUBLIC ZLIB::ZLIB m)
  elseif(name STREQUAL "Eigen3")
    mazescan_headers(mazescan_eigen Eigen3::Eigen ${sources})
  elseif(name STREQUAL "Boost")
    file(GLOB headers ${sources}/libs/*/include ${sources}/libs/*/*/include)  # each of its libraries has a folder
    mazescan_headers(mazescan_boost Boost::headers "${headers}")
  elseif(name STREQUAL "httplib")
    mazescan_headers(mazescan_httplib_headers httplib::httplib ${sources})
  endif()
endfunction()

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
  string(TOLOWER ${name} folder)
  mazescan_fetched_target(${name} ${${folder}_SOURCE_DIR})
  set(${name}_FOUND TRUE PARENT_SCOPE)
  set_property(GLOBAL APPEND PROPERTY MAZESCAN_FETCHED ${name})
endfunction()
