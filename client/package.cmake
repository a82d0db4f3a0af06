# The client and the relay as a Debian package each: `cpack --config .build/release/CPackConfig.cmake -B .build/release`, once both are built.
set(CPACK_GENERATOR DEB)
set(CPACK_COMPONENTS_ALL client relay)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_PACKAGE_NAME carnet)
set(CPACK_PACKAGE_VERSION ${PROJECT_VERSION})
set(CPACK_PACKAGE_CONTACT "Carnet <carnet@localhost>")
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_CLIENT_PACKAGE_NAME carnet)
set(CPACK_DEBIAN_CLIENT_PACKAGE_SECTION misc)
set(CPACK_DEBIAN_CLIENT_PACKAGE_RECOMMENDS "xdg-utils, avahi-daemon")  # opens the pages; finds devices on the local network
set(CPACK_DEBIAN_CLIENT_PACKAGE_SUGGESTS "sqlite3")
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_CLIENT_PACKAGE_DEPENDS "libsqlite3-0 (>= 3.38), libzbar0 (>= 0.23.92-7+deb12u1)")  # unixepoch(), which no symbol tells; the mended reader of codes (CVE-2023-40889, -40890)
set(CPACK_COMPONENT_CLIENT_DESCRIPTION
  "field journal for municipalities that are mostly offline\nLearning questions, visits, journals and action plans, written with no connection\nat all; what was written travels when a link appears, within a budget.")
set(CPACK_DEBIAN_RELAY_PACKAGE_NAME carnet-relay)
set(CPACK_DEBIAN_RELAY_PACKAGE_SECTION net)
set(CPACK_DEBIAN_RELAY_PACKAGE_DEPENDS "libsqlite3-0 (>= 3.39), systemd")  # IS NOT DISTINCT FROM
set(CPACK_DEBIAN_RELAY_PACKAGE_SUGGESTS "postgresql, sqlite3")
set(CPACK_DEBIAN_RELAY_PACKAGE_CONTROL_STRICT_PERMISSION ON)
foreach(file postinst prerm conffiles)
  list(APPEND CPACK_DEBIAN_RELAY_PACKAGE_CONTROL_EXTRA ${CMAKE_SOURCE_DIR}/server/service/${file})
endforeach()
set(CPACK_COMPONENT_RELAY_DESCRIPTION
  "relay of the field journal Carnet\nKeeps the spaces of many devices, merges what they wrote offline and passes it on.")
include(CPack)
