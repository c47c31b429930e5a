# cmake -DLAUNCHER=... -DPROGRAM=... -P: checks that PROGRAM prints the same text on 1, 2 and 4 ranks.
foreach(ranks 1 2 4)
  execute_process(COMMAND ${LAUNCHER} -n ${ranks} ${PROGRAM}
    OUTPUT_VARIABLE output ERROR_VARIABLE errors RESULT_VARIABLE status)
  if(NOT status EQUAL 0 OR output STREQUAL "")
    message(FATAL_ERROR "${ranks} ranks: status ${status}\n${output}${errors}")
  endif()
  if(ranks EQUAL 1)
    set(first "${output}")
  elseif(NOT output STREQUAL first)
    message(FATAL_ERROR "1 rank printed\n${first}${ranks} ranks printed\n${output}")
  endif()
endforeach()
message("${first}")
