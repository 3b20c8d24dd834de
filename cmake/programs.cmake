# The programs. Each is one `*_main.cpp` that builds its objects and hands them to the rooms.
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR})

# A small MCP server to try hosts with; also what the tests of mcp/ talk to.
add_executable(convoke-demo-server ${CMAKE_SOURCE_DIR}/src/mcp/demo_server_main.cpp)
target_link_libraries(convoke-demo-server PRIVATE mcp)
if(TARGET mcp_test)
  add_dependencies(mcp_test convoke-demo-server)
  add_dependencies(hub_test convoke-demo-server)
endif()

# What the official MCP conformance suite talks to (tests/conformance).
add_executable(conformance_client ${CMAKE_SOURCE_DIR}/tests/conformance/conformance_client_main.cpp)
target_link_libraries(conformance_client PRIVATE mcp)
file(GLOB conformance_fixture CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/tests/conformance/fixture_*.cpp)
add_executable(conformance_server ${CMAKE_SOURCE_DIR}/tests/conformance/conformance_server_main.cpp ${conformance_fixture})
target_link_libraries(conformance_server PRIVATE mcp)

# What docs/mcp.md shows.
foreach(example server client tool)
  add_executable(mcp_${example}_example ${CMAKE_SOURCE_DIR}/examples/mcp_${example}.cpp)
  target_link_libraries(mcp_${example}_example PRIVATE mcp)
endforeach()

add_executable(convoke ${CMAKE_SOURCE_DIR}/src/app/convoke_main.cpp)
target_link_libraries(convoke PRIVATE app)
# First, so that its malloc is the one that is found; the sanitizers bring their own (docs/adr/0013-mimalloc.md).
if(NOT CONVOKE_SANITIZE)
  target_link_libraries(convoke PRIVATE mimalloc)
endif()

# A fake model server: scripted answers, speeds and faults (docs/fakellm.md).
add_executable(convoke-fakellm ${CMAKE_SOURCE_DIR}/src/llm/fakellm/fakellm_main.cpp)
target_link_libraries(convoke-fakellm PRIVATE llm CLI11::CLI11)
if(CONVOKE_TESTS)
  # The official JSON Schema test suite (tests/conformance).
  add_executable(schema_suite ${CMAKE_SOURCE_DIR}/tests/conformance/schema_suite_main.cpp)
  target_link_libraries(schema_suite PRIVATE mcp)
  # Lives to be killed by the crash test of store/.
  add_executable(crash_test_writer ${CMAKE_SOURCE_DIR}/src/store/crash_test_writer_main.cpp)
  target_link_libraries(crash_test_writer PRIVATE store)
  add_dependencies(store_test crash_test_writer)
endif()
