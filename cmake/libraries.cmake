# Which room uses which library. Keeping it in one place shows what each dependency is for.
target_link_libraries(base PUBLIC spdlog::spdlog fmt::fmt)
target_link_libraries(net PUBLIC CURL::libcurl OpenSSL::SSL)
target_link_libraries(store PRIVATE SQLite::SQLite3)
target_link_libraries(app PRIVATE yaml-cpp CLI11::CLI11)
target_link_libraries(mcp PUBLIC OpenSSL::Crypto)
