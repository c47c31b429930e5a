# A Debian package of the installation, by `cpack -G DEB` in the build folder. Its dependencies are what dpkg-shlibdeps finds.
set(CPACK_PACKAGE_NAME mazescan)
set(CPACK_PACKAGE_VENDOR mazescan)
# The maintainer is who builds the package: cpack -D CPACK_PACKAGE_CONTACT="NAME <ADDRESS>". By default the commit's author.
execute_process(COMMAND git log -1 "--format=%an <%ae>" WORKING_DIRECTORY ${CMAKE_SOURCE_DIR}
  OUTPUT_VARIABLE CPACK_PACKAGE_CONTACT OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
if(NOT CPACK_PACKAGE_CONTACT)
  set(CPACK_PACKAGE_CONTACT "the mazescan authors <root@localhost>")
endif()
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "train maze policies and measure what they want")
set(CPACK_PACKAGE_VERSION ${PROJECT_VERSION})
set(CPACK_STRIP_FILES ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_RELEASE 1)
set(CPACK_DEBIAN_PACKAGE_SECTION science)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_RECOMMENDS "fonts-dejavu-core, libopenblas0-pthread")
if(MAZESCAN_MPI)
  string(APPEND CPACK_DEBIAN_PACKAGE_RECOMMENDS ", openmpi-bin")
endif()
set(CPACK_DEBIAN_PACKAGE_DESCRIPTION
"mazescan trains policies on procgen's mazes, whose cheese is always near one
corner, and measures whether they learned to go to the cheese or to the
corner: outcomes, recordings of activations as HDF5 datasets, probes, edits,
exact worst cases, and a report. Both programs run alone or under MPI.")
set(CPACK_PRE_BUILD_SCRIPTS ${CMAKE_CURRENT_LIST_DIR}/debian.cmake)
# Folders of a package have the permissions that Debian wants, whatever umask the sources were checked out with.
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS
  OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)
include(CPack)
