# The programs. Each is one `*_main.cpp` that builds its objects and hands them to the rooms.
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR})

if(CONVOKE_TESTS)
  # Lives to be killed by the crash test of store/.
  add_executable(crash_test_writer ${CMAKE_SOURCE_DIR}/src/store/crash_test_writer_main.cpp)
  target_link_libraries(crash_test_writer PRIVATE store)
  add_dependencies(store_test crash_test_writer)
endif()
