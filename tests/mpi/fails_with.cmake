# cmake -DPROGRAM=... -DARGUMENT=... -DMESSAGE=... -P: requires that PROGRAM ends soon on 1, 2 and 4 ranks, that it prints
# MESSAGE, and that its status is not 0. The status itself is not checked: mpirun 4.1.4 may crash after an abort.
foreach(ranks 1 2 4)
  execute_process(COMMAND mpirun -n ${ranks} ${PROGRAM} ${ARGUMENT}
    OUTPUT_VARIABLE output ERROR_VARIABLE output RESULT_VARIABLE status TIMEOUT 30)
  string(FIND "${output}" "${MESSAGE}" at)
  if(status EQUAL 0 OR status MATCHES "timeout" OR at EQUAL -1)
    message(FATAL_ERROR "${ranks} ranks: status ${status}, printed\n${output}")
  endif()
endforeach()
