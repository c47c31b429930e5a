# cmake -DLAUNCHER=... -DPROGRAM=... -DARGUMENT=... -DMESSAGE=... -P: checks that PROGRAM ends within 30 s on 1, 2 and 4 ranks, prints
# MESSAGE, and exits with a status other than 0. The status may have any value: mpirun 4.1.4 may crash after an abort.
foreach(ranks 1 2 4)
  execute_process(COMMAND ${LAUNCHER} -n ${ranks} ${PROGRAM} ${ARGUMENT}
    OUTPUT_VARIABLE output ERROR_VARIABLE output RESULT_VARIABLE status TIMEOUT 30)
  string(FIND "${output}" "${MESSAGE}" at)
  if(status EQUAL 0 OR status MATCHES "timeout" OR at EQUAL -1)
    message(FATAL_ERROR "${ranks} ranks: status ${status}, printed\n${output}")
  endif()
endforeach()
