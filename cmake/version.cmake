# Runs at every build: writes OUTPUT, a C++ file with the code's version, if the version has changed.
# The commit is git's; in a tarball, which may lie in a repository of its user, that of commit.txt, where git archive put it.
if(EXISTS ${SOURCE_DIR}/.git)
  execute_process(COMMAND git describe --always --dirty --tags
    WORKING_DIRECTORY ${SOURCE_DIR} OUTPUT_VARIABLE COMMIT OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
else()
  file(STRINGS ${SOURCE_DIR}/cmake/commit.txt COMMIT REGEX "^[0-9A-Za-z]")
endif()
if(NOT COMMIT)
  set(COMMIT "unknown")
endif()
file(CONFIGURE OUTPUT ${OUTPUT} @ONLY CONTENT [[
#include "core/build_info.h"
namespace mazescan {
const char* code_version() { return "@VERSION@ (@COMMIT@)"; }
}  // namespace mazescan
]])
