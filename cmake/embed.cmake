# Turns the files of web/ into one C++ source, so that the program is a single file. Run as a script:
#   cmake -D OUTPUT=web_files.cpp -D FOLDER=web -P embed.cmake
file(GLOB files ${FOLDER}/*.html ${FOLDER}/*.css ${FOLDER}/*.js ${FOLDER}/*.svg)
set(arrays "")
set(rows "")
set(number 0)
foreach(path IN LISTS files)
  get_filename_component(name ${path} NAME)
  get_filename_component(extension ${path} LAST_EXT)
  file(READ ${path} hex HEX)
  file(SHA256 ${path} digest)
  string(SUBSTRING ${digest} 0 16 etag)
  string(REGEX REPLACE "(..)" "\\\\x\\1" escaped "${hex}")
  # A string literal per 32 bytes keeps the lines short.
  string(REGEX REPLACE "((\\\\x[0-9a-f][0-9a-f])(\\\\x[0-9a-f][0-9a-f])?(\\\\x[0-9a-f][0-9a-f])?(\\\\x[0-9a-f][0-9a-f])?)" "\\1\"\n\"" escaped "${escaped}")
  if(extension STREQUAL ".html")
    set(type "text/html; charset=utf-8")
  elseif(extension STREQUAL ".css")
    set(type "text/css; charset=utf-8")
  elseif(extension STREQUAL ".js")
    set(type "text/javascript; charset=utf-8")
  else()
    set(type "image/svg+xml")
  endif()
  string(APPEND arrays "constexpr char file_${number}[] = \"${escaped}\";\n")
  string(APPEND rows "    {\"/${name}\", \"${type}\", \"\\\"${etag}\\\"\", {file_${number}, sizeof(file_${number}) - 1}},\n")
  math(EXPR number "${number} + 1")
endforeach()
file(WRITE ${OUTPUT}.new
"// Made from web/ by cmake/embed.cmake.
#include \"gateway/web_files.hpp\"

namespace convoke {
namespace {
${arrays}
constexpr WebFile files[] = {
${rows}};
}  // namespace

std::span<const WebFile> web_files() { return files; }

}  // namespace convoke
")
file(COPY_FILE ${OUTPUT}.new ${OUTPUT} ONLY_IF_DIFFERENT)
