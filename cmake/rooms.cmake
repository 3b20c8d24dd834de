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
    # Those that need PostgreSQL share one server (tests/postgres.sh), which runs only where one of them does.
    gtest_discover_tests(${room}_test TEST_PREFIX "${room}." DISCOVERY_MODE PRE_TEST TEST_FILTER "-Postgres*"
      PROPERTIES TIMEOUT 60 LABELS "unit;${room}")
    if(room STREQUAL store)
      set(server ${CMAKE_SOURCE_DIR}/tests/postgres.sh)
      set(address ${CMAKE_BINARY_DIR}/postgres.url)
      gtest_discover_tests(${room}_test TEST_PREFIX "${room}." DISCOVERY_MODE PRE_TEST TEST_FILTER "Postgres*"
        PROPERTIES TIMEOUT 900 FIXTURES_REQUIRED postgres
        ENVIRONMENT "CONVOKE_TEST_POSTGRES=${address}" LABELS "unit;${room}")
      add_test(NAME store.postgres_starts COMMAND ${server} start ${address} -c fsync=off)
      add_test(NAME store.postgres_stops COMMAND ${server} stop ${address})
      set_tests_properties(store.postgres_starts PROPERTIES FIXTURES_SETUP postgres TIMEOUT 600)
      set_tests_properties(store.postgres_stops PROPERTIES FIXTURES_CLEANUP postgres TIMEOUT 600)
    endif()
  endif()
endfunction()
