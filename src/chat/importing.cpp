#include "chat/importing.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/random.hpp"
#include "store/placement.hpp"

namespace convoke {
namespace {

// What is stored at once; only longer conversations are stored in steps.
constexpr std::size_t max_waiting_events = 2'000;
constexpr std::size_t max_waiting_bytes = 16U << 20U;
/// As long as an event may be, with some room for how JSON writes it.
constexpr std::size_t max_line_bytes = 96U << 20U;

bool is_blank(std::string_view text) { return text.find_first_not_of(" \t\r\n") == std::string_view::npos; }

}  // namespace

bool ImportClaims::claim(const std::string& id) {
  const std::scoped_lock lock(mutex_);
  return ids_.insert(id).second;
}

void ImportClaims::release(const std::string& id) {
  const std::scoped_lock lock(mutex_);
  ids_.erase(id);
}

Import::Import(ConversationStore& store, const Clock& clock, ImportClaims& claims, ImportOptions options)
    : store_(store), clock_(clock), claims_(claims), options_(std::move(options)), copy_prefix_(random_id("i_")) {}

Import::~Import() {
  if (current_ && !current_->is_there) claims_.release(current_->id);
}

Task<Result<std::vector<ImportedConversation>>> Import::take(std::string piece, bool is_last) {
  imported_.clear();
  rest_ += piece;
  // A list of messages need not keep to lines: it is read as a whole.
  std::size_t begin = 0;
  while (is_ours_ != false) {
    const std::size_t end = rest_.find('\n', std::max(begin, searched_));
    if (end == std::string::npos) break;
    std::string line = rest_.substr(begin, end - begin);
    if (!is_ours_ && !is_blank(line)) is_ours_ = looks_like_line(line);
    if (is_ours_ == false) break;
    begin = searched_ = end + 1;
    CO_CHECK(co_await take_line(std::move(line)));
  }
  rest_.erase(0, begin);
  searched_ = rest_.size();
  if (rest_.size() > max_line_bytes) {
    co_return fail(Errc::invalid_input, fmt::format("line {}: is longer than {} bytes", lines_ + 1, max_line_bytes));
  }
  if (!is_last) co_return imported_;
  if (!is_ours_ && !is_blank(rest_)) is_ours_ = looks_like_line(rest_);
  if (is_ours_ == false) {
    CO_CHECK(co_await take_documents(std::exchange(rest_, {})));
  } else if (!is_blank(rest_)) {
    CO_CHECK(co_await take_line(std::exchange(rest_, {})));
  }
  if (current_) {
    co_return fail(Errc::invalid_input, fmt::format("line {}: the file ends within conversation '{}'; expected its end",
                                                    lines_ + 1, current_->header.id));
  }
  if (!is_ours_) co_return fail(Errc::invalid_input, "line 1: the file is empty; expected a conversation");
  co_return imported_;
}

Task<Result<void>> Import::take_line(std::string line) {
  ++lines_;
  if (is_blank(line)) co_return Result<void>{};
  const std::string where = fmt::format("line {}", lines_);
  const std::size_t bytes = line.size();
  CO_TRY(FileLine read, during(where, read_line(line)));
  line.clear();
  if (auto* header = std::get_if<ConversationSummary>(&read)) {
    auto begun = co_await begin(std::move(*header));
    co_return during(where, std::move(begun));
  }
  if (!current_) {
    co_return fail(Errc::invalid_input, where + ": convoke: is missing; expected the header of a conversation");
  }
  if (auto* event = std::get_if<Event>(&read)) {
    CO_CHECK(during(where, check(*event)));
    auto added = co_await add(std::move(*event), bytes);
    co_return during(where, std::move(added));
  }
  auto ended = co_await end(std::get<FileEnd>(read));
  co_return during(where, std::move(ended));
}

Task<Result<void>> Import::begin(ConversationSummary header) {
  if (current_) {
    co_return fail(Errc::invalid_input, fmt::format("convoke: is \"conversation\"; expected the end of '{}' before it",
                                                    current_->header.id));
  }
  Current next{.header = std::move(header)};
  next.id = options_.copy ? random_id("c_") : next.header.id;
  const auto known = co_await store_.conversation(next.id);
  if (!known && known.error().code != Errc::not_found) co_return fail(known.error());
  next.is_there = known.has_value();
  if (!next.is_there && !claims_.claim(next.id)) {
    co_return fail(Errc::conflict, fmt::format("conversation '{}' is being imported already", next.id));
  }
  current_ = std::move(next);
  co_return Result<void>{};
}

/// Whether it can follow what has come before it.
Result<void> Import::check(const Event& event) const {
  const NewPositions& positions = current_->positions;
  if (event.seq <= positions.last_old()) {
    return fail(Errc::invalid_input, fmt::format("seq: is {}; expected more than {}, that of the event before it",
                                                 event.seq, positions.last_old()));
  }
  // What the first events follow may have been let go.
  const bool is_old = event.parent < (positions.first_old() == 0 ? event.seq : positions.first_old());
  if (!is_old && !positions.find(event.parent)) {
    return fail(Errc::invalid_input,
                fmt::format("parent: is {}; expected 0 or the seq of an event before it", event.parent));
  }
  if (event.type == EventType::regeneration && is_old) {
    return fail(Errc::invalid_input, fmt::format("parent: is {}; expected the seq of a question", event.parent));
  }
  return {};
}

std::string Import::request_id_of(const std::string& id) const {
  if (!options_.copy) return id;
  const std::size_t room = max_id_bytes - copy_prefix_.size() - 1;
  return fmt::format("{}_{}", copy_prefix_, id.size() > room ? id.substr(id.size() - room) : id);
}

Task<Result<void>> Import::add(Event event, std::size_t bytes) {
  Current& current = *current_;
  const auto parent = current.positions.find(event.parent);
  event.parent = parent ? *parent : from_the_start;
  event.seq = current.positions.add(event.seq);
  event.conversation_id = current.id;
  event.request_id = request_id_of(event.request_id);
  if (const auto covers = find_integer(event.details, "covers")) {
    json::object details = event.details;
    details["covers"] = current.positions.at_or_before(*covers);
    event.details = std::move(details);
  }
  if (closes_turn(event.type)) {
    current.open.erase(event.request_id);
  } else if (opens_turn(event.type) || current.open.contains(event.request_id)) {
    current.open[event.request_id] = event.seq;
  }
  if (current.is_there) co_return Result<void>{};
  current.waiting.push_back(std::move(event));
  current.waiting_bytes += bytes;
  const bool is_much = current.waiting.size() >= max_waiting_events || current.waiting_bytes >= max_waiting_bytes;
  if (!is_much) co_return Result<void>{};
  CO_CHECK(co_await store_waiting());
  co_return co_await set_aside();
}

Task<Result<void>> Import::end(FileEnd end) {
  if (!current_) co_return fail(Errc::invalid_input, "convoke: is \"end\"; expected a header before it");
  const NewPositions& positions = current_->positions;
  if (end.events != positions.count()) {
    co_return fail(Errc::invalid_input,
                   fmt::format("events: is {}; expected {}, for so many came", end.events, positions.count()));
  }
  const auto active = positions.find(end.active);
  if (!active && end.events > 0) {
    co_return fail(Errc::invalid_input, fmt::format("active: is {}; expected the seq of an event", end.active));
  }
  co_return co_await finish(active.value_or(0));
}

/// A conversation that a server was answering when it was exported.
Task<Result<void>> Import::close_open_turns() {
  Current& current = *current_;
  const auto open = std::exchange(current.open, {});
  for (const auto& [request_id, last] : open) {
    Event closing;
    closing.conversation_id = current.id;
    closing.parent = last;
    closing.timestamp = clock_.wall();
    closing.type = EventType::turn_interrupted;
    closing.request_id = request_id;
    closing.details = {{"conversation_id", current.id}, {"finish_reason", "interrupted"}};
    closing.seq = current.positions.add(current.positions.last_old() + 1);
    current.waiting.push_back(std::move(closing));
  }
  co_return co_await store_waiting();
}

Task<> Import::count_missing() {
  std::vector<Event> uncounted;
  const auto lacks_count = [](const Event& event) { return event.token_count == 0 && !event.message.parts.empty(); };
  for (const Event& event : current_->waiting) {
    if (lacks_count(event)) uncounted.push_back(event);
  }
  if (uncounted.empty() || !options_.count) co_return;
  co_await options_.count(uncounted);
  auto counted = uncounted.begin();
  for (Event& event : current_->waiting) {
    if (lacks_count(event)) event.token_count = (counted++)->token_count;
  }
}

Task<Result<void>> Import::store_waiting() {
  Current& current = *current_;
  if (current.waiting.empty()) co_return Result<void>{};
  co_await count_missing();
  current.is_begun = true;
  std::vector<Event> events = std::exchange(current.waiting, {});
  current.waiting_bytes = 0;
  CO_TRY(const std::vector<Event> stored, co_await store_.append(std::move(events)));
  const Sequence expected = current.stored + std::ssize(stored);
  if (stored.back().seq != expected) {
    co_return fail(Errc::conflict, fmt::format("somebody else writes to conversation '{}'", current.id));
  }
  current.stored = expected;
  co_return Result<void>{};
}

/// Should the server be killed now, nobody takes the part for the whole.
Task<Result<void>> Import::set_aside() {
  Result<void> archived = co_await store_.set_archived(current_->id, true);
  CO_CHECK(archived);
  co_return co_await store_.rename(current_->id, "[import not finished] " + current_->header.title);
}

Task<Result<void>> Import::finish(Sequence active) {
  Current& current = *current_;
  const std::string id = current.id;
  ImportedConversation done{.id = current.header.id, .events = current.positions.count()};
  if (!current.is_there) {
    CO_CHECK(co_await close_open_turns());
    done.imported_as = id;
  }
  if (!current.is_there && current.is_begun) {
    if (active > 0) CO_CHECK(co_await store_.switch_to(id, active));
    if (!is_blank(current.header.title)) CO_CHECK(co_await store_.rename(id, current.header.title));
    CO_CHECK(co_await store_.set_archived(id, current.header.archived));
    if (current.header.retention) CO_CHECK(co_await store_.set_retention(id, current.header.retention));
  }
  if (!current.is_there) claims_.release(id);
  current_.reset();
  imported_.push_back(std::move(done));
  co_return Result<void>{};
}

Task<> Import::abandon() {
  if (!current_) co_return;
  const Current left = std::move(*current_);
  if (left.is_begun) co_await store_.erase(left.id);
  if (!left.is_there) claims_.release(left.id);
  current_.reset();
}

Task<Result<void>> Import::take_documents(std::string text) {
  lines_ = std::ranges::count(text, '\n') + (text.ends_with('\n') ? 0 : 1);
  const std::string id = random_id("i_");
  const auto read = [&] { return read_openai_file(text, id, clock_.wall()); };
  using Read = Result<std::vector<OpenAiConversation>>;
  Read conversations = options_.workers ? co_await offload<Read>(*options_.workers, read) : read();
  CO_CHECK(conversations);
  for (OpenAiConversation& one : *conversations) CO_CHECK(co_await take_document(std::move(one)));
  co_return Result<void>{};
}

Task<Result<void>> Import::take_document(OpenAiConversation read) {
  Current next{.id = random_id("c_")};
  claims_.claim(next.id);
  current_ = std::move(next);
  for (Event& event : read.events) {
    event.seq = current_->positions.add(current_->positions.last_old() + 1);
    event.conversation_id = current_->id;
    current_->waiting.push_back(std::move(event));
  }
  CO_CHECK(co_await finish(0));
  imported_.back().left_out = read.left_out;
  co_return Result<void>{};
}

}  // namespace convoke
