# The programs. Each is one `*_main.cpp` that builds its objects and hands them to the rooms.
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR})
