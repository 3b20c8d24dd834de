# A room is one folder of src/ and one static library of the same name. Its `*_test.cpp` files, which lie beside the
# code they test, become the program `<room>_test`; a `*_main.cpp` is a program of its own (cmake/programs.cmake).
function(convoke_room room)
  cmake_parse_arguments(ARG "" "" "NEEDS" ${ARGN})
  set(folder ${CMAKE_SOURCE_DIR}/src/${room})
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${folder}/*.cpp)
  set(tests ${sources})
  list(FILTER tests INCLUDE REGEX "_test\\.cpp$")
  list(FILTER sources EXCLUDE REGEX "(_test|_main)\\.cpp$")

  if(sources)
    add_library(${room} STATIC ${sources})
    target_link_libraries(${room} PUBLIC convoke_options)
    set(scope PUBLIC)
  else()
    add_library(${room} INTERFACE)
    set(scope INTERFACE)
  endif()
  foreach(need IN LISTS ARG_NEEDS)
    target_link_libraries(${room} ${scope} ${need})
  endforeach()

  if(room STREQUAL base)
    # By its path: a compiler cache that checkouts share must not take one's header for another's, which names its files.
    target_precompile_headers(base PRIVATE ${folder}/precompiled.hpp)
  elseif(sources)
    target_precompile_headers(${room} REUSE_FROM base)
  endif()

  if(CONVOKE_TESTS AND tests)
    add_executable(${room}_test ${tests})
    target_link_libraries(${room}_test PRIVATE ${room} GTest::gmock GTest::gtest_main)
    target_precompile_headers(${room}_test REUSE_FROM base)
    foreach(test IN LISTS tests)  # only where they are used, so that a compiler cache serves every checkout
      file(STRINGS ${test} uses_paths REGEX "CONVOKE_(TESTDATA|SOURCE_DIR|BINARY_DIR)" LIMIT_COUNT 1)
      if(uses_paths)
        set_source_files_properties(${test} PROPERTIES COMPILE_DEFINITIONS
          "CONVOKE_TESTDATA=\"${folder}/testdata\";CONVOKE_SOURCE_DIR=\"${CMAKE_SOURCE_DIR}\";CONVOKE_BINARY_DIR=\"${CMAKE_BINARY_DIR}\"")
      endif()
    endforeach()
    include(GoogleTest)
    gtest_discover_tests(${room}_test TEST_PREFIX "${room}." DISCOVERY_MODE PRE_TEST
      PROPERTIES TIMEOUT 60 LABELS "unit;${room}")
  endif()
endfunction()
