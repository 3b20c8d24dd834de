# The programs. Each is one `*_main.cpp` that builds its objects and hands them to the rooms.
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR})

# A small MCP server to try hosts with; also what the tests of mcp/ talk to.
add_executable(convoke-demo-server ${CMAKE_SOURCE_DIR}/src/mcp/demo_server_main.cpp)
target_link_libraries(convoke-demo-server PRIVATE mcp)
if(TARGET mcp_test)
  add_dependencies(mcp_test convoke-demo-server)
endif()

# What the official MCP conformance suite talks to (tests/conformance).
add_executable(conformance_client ${CMAKE_SOURCE_DIR}/tests/conformance/conformance_client_main.cpp)
target_link_libraries(conformance_client PRIVATE mcp)
file(GLOB conformance_fixture CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/tests/conformance/fixture_*.cpp)
add_executable(conformance_server ${CMAKE_SOURCE_DIR}/tests/conformance/conformance_server_main.cpp ${conformance_fixture})
target_link_libraries(conformance_server PRIVATE mcp)

add_executable(convoke ${CMAKE_SOURCE_DIR}/src/app/convoke_main.cpp)
target_link_libraries(convoke PRIVATE app)
