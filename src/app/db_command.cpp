#include "app/db_command.hpp"

#include <fmt/format.h>

#include <ostream>

#include "app/config_loader.hpp"
#include "base/clock.hpp"
#include "store/postgres/address.hpp"
#include "store/postgres/admin.hpp"
#include "store/sqlite_admin.hpp"

namespace convoke {
namespace {

Result<std::string> check(const std::string& path) {
  TRY(const auto problems, check_file(path));
  if (problems.empty()) return path + ": nothing is wrong";
  return fail(Errc::internal, fmt::format("{}: damaged\n  {}\nconvoke db recover saves what can be read.", path,
                                          fmt::join(problems, "\n  ")));
}

Result<std::string> back_up(const DbCommand& command) {
  TRY(const std::int64_t bytes, back_up_file(command.database, command.copy));
  return fmt::format("{}: {} bytes", command.copy, bytes);
}

Result<std::string> restore(const DbCommand& command) {
  TRY(const std::string kept, restore_file(command.copy, command.database));
  return command.database + ": restored" + (kept.empty() ? "" : "; what was there is now " + kept);
}

Result<std::string> recover(const DbCommand& command) {
  TRY(const Recovered saved, recover_file(command.database, command.copy));
  return fmt::format("{}: {} events of {} conversations; {} places could not be read", command.copy, saved.events,
                     saved.conversations, saved.damaged);
}

Result<std::string> vacuum(const std::string& path) {
  TRY(const std::int64_t bytes, vacuum_file(path));
  return fmt::format("{}: {} bytes given back", path, bytes);
}

std::string described(const std::vector<Trim>& trims, const RetentionRule& rule) {
  std::string lines;
  if (trims.empty())
    return std::string(rule.keeps_everything() ? "the retention policy is unlimited: nothing goes" : "nothing goes");
  std::int64_t events = 0;
  for (const Trim& trim : trims) {
    lines += fmt::format("{}  {} events before {}\n", trim.conversation_id, trim.events, trim.first_kept);
    events += trim.events;
  }
  return lines + fmt::format("{} events of {} conversations would go", events, trims.size());
}

Result<std::string> run(const DbCommand& command, const PersistenceConfig& persistence) {
  if (command.action == "check") return check(command.database);
  if (command.action == "backup") return back_up(command);
  if (command.action == "restore") return restore(command);
  if (command.action == "recover") return recover(command);
  if (command.action == "vacuum") return vacuum(command.database);
  const RetentionRule rule = retention_rule(persistence, SystemClock().wall());
  TRY(const auto trims, plan_trims_of_file(command.database, rule));
  return described(trims, rule);
}

/// PostgreSQL has tools of its own for its files; ours look at what is in the tables.
Result<std::string> run_on_postgres(const std::string& action, const RepositoryConfig& config) {
  TRY(const std::string location, location_of(config.url));
  if (action == "check") {
    TRY(const auto problems, check_database(config.url));
    if (problems.empty()) return location + ": nothing is wrong";
    return fail(Errc::internal, fmt::format("{}: not whole\n  {}", location, fmt::join(problems, "\n  ")));
  }
  if (action == "retention") {
    const RetentionRule rule = retention_rule(config.persistence, SystemClock().wall());
    TRY(const auto trims, plan_trims_of_database(config.url, rule));
    return described(trims, rule);
  }
  const std::string_view tool = action == "backup"    ? "pg_dump"
                                : action == "restore" ? "pg_restore, or psql for a plain dump,"
                                : action == "vacuum"  ? "vacuumdb --full"
                                                      : "a backup";
  return fail(Errc::invalid_input, fmt::format("{}: conversations are kept in PostgreSQL; use {} for this "
                                               "(docs/operations.md)",
                                               location, tool));
}

}  // namespace

RetentionRule retention_rule(const PersistenceConfig& config, WallTime now) {
  const RetentionPolicy policy = config.retention_policy;
  const std::int64_t limit = policy == RetentionPolicy::token_limit     ? config.max_tokens_per_conversation
                             : policy == RetentionPolicy::message_count ? config.max_messages_per_conversation
                                                                        : config.retention_days;
  return rule_of({policy, limit}, now);
}

int look_after_database(const DbCommand& command, const Environment& environment, std::ostream& out,
                        std::ostream& err) {
  const RepositoryConfig config =
      load_config(config_path(command.config, environment), environment).config.chat.repository;
  const bool is_postgres = command.database.empty() && config.type == RepositoryType::postgresql;
  DbCommand complete = command;
  if (complete.database.empty()) complete.database = config.path;
  const auto said = is_postgres ? run_on_postgres(command.action, config) : run(complete, config.persistence);
  if (said) out << *said << '\n';
  if (!said) err << "convoke: " << said.error().message << '\n';
  return said ? 0 : 1;
}

}  // namespace convoke
