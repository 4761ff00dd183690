# What is installed where, and the Debian package of it (packaging/README.md).
include(GNUInstallDirs)

set(pages ${PROJECT_BINARY_DIR}/pages)
set(packaging ${PROJECT_SOURCE_DIR}/packaging)
add_custom_command(OUTPUT ${pages}/doc/changelog.gz
    COMMAND ${packaging}/pages $<TARGET_FILE:vigie> ${pages}
    DEPENDS vigie ${packaging}/pages ${PROJECT_SOURCE_DIR}/CHANGELOG.md
    COMMENT "Writing the manual pages and completions" VERBATIM)
# Not where the binary is instrumented: it would run with another's options.
if(VG_SANITIZE STREQUAL "" AND NOT VG_FUZZ AND NOT VG_DEFECTS AND NOT VG_FAULTS)
    add_custom_target(pages ALL DEPENDS ${pages}/doc/changelog.gz)
endif()

set(share ${CMAKE_INSTALL_DATADIR})
install(TARGETS vigie RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
install(FILES ${PROJECT_BINARY_DIR}/vocabulary.bin ${PROJECT_BINARY_DIR}/vocabulary.LICENSE
    DESTINATION ${share}/vigie OPTIONAL)
install(DIRECTORY ${PROJECT_SOURCE_DIR}/rules DESTINATION ${share}/vigie)
install(FILES ${pages}/man/vigie.1.gz DESTINATION ${share}/man/man1)
install(FILES ${pages}/man/vigie.yaml.5.gz DESTINATION ${share}/man/man5)
install(FILES ${pages}/completion/vigie DESTINATION ${share}/bash-completion/completions)
install(FILES ${pages}/completion/_vigie DESTINATION ${share}/zsh/vendor-completions)
install(FILES ${pages}/doc/changelog.gz ${pages}/doc/changelog.Debian.gz ${packaging}/copyright DESTINATION ${share}/doc/vigie)
install(FILES ${packaging}/vigie.yaml DESTINATION ${share}/doc/vigie/examples)
install(FILES ${packaging}/overrides DESTINATION ${share}/lintian/overrides RENAME vigie)
install(FILES ${packaging}/vigie.service ${packaging}/vigie@.service ${packaging}/vigie.socket
    DESTINATION lib/systemd/system)
install(FILES ${packaging}/vigie.sysusers DESTINATION lib/sysusers.d RENAME vigie.conf)
install(FILES ${packaging}/vigie.tmpfiles DESTINATION lib/tmpfiles.d RENAME vigie.conf)

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME vigie)
set(CPACK_PACKAGE_CONTACT "The maintainers of vigie <maintainers@vigie.example>")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_RELEASE 1)
set(CPACK_DEBIAN_PACKAGE_SECTION net)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON) # the libraries that the binary was linked with
set(CPACK_DEBIAN_PACKAGE_SUGGESTS "redis-server (>= 5:6)")
set(CPACK_DEBIAN_PACKAGE_DESCRIPTION
"shared watch of a cyber-defence coalition
vigie reads partners' alert events from Kafka, counts them exactly once into
Redis, raises an alert when activity crosses borders, and serves both over
HTTP, to each partner what it may see.")
set(CPACK_DEBIAN_PACKAGE_CONTROL_EXTRA
    ${packaging}/postinst ${packaging}/prerm ${packaging}/postrm)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
include(CPack)
