# Installs manual pages and shell completions of the programs, which print them of their own options: during the installation,
# so that the build does not run them.
set(MAZESCAN_ZSH_COMPLETIONS ${CMAKE_INSTALL_DATADIR}/zsh/site-functions CACHE STRING "folder of zsh's completions")

foreach(program mazescan-trainer mazescan-evaluator)
  foreach(file
      "${CMAKE_INSTALL_MANDIR}/man1/${program}.1 --man-page"
      "${CMAKE_INSTALL_DATADIR}/bash-completion/completions/${program} --completion bash"
      "${MAZESCAN_ZSH_COMPLETIONS}/_${program} --completion zsh"
      "${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d/${program}.fish --completion fish")
    separate_arguments(words UNIX_COMMAND "${file}")
    list(POP_FRONT words path)
    list(JOIN words " " options)
    get_filename_component(folder ${path} DIRECTORY)
    set(printed ${CMAKE_BINARY_DIR}/manual/${path})
    install(CODE "
      file(MAKE_DIRECTORY \"${CMAKE_BINARY_DIR}/manual/${folder}\")
      execute_process(COMMAND \"${CMAKE_RUNTIME_OUTPUT_DIRECTORY}/${program}\" ${options}
        OUTPUT_FILE \"${printed}\" COMMAND_ERROR_IS_FATAL ANY)")
    install(FILES ${printed} DESTINATION ${folder})
  endforeach()
endforeach()
