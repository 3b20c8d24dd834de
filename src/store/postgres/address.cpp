#include "store/postgres/address.hpp"

#include <fmt/format.h>
#include <libpq-fe.h>

#include <memory>

namespace convoke {
namespace {

struct FreeOptions {
  void operator()(PQconninfoOption* options) const { PQconninfoFree(options); }
};

}  // namespace

Result<std::string> location_of(const Secret& url) {
  char* complaint = nullptr;  // it may repeat the password
  const std::unique_ptr<PQconninfoOption, FreeOptions> options(PQconninfoParse(url.reveal().c_str(), &complaint));
  PQfreemem(complaint);
  const bool is_url = url.reveal().starts_with("postgresql://") || url.reveal().starts_with("postgres://");
  if (!options || !is_url) {
    return fail(Errc::invalid_input,
                "this is no PostgreSQL URL; expected postgresql://user:password@host:port/database");
  }
  std::string host = "localhost", port = "5432", database;
  for (const PQconninfoOption* option = options.get(); option->keyword; ++option) {
    if (!option->val) continue;
    const std::string_view keyword = option->keyword;
    if (keyword == "host") host = option->val;
    if (keyword == "port") port = option->val;
    if (keyword == "dbname") database = option->val;
  }
  return fmt::format("{}:{}/{}", host, port, database);
}

}  // namespace convoke
