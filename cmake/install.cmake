# Installs what cmake --install copies: the programs, their configurations, policies and batch scripts, the documents, and the
# environments as a C++ library. MAZESCAN_PYTHON installs the Python package instead (python/CMakeLists.txt).
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

install(TARGETS mazescan-trainer mazescan-evaluator)
install(TARGETS mazescan_seg_plugin LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR}/mazescan/hdf5-plugin)

set(data ${CMAKE_INSTALL_DATADIR}/mazescan)
install(DIRECTORY configs policies DESTINATION ${data})
install(DIRECTORY slurm DESTINATION ${data} USE_SOURCE_PERMISSIONS PATTERN site.sh EXCLUDE)
# Slurm runs a copy of a batch script, which therefore needs the path of the others.
install(CODE "get_filename_component(slurm \"\${CMAKE_INSTALL_PREFIX}/${data}/slurm\" ABSOLUTE)")
install(CODE [[
  file(GLOB scripts "$ENV{DESTDIR}${slurm}/*.sbatch")
  foreach(script IN LISTS scripts)
    file(READ "${script}" text)
    string(REPLACE "\${MAZESCAN_SLURM:-slurm}" "\${MAZESCAN_SLURM:-${slurm}}" text "${text}")
    file(WRITE "${script}" "${text}")
  endforeach()
]])

include(manual)

install(FILES README.md CHANGELOG.md LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(DIRECTORY docs DESTINATION ${CMAKE_INSTALL_DOCDIR})

# Programs that use the library need the libraries that it uses: it is not installed if they were fetched.
get_property(fetched GLOBAL PROPERTY MAZESCAN_FETCHED)
if(fetched)
  message(STATUS "fetched: ${fetched}; the environments are not installed as a C++ library")
  return()
endif()

# One library, because the environments and their table refer to each other.
set(folders mazescan_core mazescan_envs mazescan_environments)
get_property(environments GLOBAL PROPERTY MAZESCAN_ENVIRONMENTS)
foreach(environment frame ${environments})
  list(APPEND folders mazescan_${environment})
endforeach()
list(TRANSFORM folders REPLACE "(.+)" "$<TARGET_OBJECTS:\\1>" OUTPUT_VARIABLE objects)
add_library(mazescan STATIC ${objects})
target_compile_features(mazescan INTERFACE cxx_std_17)
target_link_libraries(mazescan PUBLIC fmt::fmt PRIVATE spdlog::spdlog yaml-cpp::yaml-cpp PkgConfig::xxhash PNG::PNG Threads::Threads)
set_target_properties(mazescan PROPERTIES LINKER_LANGUAGE CXX)
install(TARGETS mazescan EXPORT mazescan INCLUDES DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/mazescan)
install(DIRECTORY core envs DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/mazescan FILES_MATCHING PATTERN *.h PATTERN registry EXCLUDE)
set(package ${CMAKE_INSTALL_LIBDIR}/cmake/mazescan)
install(EXPORT mazescan NAMESPACE mazescan:: FILE mazescanTargets.cmake DESTINATION ${package})
file(WRITE ${CMAKE_BINARY_DIR}/mazescanConfig.cmake [[
include(CMakeFindDependencyMacro)
foreach(dependency Threads fmt spdlog yaml-cpp PNG PkgConfig)
  find_dependency(${dependency})
endforeach()
pkg_check_modules(xxhash REQUIRED IMPORTED_TARGET libxxhash)
if(NOT TARGET yaml-cpp::yaml-cpp)
  add_library(yaml-cpp::yaml-cpp ALIAS yaml-cpp)
endif()
include(${CMAKE_CURRENT_LIST_DIR}/mazescanTargets.cmake)
]])
write_basic_package_version_file(${CMAKE_BINARY_DIR}/mazescanConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_BINARY_DIR}/mazescanConfig.cmake ${CMAKE_BINARY_DIR}/mazescanConfigVersion.cmake DESTINATION ${package})
