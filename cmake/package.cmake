# `cpack --config build/release/CPackConfig.cmake`: a Debian package of the program, its service and
# its documents. tests/deploy builds, installs, upgrades and purges it.
set(CMAKE_SKIP_INSTALL_ALL_DEPENDENCY ON)  # tests and benches are no part of it
set(doc_dir share/doc/callstream)
install(FILES deploy/systemd/callstream.service DESTINATION /usr/lib/systemd/system)
install(FILES deploy/callstream.toml DESTINATION /etc/callstream)
install(FILES README.md CHANGELOG.md DESTINATION ${doc_dir})
install(DIRECTORY docs/ DESTINATION ${doc_dir} FILES_MATCHING PATTERN "*.md" PATTERN "*.yaml"
        PATTERN "*.json")
install(FILES LICENSE DESTINATION ${doc_dir} RENAME copyright)

# Made by the program itself, so that they are in step with it.
set(generated ${PROJECT_BINARY_DIR}/generated/share)
set(man_page ${generated}/man/callstream.1)
set(bash_words ${generated}/completions/callstream)
set(zsh_words ${generated}/completions/_callstream)
set(fish_words ${generated}/completions/callstream.fish)
add_custom_command(
    OUTPUT ${man_page}.gz ${bash_words} ${zsh_words} ${fish_words}
    COMMAND ${CMAKE_COMMAND} -E make_directory ${generated}/man ${generated}/completions
    COMMAND callstream reference man > ${man_page}
    COMMAND gzip -9nf ${man_page}
    COMMAND callstream completion bash > ${bash_words}
    COMMAND callstream completion zsh > ${zsh_words}
    COMMAND callstream completion fish > ${fish_words}
    DEPENDS callstream
    VERBATIM)
add_custom_target(callstream_pages ALL DEPENDS ${man_page}.gz)
install(FILES ${man_page}.gz DESTINATION share/man/man1)
install(FILES ${bash_words} DESTINATION share/bash-completion/completions)
install(FILES ${zsh_words} DESTINATION share/zsh/vendor-completions)
install(FILES ${fish_words} DESTINATION share/fish/vendor_completions.d)

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_PACKAGE_NAME callstream)
set(CPACK_PACKAGE_VERSION ${PROJECT_VERSION})
set(CPACK_PACKAGE_CONTACT "The callstream maintainers <maintainers@callstream.invalid>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "real-time call events from IP PBXes to Kafka and Redis")
set(CPACK_DEBIAN_PACKAGE_DESCRIPTION
"callstream reads what IP PBXes say (Asterisk's Manager Interface, pushed call
reports, HTTP APIs) and writes one ordered, typed, loss-accounted stream of
CloudEvents to Kafka, Redis Streams and files, through a crash-safe journal.")
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION net)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_DEPENDS "adduser, tzdata")
set(CPACK_DEBIAN_PACKAGE_RECOMMENDS "ca-certificates, procps")
set(CPACK_DEBIAN_PACKAGE_SUGGESTS "redis-server")
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(CPACK_DEBIAN_PACKAGE_CONTROL_EXTRA
    ${PROJECT_SOURCE_DIR}/deploy/debian/postinst ${PROJECT_SOURCE_DIR}/deploy/debian/prerm
    ${PROJECT_SOURCE_DIR}/deploy/debian/postrm ${PROJECT_SOURCE_DIR}/deploy/debian/conffiles)
include(CPack)
