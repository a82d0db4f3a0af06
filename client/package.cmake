# The client as a Debian package: `cpack --config .build/release/CPackConfig.cmake -B .build/release`, once carnet is built.
set(CPACK_GENERATOR DEB)
set(CPACK_COMPONENTS_ALL client)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_PACKAGE_NAME carnet)
set(CPACK_PACKAGE_VERSION ${PROJECT_VERSION})
set(CPACK_PACKAGE_CONTACT "Carnet <carnet@localhost>")
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_CLIENT_PACKAGE_NAME carnet)
set(CPACK_DEBIAN_CLIENT_PACKAGE_SECTION misc)
set(CPACK_DEBIAN_CLIENT_PACKAGE_RECOMMENDS "xdg-utils")  # opens the pages
set(CPACK_DEBIAN_CLIENT_PACKAGE_SUGGESTS "sqlite3")
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_CLIENT_PACKAGE_DEPENDS "libsqlite3-0 (>= 3.38)")  # unixepoch(), which no symbol tells
set(CPACK_COMPONENT_CLIENT_DESCRIPTION
  "field journal for municipalities that are mostly offline\nLearning questions, visits, journals and action plans, written with no connection\nat all; what was written travels when a link appears, within a budget.")
include(CPack)
