#include "chat/conversation_file.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "domain/event_reader.hpp"

namespace convoke {
namespace {

constexpr std::string_view mark = "convoke";  // the member that headers and ends have, and events have not
constexpr std::int64_t any_number = std::numeric_limits<std::int64_t>::max();
constexpr std::size_t max_id_bytes = 256;

std::string line(const json::object& object) { return json::serialize(object) + '\n'; }

Result<WallTime> read_time(const FieldReader& fields, std::string_view name) {
  TRY(const std::string text, fields.text(name));
  const auto time = from_iso8601(text);
  if (!time) return fields.wrong(name, "a time such as 2026-11-23T18:04:48.123Z");
  return *time;
}

Result<FileLine> read_header(const FieldReader& fields) {
  TRY(const std::int64_t version, fields.number("version", 1, any_number));
  if (version > conversation_file_version) {
    return fields.wrong("version",
                        fmt::format("at most {}: the file was written by a newer convoke", conversation_file_version));
  }
  ConversationSummary header;
  TRY(header.id, fields.text("id"));
  if (header.id.empty() || header.id.size() > max_id_bytes) {
    return fields.wrong("id", fmt::format("a string of 1 to {} bytes", max_id_bytes));
  }
  TRY(header.title, fields.text("title"));
  TRY(header.created, read_time(fields, "created"));
  TRY(header.archived, fields.optional_flag("archived"));
  TRY(header.forked_from, fields.optional_text("forked_from"));
  if (const json::value* retention = fields.find("retention")) {
    TRY(header.retention, during("retention", retention_from_json(*retention)));
  }
  return header;
}

Result<FileLine> read_end(const FieldReader& fields) {
  FileEnd end;
  TRY(end.active, fields.number("active", 0, any_number));
  TRY(end.events, fields.number("events", 0, any_number));
  return end;
}

}  // namespace

std::string to_line(const ConversationSummary& header) {
  json::object object{{mark, "conversation"},
                      {"version", conversation_file_version},
                      {"id", header.id},
                      {"title", header.title},
                      {"created", to_iso8601(header.created)}};
  if (header.archived) object["archived"] = true;
  if (!header.forked_from.empty()) object["forked_from"] = header.forked_from;
  if (header.retention) object["retention"] = to_json(*header.retention);
  return line(object);
}

std::string to_line(const Event& event) {
  json::object object = to_json(event);
  // Its place, which another database has its own for, and what `parts` say already.
  for (const std::string_view name : {"id", "conversation_id", "branch", "content"}) object.stable_erase(name);
  return line(object);
}

std::string to_line(const FileEnd& end) {
  return line({{mark, "end"}, {"active", end.active}, {"events", end.events}});
}

Result<FileLine> read_line(std::string_view text) {
  TRY(const json::value value, parse_json(text));
  if (!value.is_object()) {
    return fail(Errc::invalid_input, fmt::format("is {}; expected an object", kind_of(value)));
  }
  const FieldReader fields(value.get_object());
  if (!fields.find(mark)) {
    TRY(Event event, read_event(value.get_object()));
    return event;
  }
  TRY(const std::string kind, fields.text(mark));
  if (kind == "conversation") return read_header(fields);
  if (kind == "end") return read_end(fields);
  return fields.wrong(mark, "\"conversation\" or \"end\"");
}

bool looks_like_line(std::string_view line) { return line.find("\"convoke\"") != std::string_view::npos; }

Sequence NewPositions::add(Sequence old) {
  const Sequence now = count() + 1;
  if (!runs_.empty() && last_old() + 1 == old) {
    ++runs_.back().length;
  } else {
    runs_.push_back({old, now, 1});
  }
  return now;
}

const NewPositions::Run* NewPositions::run_at_or_before(Sequence old) const {
  const auto after = std::ranges::upper_bound(runs_, old, {}, &Run::old);
  return after == runs_.begin() ? nullptr : &*std::prev(after);
}

std::optional<Sequence> NewPositions::find(Sequence old) const {
  const Run* run = run_at_or_before(old);
  if (!run || old >= run->old + run->length) return std::nullopt;
  return run->now + (old - run->old);
}

Sequence NewPositions::at_or_before(Sequence old) const {
  const Run* run = run_at_or_before(old);
  return run ? run->now + std::min(old - run->old, run->length - 1) : 0;
}

}  // namespace convoke
