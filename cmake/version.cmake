# Runs at every build: writes OUTPUT, a C++ file with the code's version, if the version has changed.
execute_process(COMMAND git describe --always --dirty --tags
  WORKING_DIRECTORY ${SOURCE_DIR} OUTPUT_VARIABLE COMMIT OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
if(NOT COMMIT)
  set(COMMIT "unknown")
endif()
file(CONFIGURE OUTPUT ${OUTPUT} @ONLY CONTENT [[
#include "core/build_info.h"
namespace mazescan {
const char* code_version() { return "@VERSION@ (@COMMIT@)"; }
}  // namespace mazescan
]])
