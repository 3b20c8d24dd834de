# Everything here is a Debian 12 package; scripts/packages.sh installs them by name.
find_package(Boost 1.81 REQUIRED COMPONENTS json url)
find_package(Threads REQUIRED)
find_package(OpenSSL REQUIRED)
find_package(CURL REQUIRED)
find_package(SQLite3 REQUIRED)
find_package(yaml-cpp REQUIRED)
find_package(spdlog REQUIRED)
find_package(fmt REQUIRED)
find_package(CLI11 REQUIRED)
find_package(mimalloc REQUIRED)
find_package(PkgConfig REQUIRED)
pkg_check_modules(LIBPQ REQUIRED IMPORTED_TARGET libpq)
pkg_check_modules(LIBZSTD REQUIRED IMPORTED_TARGET libzstd)
pkg_check_modules(LIBPCRE2 REQUIRED IMPORTED_TARGET libpcre2-8)
if(CONVOKE_TESTS)
  find_package(GTest REQUIRED)
endif()
if(CONVOKE_BENCH)
  find_package(benchmark REQUIRED)
endif()

# What every file of ours is compiled with. The Boost definitions must be the same everywhere, or the program breaks the
# one-definition rule.
add_library(convoke_options INTERFACE)
target_include_directories(convoke_options INTERFACE
  $<BUILD_INTERFACE:${CMAKE_SOURCE_DIR}/src> $<INSTALL_INTERFACE:include/convoke>)
target_compile_features(convoke_options INTERFACE cxx_std_23)
target_compile_options(convoke_options INTERFACE "$<BUILD_INTERFACE:-Wall;-Wextra;-Wshadow;-Wconversion;-Werror>")
# Without the time stamp in the precompiled header, ccache can share its work between checkouts.
target_compile_options(convoke_options INTERFACE "$<BUILD_INTERFACE:SHELL:-Xclang -fno-pch-timestamp>")
target_compile_definitions(convoke_options INTERFACE
  BOOST_ASIO_SEPARATE_COMPILATION BOOST_BEAST_SEPARATE_COMPILATION BOOST_ASIO_NO_DEPRECATED
  CONVOKE_VERSION="${PROJECT_VERSION}")
if(CONVOKE_SANITIZE)
  target_compile_options(convoke_options INTERFACE -fsanitize=${CONVOKE_SANITIZE} -fno-sanitize-recover=all)
  target_link_options(convoke_options INTERFACE -fsanitize=${CONVOKE_SANITIZE})
endif()
target_link_libraries(convoke_options INTERFACE Boost::headers Boost::json Threads::Threads)
