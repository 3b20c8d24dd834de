// Holds the JSON Schema validator to the official test suite: schema_suite SUITE_FOLDER DRAFT…
// Runs the required tests of each draft (the files right in its folder); prints what differs, and fails if anything
// does.
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "mcp/schema/schema.hpp"

namespace convoke::mcp::schema {
namespace {

namespace fs = std::filesystem;

json::value read(const fs::path& path) {
  std::ifstream file(path);
  std::stringstream text;
  text << file.rdbuf();
  return json::parse(text.str());
}

/// The documents the suite expects to be served by a host that nobody starts here.
Documents remotes_in(const fs::path& folder) {
  Documents documents;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (entry.path().extension() != ".json") continue;
    const std::string name = fs::relative(entry.path(), folder).generic_string();
    documents.emplace("http://localhost:1234/" + name, read(entry.path()));
  }
  return documents;
}

struct Tally {
  int passed = 0;
  int failed = 0;
};

/// The older drafts' tests leave it to the program to know the draft; here a schema says its own.
json::value of_draft(json::value schema, const std::string& draft) {
  json::object* object = schema.if_object();
  if (object && draft == "draft7") object->emplace("$schema", "http://json-schema.org/draft-07/schema#");
  return schema;
}

void run_group(const json::value& group, const std::string& draft, const std::string& file, const Documents& remotes,
               Tally& tally) {
  const auto schema = Schema::compile(of_draft(group.at("schema"), draft), remotes);
  for (const json::value& test : group.at("tests").as_array()) {
    const auto checked = schema ? schema->check(test.at("data")) : Result<void>(std::unexpected(schema.error()));
    const bool is_right = schema && checked.has_value() == test.at("valid").as_bool() &&
                          (checked || checked.error().code == Errc::invalid_input);
    ++(is_right ? tally.passed : tally.failed);
    if (is_right) continue;
    std::printf("%s: %s: %s: %s\n", file.c_str(), string_or_empty(group, "description").c_str(),
                string_or_empty(test, "description").c_str(), checked ? "valid" : checked.error().message.c_str());
  }
}

int run_suite(const fs::path& suite, const std::vector<std::string>& drafts) {
  const Documents remotes = remotes_in(suite / "remotes");
  Tally tally;
  for (const std::string& draft : drafts) {
    for (const auto& entry : fs::directory_iterator(suite / "tests" / draft)) {
      if (entry.path().extension() != ".json") continue;
      const json::value groups = read(entry.path());
      for (const json::value& group : groups.as_array())
        run_group(group, draft, entry.path().filename(), remotes, tally);
    }
  }
  std::printf("%d passed, %d failed\n", tally.passed, tally.failed);
  return tally.failed == 0 && tally.passed > 0 ? 0 : 1;
}

}  // namespace
}  // namespace convoke::mcp::schema

int main(int argc, char** argv) {
  if (argc < 3) {
    std::fprintf(stderr, "usage: schema_suite SUITE_FOLDER DRAFT...\n");
    return 2;
  }
  try {
    return convoke::mcp::schema::run_suite(argv[1], {argv + 2, argv + argc});
  } catch (const std::exception& problem) {
    std::fprintf(stderr, "schema_suite: %s\n", problem.what());
    return 1;
  }
}
