# The MCP library by itself: `cmake --install build/release --component mcp --prefix DIR` installs headers, archives and
# what `find_package(convoke_mcp)` needs. docs/mcp.md shows the use, tests/package tries it from outside the tree.
include(CMakePackageConfigHelpers)
include(GNUInstallDirs)

set(package_rooms base net mcp)
set(package_folder ${CMAKE_INSTALL_LIBDIR}/cmake/convoke_mcp)

install(TARGETS convoke_options ${package_rooms} EXPORT convoke_mcp
  ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR}/convoke COMPONENT mcp EXCLUDE_FROM_ALL)
foreach(room IN LISTS package_rooms)
  install(DIRECTORY ${CMAKE_SOURCE_DIR}/src/${room} DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/convoke
    COMPONENT mcp EXCLUDE_FROM_ALL FILES_MATCHING PATTERN "*.hpp" PATTERN testdata EXCLUDE PATTERN precompiled.hpp EXCLUDE)
endforeach()
install(EXPORT convoke_mcp NAMESPACE convoke:: FILE convoke_mcpTargets.cmake DESTINATION ${package_folder}
  COMPONENT mcp EXCLUDE_FROM_ALL)

configure_package_config_file(${CMAKE_SOURCE_DIR}/cmake/convoke_mcpConfig.cmake.in
  ${CMAKE_BINARY_DIR}/convoke_mcpConfig.cmake INSTALL_DESTINATION ${package_folder})
write_basic_package_version_file(${CMAKE_BINARY_DIR}/convoke_mcpConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_BINARY_DIR}/convoke_mcpConfig.cmake ${CMAKE_BINARY_DIR}/convoke_mcpConfigVersion.cmake
  DESTINATION ${package_folder} COMPONENT mcp EXCLUDE_FROM_ALL)
