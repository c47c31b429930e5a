# CPack runs this script after it has installed everything into a folder of its own: it makes of that folder what Debian's
# policy asks for. Variables: those of CPack, in particular those of cmake/package.cmake.
set(usr ${CPACK_TEMPORARY_INSTALL_DIRECTORY}/usr)
set(doc ${usr}/share/doc/${CPACK_PACKAGE_NAME})

# compress(FILE...): Debian wants manual pages and changelogs compressed, without their names and times.
function(compress)
  execute_process(COMMAND gzip -9 -n -f ${ARGN} COMMAND_ERROR_IS_FATAL ANY)
endfunction()

file(GLOB pages ${usr}/share/man/man1/*.1)
compress(${pages})

# Debian's zsh looks for completions of packages in a folder of its own.
if(EXISTS ${usr}/share/zsh/site-functions)
  file(RENAME ${usr}/share/zsh/site-functions ${usr}/share/zsh/vendor-completions)
endif()

# The libraries of a package are where the system looks for them.
file(GLOB programs ${usr}/bin/*)
foreach(program IN LISTS programs)
  file(RPATH_REMOVE FILE ${program})
endforeach()

string(TIMESTAMP date "%a, %d %b %Y %H:%M:%S +0000" UTC)  # SOURCE_DATE_EPOCH, if it is set
file(WRITE ${doc}/changelog.Debian
"${CPACK_PACKAGE_NAME} (${CPACK_PACKAGE_VERSION}-${CPACK_DEBIAN_PACKAGE_RELEASE}) unstable; urgency=medium

  * Built by cpack from the sources; changelog.gz lists their changes.

 -- ${CPACK_PACKAGE_CONTACT}  ${date}
")
file(RENAME ${doc}/CHANGELOG.md ${doc}/changelog)
compress(${doc}/changelog ${doc}/changelog.Debian)

file(READ ${doc}/LICENSE license)
file(REMOVE ${doc}/LICENSE)  # the copyright file has its text
string(REGEX MATCH "Copyright \\(c\\) ([^\n]*)" found "${license}")
set(holder ${CMAKE_MATCH_1})
string(REGEX REPLACE "^MIT License\n+Copyright[^\n]*\n+" "" license "${license}")
string(STRIP "${license}" license)
string(REPLACE "\n\n" "\n.\n" license "${license}")
string(REPLACE "\n" "\n " license "${license}")
file(WRITE ${doc}/copyright
"Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/
Upstream-Name: ${CPACK_PACKAGE_NAME}

Files: *
Copyright: ${holder}
License: Expat

License: Expat
 ${license}
")
