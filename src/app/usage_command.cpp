#include "app/usage_command.hpp"

#include <ostream>

#include "app/config_loader.hpp"
#include "base/clock.hpp"
#include "store/postgres/admin.hpp"
#include "store/sqlite_ledger.hpp"
#include "store/usage_report.hpp"

namespace convoke {
namespace {

Result<std::vector<UsageRow>> usage_of(const UsageCommand& command, const Environment& environment,
                                       const UsageQuery& query) {
  if (!command.database.empty()) return usage_in_file(command.database, query);
  const RepositoryConfig config =
      load_config(config_path(command.config, environment), environment).config.chat.repository;
  if (config.type == RepositoryType::postgresql) return usage_in_database(config.url, query);
  return usage_in_file(config.path, query);
}

}  // namespace

int show_usage(const UsageCommand& command, const Environment& environment, std::ostream& out, std::ostream& err) {
  const auto query = read_usage_request({command.by, command.since, command.until}, SystemClock().wall());
  if (!query) {
    err << "convoke: " << query.error().message << '\n';
    return 2;
  }
  auto rows = usage_of(command, environment, *query);
  if (!rows) {
    err << "convoke: " << rows.error().message << '\n';
    return 1;
  }
  const UsageReport report = report_of(*query, *std::move(rows));
  if (command.json) {
    out << json::serialize(to_json(report)) << '\n';
  } else if (command.csv) {
    out << to_csv(report);
  } else if (report.rows.empty()) {
    out << "No model was called in this time.\n";
  } else {
    out << to_table(report);
  }
  return 0;
}

}  // namespace convoke
