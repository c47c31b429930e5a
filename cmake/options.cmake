# Sets the options of all targets. -ffp-contract=off: fused operations would change the geometry of procgen's frames.
add_library(mazescan_options INTERFACE)
target_compile_options(mazescan_options INTERFACE
  $<$<COMPILE_LANGUAGE:CXX>:-Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -ffp-contract=off>)
target_include_directories(mazescan_options INTERFACE ${CMAKE_SOURCE_DIR})
if(CMAKE_CXX_COMPILER_ID STREQUAL GNU AND CMAKE_CXX_COMPILER_VERSION VERSION_GREATER_EQUAL 13)
  # It warns of every reference into one argument of a function whose other argument is a temporary.
  target_compile_options(mazescan_options INTERFACE $<$<COMPILE_LANGUAGE:CXX>:-Wno-dangling-reference>)
endif()

if(MAZESCAN_MARCH)
  add_compile_options($<$<COMPILE_LANGUAGE:CXX>:-march=${MAZESCAN_MARCH}>)
endif()

set(sanitizers_address address,undefined)
set(sanitizers_thread thread)
if(MAZESCAN_SANITIZE)
  if(NOT DEFINED sanitizers_${MAZESCAN_SANITIZE})
    message(FATAL_ERROR "MAZESCAN_SANITIZE is '${MAZESCAN_SANITIZE}': it must be address or thread")
  endif()
  set(sanitizers -fsanitize=${sanitizers_${MAZESCAN_SANITIZE}})
  # -g1 is enough for stack traces. More optimization or debugging information would double the build time, because the
  # sanitizers' checks are code to be optimized too.
  set(CMAKE_CXX_FLAGS_RELWITHDEBINFO "-Og -g1")
  # Without the checks of pointers that would be made at every access to a member, and take a quarter of the build time. The
  # address sanitizer reports the use of null pointers and of memory outside an object, too.
  add_compile_options(${sanitizers} -fno-sanitize=null,alignment,object-size,pointer-overflow -fno-sanitize-recover=all
    -fno-omit-frame-pointer)
  add_link_options(${sanitizers})
endif()

find_program(CCACHE ccache)
if(CCACHE)
  # ccache needs pch_defines and time_macros to cache files that use a precompiled header.
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env
      CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime ${CCACHE})
  set(CMAKE_C_COMPILER_LAUNCHER ${CCACHE})
  if(CMAKE_CXX_COMPILER_ID STREQUAL GNU)
    add_compile_options($<$<COMPILE_LANGUAGE:CXX>:-fpch-preprocess>)
  else()
    add_compile_options("$<$<COMPILE_LANGUAGE:CXX>:SHELL:-Xclang -fno-pch-timestamp>")
  endif()
endif()

# Compile the sources of a target several at a time, because headers take most of the time of each.
option(MAZESCAN_UNITY "compile sources several at a time; OFF for clang-tidy and editors" ON)
set(CMAKE_UNITY_BUILD ${MAZESCAN_UNITY})
set(CMAKE_UNITY_BUILD_BATCH_SIZE 8)

# mazescan_share_torch(TARGET): speeds up the build of a target that includes libtorch's headers. All such targets share one
# precompiled header; loading even that dominates, so more of their sources are compiled at a time.
function(mazescan_share_torch target)
  if(NOT target STREQUAL mazescan_formats)
    target_precompile_headers(${target} REUSE_FROM mazescan_formats)
  endif()
  set_target_properties(${target} PROPERTIES UNITY_BUILD_BATCH_SIZE 16)
endfunction()

# mazescan_library(NAME sources... LINK libraries...): defines the static library of a folder.
function(mazescan_library name)
  cmake_parse_arguments(ARG "" "" "LINK" ${ARGN})
  add_library(${name} STATIC ${ARG_UNPARSED_ARGUMENTS})
  target_link_libraries(${name} PUBLIC mazescan_options ${ARG_LINK})
endfunction()
