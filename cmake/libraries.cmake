# Which room uses which library. Keeping it in one place shows what each dependency is for.
target_link_libraries(base PUBLIC spdlog::spdlog fmt::fmt)
target_link_libraries(net PUBLIC CURL::libcurl OpenSSL::SSL)
target_link_libraries(store PRIVATE SQLite::SQLite3 PkgConfig::LIBPQ)
target_link_libraries(app PRIVATE yaml-cpp CLI11::CLI11)
target_link_libraries(mcp PUBLIC OpenSSL::Crypto PRIVATE PkgConfig::LIBPCRE2)
target_link_libraries(gateway PRIVATE Boost::url)

# The page is compiled into the gateway.
file(GLOB web_files CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/web/*)
add_custom_command(
  OUTPUT ${CMAKE_BINARY_DIR}/web_files.cpp
  COMMAND ${CMAKE_COMMAND} -D OUTPUT=${CMAKE_BINARY_DIR}/web_files.cpp -D FOLDER=${CMAKE_SOURCE_DIR}/web
          -P ${CMAKE_SOURCE_DIR}/cmake/embed.cmake
  DEPENDS ${web_files} ${CMAKE_SOURCE_DIR}/cmake/embed.cmake
  VERBATIM)
target_sources(gateway PRIVATE ${CMAKE_BINARY_DIR}/web_files.cpp)
target_link_libraries(cli PRIVATE edit)

# The vocabularies lie compressed in the repository. The build makes the tables of them that the program looks things up
# in, so that it has nothing to unpack.
add_executable(vocabulary_tables ${CMAKE_SOURCE_DIR}/src/tokens/vocabulary_tables_main.cpp
  ${CMAKE_SOURCE_DIR}/src/tokens/vocabulary.cpp)
target_link_libraries(vocabulary_tables PRIVATE convoke_options PkgConfig::LIBZSTD)
set(vocabulary_folder ${CMAKE_BINARY_DIR}/vocabularies)
file(MAKE_DIRECTORY ${vocabulary_folder})
foreach(encoding o200k_base cl100k_base)
  set(packed ${CMAKE_SOURCE_DIR}/src/tokens/data/${encoding}.zst)
  add_custom_command(
    OUTPUT ${vocabulary_folder}/${encoding}.tables
    COMMAND vocabulary_tables ${packed} ${vocabulary_folder}/${encoding}.tables
    DEPENDS vocabulary_tables ${packed}
    VERBATIM)
  list(APPEND vocabularies ${vocabulary_folder}/${encoding}.tables)
endforeach()
target_sources(tokens PRIVATE ${vocabularies})
set_source_files_properties(${CMAKE_SOURCE_DIR}/src/tokens/embedded_tokenizers.cpp PROPERTIES
  OBJECT_DEPENDS "${vocabularies}"
  COMPILE_DEFINITIONS CONVOKE_VOCABULARIES="${vocabulary_folder}")

# The list of prices lies in the program, too.
set_source_files_properties(${CMAKE_SOURCE_DIR}/src/llm/shipped_prices.cpp PROPERTIES
  OBJECT_DEPENDS ${CMAKE_SOURCE_DIR}/src/llm/data/prices.json
  COMPILE_DEFINITIONS CONVOKE_PRICES="${CMAKE_SOURCE_DIR}/src/llm/data/prices.json")

# What runs in forks of a program with threads is without the sanitizers, whose locks may have been held at the fork.
set_source_files_properties(${CMAKE_SOURCE_DIR}/src/net/keeper.cpp ${CMAKE_SOURCE_DIR}/src/net/keeper_system.cpp
  TARGET_DIRECTORY net PROPERTIES COMPILE_OPTIONS -fno-sanitize=all SKIP_PRECOMPILE_HEADERS ON)
