#pragma once
#include <span>
#include <string_view>

namespace convoke {

/// A file of the built-in page.
struct WebFile {
  std::string_view path;  ///< "/app.js"
  std::string_view content_type;
  std::string_view etag;  ///< with its quotes
  std::string_view bytes;
};

/// All files of web/, compiled into the program.
std::span<const WebFile> web_files();

}  // namespace convoke
