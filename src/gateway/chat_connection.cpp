#include "gateway/chat_connection.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/random.hpp"

namespace convoke {

namespace {
constexpr std::size_t max_requests_at_once = 64;
constexpr auto goodbye_time = 2s;
/// How long one write may take before a client counts as one that does not read.
constexpr auto write_patience = 1s;
}  // namespace

ChatConnection::ChatConnection(Executor executor, net::WebSocket& socket, const ConnectionServices& services, Log log,
                               std::string user)
    : socket_(socket),
      services_(services),
      log_(std::move(log)),
      requests_(executor, log_),
      changed_(executor),
      user_(std::move(user)),
      own_conversation_(random_id("c_")) {}

/// A client that is quiet costs one task: writing and closing have theirs only while there is something to write or to
/// close. When either fails, it drops the socket, which ends the reading.
Task<> ChatConnection::run() {
  co_await requests_.run(read_frames());
  if (import_) co_await import_->import->abandon();
}

/// While a client has many answers to fetch, it is not heard: that bounds what it can make us keep.
Task<> ChatConnection::read_frames() {
  for (;;) {
    while (waiting_bytes_ > services_.max_pending_bytes) co_await changed_.wait();
    const auto text = co_await socket_.read();
    if (!text) co_return;  // the client has left
    services_.frames_in.add();
    take(*text);
  }
}

/// Runs until nothing is left to send.
Task<> ChatConnection::write_frames(News news) {
  // Whoever has something to say may be saying more; but the first words are waited for.
  if (news == News::more) co_await yield_to_loop();
  while (!says_goodbye_) {
    auto text = next_text();
    if (!text) break;
    writes_since_ = SteadyClock::now();
    const auto sent = co_await socket_.write(*std::move(text));
    writes_since_.reset();
    changed_.notify();
    if (!sent) co_return socket_.drop();
    services_.frames_out.add();
  }
  is_writing_ = false;
}

/// Says goodbye while we still read: the client's answer to it ends the connection. A client that does not take what is
/// being written cannot be told anything; it is dropped.
Task<> ChatConnection::say_goodbye() {
  const auto deadline = SteadyClock::now() + goodbye_time;
  const auto must_wait = [this] {
    const bool too_much = pending_bytes() > services_.max_pending_bytes;
    return writes_since_ || (pending_bytes() > 0 && !too_much);
  };
  while (must_wait()) {
    co_await changed_.wait_until(std::min(deadline, SteadyClock::now() + 10ms));
    if (SteadyClock::now() >= deadline) co_return socket_.drop();
  }
  says_goodbye_ = true;
  co_await socket_.close(*close_reason_);
  socket_.drop();
}

void ChatConnection::close(net::CloseReason reason) {
  if (close_reason_) return;
  close_reason_ = std::move(reason);
  requests_.spawn("saying goodbye", say_goodbye());
}

void ChatConnection::announce(Notice notice) { send({"", 0, std::move(notice)}); }

void ChatConnection::take(std::string_view text) {
  auto frame = parse_client_frame(text);
  if (!frame) {
    FrameProblem& problem = frame.error();
    return refuse(problem.request_id, {Errc::invalid_input, std::move(problem.message), {}}, std::move(problem.field));
  }
  if (requests_.size() >= max_requests_at_once) {
    return refuse(frame->request_id, {Errc::rate_limited,
                                      fmt::format("{} requests of this connection are waiting", requests_.size()), 1s});
  }
  requests_.spawn("a client's request", handle(*std::move(frame)));
}

Task<> ChatConnection::handle(ClientFrame frame) {
  return std::visit([&](auto& action) { return handle(std::move(frame.request_id), std::move(action)); }, frame.action);
}

Task<> ChatConnection::handle(std::string request_id, Chat chat) {
  Question question{.request_id = request_id,
                    .conversation_id = chat.conversation_id.value_or(own_conversation_),
                    .names_conversation = chat.conversation_id.has_value(),
                    .text = std::move(chat.text),
                    .where = chat.where,
                    .model = std::move(chat.model),
                    .streaming = chat.streaming.value_or(services_.turns.settings().streaming),
                    .response_format = std::move(chat.response_format),
                    .priority = chat.priority,
                    .keeps_images = chat.keeps_images,
                    .user = user_,
                    .client = user_.empty() ? own_conversation_ : user_};
  const QuestionPriority highest = services_.turns.settings().max_priority;
  if (chat.priority > highest) {
    co_return refuse(request_id,
                     {Errc::denied, fmt::format("\"{}\" is the highest priority that chat.service.max_priority allows",
                                                name_of(highest))},
                     "payload.priority");
  }
  if (chat.prompt || !chat.attachments.empty()) {
    if (chat.prompt && question.text.empty()) {
      question.text = to_text(*chat.prompt);
      question.is_text_said = false;
    }
    auto gathered = co_await gather_materials(services_.hub, std::move(chat.prompt), std::move(chat.attachments));
    if (!gathered) co_return refuse(request_id, std::move(gathered).error());
    question.materials = std::move(gathered->parts);
    question.described = std::move(gathered->described);
    question.described["asked"] = question.text;
  }
  question.is_text_said = question.is_text_said && (!question.text.empty() || chat.images.empty());
  std::ranges::move(chat.images, std::back_inserter(question.materials));
  auto place = co_await services_.turns.ask(std::move(question));
  read_journal(std::move(place), request_id);
}

Task<> ChatConnection::handle(std::string request_id, CancelTurn cancel) {
  auto conversation = cancel.conversation_id ? cancel.conversation_id : own_conversation_of(request_id);
  const auto cancelled = co_await services_.turns.cancel(request_id, std::move(conversation));
  if (!cancelled) refuse(request_id, cancelled.error());
}

Task<> ChatConnection::handle(std::string request_id, ResumeTurn resume) {
  auto conversation = resume.conversation_id ? resume.conversation_id : own_conversation_of(request_id);
  auto place = co_await services_.turns.resume(request_id, std::move(conversation), resume.after);
  read_journal(std::move(place), request_id);
}

/// As with `cancel`, what it leads to is told by the turn.
Task<> ChatConnection::handle(std::string request_id, AnswerInput given) {
  if (!given.conversation_id) given.conversation_id = own_conversation_of(request_id);
  const std::string input_id = given.input_id;
  const auto taken = co_await services_.turns.answer(request_id, std::move(given));
  if (!taken) send({request_id, 0, Failed{taken.error(), "", {{"input_id", input_id}}}});
}

Task<> ChatConnection::handle(std::string request_id, ListConversations list) {
  const auto summaries = co_await services_.conversations.list(list.archived, list.offset, list.limit);
  if (!summaries) co_return refuse(request_id, summaries.error());
  std::vector<std::string> ids;
  for (const ConversationSummary& summary : *summaries) ids.push_back(summary.id);
  const auto used = co_await services_.conversations.usage_of(std::move(ids));
  json::array rows;
  for (const ConversationSummary& summary : *summaries) {
    json::object row = to_json(summary);
    if (used && used->contains(summary.id)) row["usage"] = to_json(used->at(summary.id));
    rows.push_back(std::move(row));
  }
  answer(request_id, {{"conversations", std::move(rows)}});
}

Task<> ChatConnection::handle(std::string request_id, GetConversation get) {
  const auto page = co_await services_.conversations.get(get.conversation_id, get.before, get.limit);
  if (!page) co_return refuse(request_id, page.error());
  json::array events;
  for (const Event& event : page->events) {
    json::object& shown = events.emplace_back(to_json(event)).get_object();
    const auto siblings = page->siblings.find(event.seq);
    if (siblings != page->siblings.end()) shown["siblings"] = json::value_from(siblings->second);
  }
  json::object data{
      {"conversation_id", get.conversation_id}, {"events", std::move(events)}, {"has_more", page->has_more}};
  const auto used = co_await services_.conversations.usage_of({get.conversation_id});
  if (used && !used->empty()) data["usage"] = to_json(used->begin()->second);
  answer(request_id, std::move(data));
}

Task<> ChatConnection::handle(std::string request_id, ForkConversation fork) {
  const auto made = co_await services_.conversations.fork(fork.conversation_id, fork.at, std::move(fork.new_id));
  if (!made) co_return refuse(request_id, made.error());
  answer(request_id, {{"conversation_id", *made}, {"forked_from", fork.conversation_id}});
}

Task<> ChatConnection::handle(std::string request_id, SwitchBranch change) {
  const auto switched = co_await services_.conversations.switch_to(change.conversation_id, change.seq);
  if (!switched) co_return refuse(request_id, switched.error());
  answer(request_id, {{"conversation_id", change.conversation_id}, {"seq", change.seq}});
}

Task<> ChatConnection::handle(std::string request_id, ArchiveConversation archive) {
  const auto done = co_await services_.conversations.set_archived(archive.conversation_id, archive.archived);
  if (!done) co_return refuse(request_id, done.error());
  answer(request_id, {{"conversation_id", archive.conversation_id}, {"archived", archive.archived}});
}

Task<> ChatConnection::handle(std::string request_id, SearchEvents search) {
  const auto hits = co_await services_.conversations.search({.text = std::move(search.text),
                                                             .conversation_id = std::move(search.conversation_id),
                                                             .role = search.role,
                                                             .from = search.from,
                                                             .until = search.until,
                                                             .offset = search.offset,
                                                             .limit = search.limit});
  if (!hits) co_return refuse(request_id, hits.error(), "payload.text");
  json::array rows;
  for (const SearchHit& hit : *hits) rows.push_back(to_json(hit));
  answer(request_id, {{"hits", std::move(rows)}});
}

Task<> ChatConnection::handle(std::string request_id, RenameConversation rename) {
  const auto renamed = co_await services_.conversations.rename(rename.conversation_id, rename.title);
  if (!renamed) co_return refuse(request_id, renamed.error());
  answer(request_id, {{"conversation_id", rename.conversation_id}, {"title", rename.title}});
}

Task<> ChatConnection::handle(std::string request_id, DeleteConversation erase) {
  const auto erased = co_await services_.conversations.erase(erase.conversation_id);
  if (!erased) co_return refuse(request_id, erased.error());
  answer(request_id, {{"conversation_id", erase.conversation_id}, {"deleted", true}});
}

Task<> ChatConnection::handle(std::string request_id, ContentQuery query) {
  auto data = co_await answer_content_query(services_.hub, std::move(query));
  if (!data) co_return refuse(request_id, std::move(data).error());
  answer(request_id, *std::move(data));
}

Task<> ChatConnection::handle(std::string request_id, MemoryQuery query) {
  auto data = co_await services_.memory.answer(std::move(query));
  if (!data) co_return refuse(request_id, std::move(data).error());
  answer(request_id, *std::move(data));
}

Task<> ChatConnection::handle(std::string request_id, ListApprovals) {
  json::array rows;
  for (const KeptApproval& one : services_.approvals.all()) {
    rows.push_back({{"conversation_id", one.conversation_id}, {"server", one.server}, {"tool", one.tool}});
  }
  answer(request_id, {{"approvals", std::move(rows)}});
  co_return;
}

Task<> ChatConnection::handle(std::string request_id, ForgetApprovals forget) {
  const auto forgotten = services_.approvals.forget(forget.server, forget.tool, forget.conversation_id.value_or(""));
  answer(request_id, {{"forgotten", forgotten}});
  co_return;
}

Task<> ChatConnection::handle(std::string request_id, GetStatus) {
  answer(request_id, services_.status());
  co_return;
}

Task<> ChatConnection::handle(std::string request_id, GetUsage get) {
  auto report = co_await services_.conversations.usage({get.by, get.since, get.until});
  if (!report) co_return refuse(request_id, std::move(report).error());
  answer(request_id, to_json(*report));
}

Task<> ChatConnection::handle(std::string request_id, Ping) {
  answer(request_id, {{"pong", true}});
  co_return;
}

void ChatConnection::read_journal(Result<Turns::Place> place, const std::string& request_id) {
  if (!place) return refuse(request_id, std::move(place).error());
  readers_.emplace_back(*place->journal, place->after, [this](News news) { something_waits(news); });
  something_waits(News::more);
}

/// A short request id means the connection's own conversation, unless the payload says otherwise.
std::optional<std::string> ChatConnection::own_conversation_of(const std::string& request_id) const {
  for (const JournalReader& reader : readers_) {
    if (reader.request_id() == request_id) return reader.conversation_id();
  }
  if (request_id.size() < globally_unique_id_bytes) return own_conversation_;
  return std::nullopt;
}

void ChatConnection::answer(const std::string& request_id, json::object data) {
  send({request_id, 1, Complete{{}, std::move(data)}});
}

void ChatConnection::refuse(const std::string& request_id, Error error, std::string field) {
  send({request_id, 0, Failed{std::move(error), std::move(field)}});
}

void ChatConnection::send(const ServerFrame& frame) {
  waiting_.push_back(to_text(frame));
  waiting_bytes_ += waiting_.back().size();
  something_waits(News::more);
}

std::optional<std::string> ChatConnection::next_text() {
  if (!waiting_.empty()) {
    std::string text = std::move(waiting_.front());
    waiting_.pop_front();
    waiting_bytes_ -= text.size();
    return text;
  }
  // Each journal gets its turn: a long answer does not hold up a short one.
  for (std::size_t n = readers_.size(); n > 0; --n) {
    readers_.splice(readers_.end(), readers_, readers_.begin());
    JournalReader& reader = readers_.back();
    auto text = reader.take();
    if (reader.done()) readers_.pop_back();
    if (text) return text;
  }
  return std::nullopt;
}

void ChatConnection::something_waits(News news) {
  if (!is_writing_) {
    is_writing_ = true;
    requests_.spawn("writing to a client", write_frames(news));
  }
  const bool is_stuck = writes_since_ && SteadyClock::now() - *writes_since_ > write_patience;
  if (close_reason_ || !is_stuck || pending_bytes() <= services_.max_pending_bytes) return;
  services_.slow_clients.add();
  log_.warning("client.too_slow", {{"pending_bytes", pending_bytes()}});
  close({1008, "you read too slowly; connect again and resume"});
}

std::size_t ChatConnection::pending_bytes() const {
  std::size_t bytes = waiting_bytes_;
  for (const JournalReader& reader : readers_) bytes += reader.pending_bytes();
  return bytes;
}

}  // namespace convoke
