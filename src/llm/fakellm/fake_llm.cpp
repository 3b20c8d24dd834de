#include "llm/fakellm/fake_llm.hpp"

#include "base/task.hpp"

namespace convoke::fakellm {
namespace {

constexpr std::size_t max_recorded = 100;
constexpr std::size_t max_fixed_streams = 64;
constexpr std::size_t burst_bytes = 64 * 1024;

using Stream = std::shared_ptr<const Rendered>;

net::ServerResponse refuse(Tongue tongue, int status, std::string_view message, std::string_view code = "") {
  return net::json_response(status, render_error(tongue, status, message, code));
}

std::optional<Tongue> tongue_of(const net::ServerRequest& request) {
  if (request.method != "POST") return std::nullopt;
  if (request.path == "/v1/chat/completions") return Tongue::chat_completions;
  if (request.path == "/v1/responses") return Tongue::responses;
  if (request.path == "/v1/messages") return Tongue::messages;
  return std::nullopt;
}

/// Everything in as few writes as sensible: nobody waits between chunks.
Task<bool> send_at_once(net::BodyWriter& writer, Stream stream) {
  std::string burst;
  for (const std::string& write : stream->writes) {
    burst += write;
    if (burst.size() < burst_bytes) continue;
    const auto sent = co_await writer.write(std::exchange(burst, {}));
    if (!sent) co_return false;
  }
  if (burst.empty()) co_return true;
  const auto sent = co_await writer.write(std::move(burst));
  co_return sent.has_value();
}

/// Due times count from the start, so that small delays do not add up to large ones.
Task<bool> send_paced(net::BodyWriter& writer, Stream stream, std::chrono::microseconds delay) {
  Deadline due = SteadyClock::now();
  for (const std::string& write : stream->writes) {
    due += delay;
    if (delay > delay.zero()) co_await sleep_until(due);
    const auto sent = co_await writer.write(write);
    if (!sent) co_return false;
  }
  co_return true;
}

Task<> send(net::BodyWriter& writer, Stream stream, std::chrono::microseconds delay, bool one_by_one) {
  bool sent = false;
  if (one_by_one || delay > delay.zero()) {
    sent = co_await send_paced(writer, stream, delay);
  } else {
    sent = co_await send_at_once(writer, stream);
  }
  if (!sent) co_return;
  if (stream->ending == Ending::stall) co_await sleep_until(Deadline::max());
  if (stream->ending == Ending::cut) writer.break_off();
}

void add_headers(net::ServerResponse& response, const Answer& answer) {
  response.headers.insert(response.headers.end(), answer.headers.begin(), answer.headers.end());
}

net::ServerResponse stream_response(const Answer& answer, Stream stream) {
  const std::string type = answer.content_type.empty() ? "text/event-stream" : answer.content_type;
  net::ServerResponse response{.status = answer.status,
                               .headers = {{"Content-Type", type}, {"Cache-Control", "no-cache"}}};
  add_headers(response, answer);
  response.stream = [stream = std::move(stream), delay = answer.pace.chunk_delay, one_by_one = answer.split_utf8](
                        net::BodyWriter& writer) { return send(writer, stream, delay, one_by_one); };
  return response;
}

net::ServerResponse error_response(Tongue tongue, const Answer& answer) {
  const std::string_view message =
      answer.error.empty() ? "The fake server was told to fail." : std::string_view(answer.error);
  net::ServerResponse response = refuse(tongue, answer.status, message, answer.error_code);
  add_headers(response, answer);
  if (!answer.retry_after.empty()) response.headers.emplace_back("Retry-After", answer.retry_after);
  return response;
}

net::ServerResponse models() {
  json::array list;
  for (const std::string_view id : {"echo", "tools", "fixed:200"}) {
    list.push_back({{"id", id}, {"object", "model"}, {"created", 1}, {"owned_by", "convoke-fakellm"}});
  }
  return net::json_response(200, json::serialize(json::object{{"object", "list"}, {"data", std::move(list)}}));
}

}  // namespace

FakeLlm::FakeLlm(Script script, Pace pace) : script_(std::move(script)), defaults_{.pace = pace} {}

Task<net::ServerResponse> FakeLlm::answer(net::ServerRequest request) {
  const bool is_get = request.method == "GET";
  if (const auto tongue = tongue_of(request)) {
    if (*tongue == Tongue::messages && !net::find_header(request.headers, "anthropic-version")) {
      co_return refuse(*tongue, 400, "anthropic-version: header is required");
    }
    co_return co_await complete(*tongue, std::move(request.body));
  }
  if (request.path == "/v1/models" && is_get) co_return models();
  if (request.path == "/requests" && is_get) co_return net::json_response(200, recorded_requests());
  if (request.path == "/requests" && request.method == "DELETE") {
    requests_.clear();
    requests_seen_ = 0;
    co_return net::json_response(200, recorded_requests());
  }
  co_return refuse(Tongue::chat_completions, 404, "no such path: " + request.method + " " + request.path);
}

Task<net::ServerResponse> FakeLlm::complete(Tongue tongue, std::string body) {
  const auto parsed = parse_json(body);
  if (!parsed)
    co_return refuse(tongue, 400, "we could not parse the JSON body of your request: " + parsed.error().message);
  ++requests_seen_;
  if (requests_.size() == max_recorded) requests_.pop_front();
  requests_.push_back(std::move(body));
  const auto question = read_question(tongue, *parsed);
  if (!question) co_return refuse(tongue, 400, question.error().message);
  auto chosen = choose(*question);
  if (!chosen) co_return refuse(tongue, 400, chosen.error().message);
  const Answer answer = as_scheduled(*std::move(chosen));

  const auto first_delay = answer.pace.first_delay;
  if (first_delay > first_delay.zero()) co_await sleep_for(first_delay);
  if (answer.status >= 400) co_return error_response(tongue, answer);
  if (question->stream) co_return stream_response(answer, stream_for(answer, *question));
  auto response = net::json_response(answer.status, render_completion(answer, *question));
  if (!answer.content_type.empty()) response.headers = {{"Content-Type", answer.content_type}};
  add_headers(response, answer);
  co_return response;
}

/// What the request asks for comes first, then the script, and then its last words in return.
Result<Answer> FakeLlm::choose(const Question& question) {
  TRY(std::optional<Answer> asked_for, answer_asked_for(question, defaults_));
  if (asked_for) return std::move(*asked_for);
  if (!script_.answers.empty()) {
    Answer next = std::move(script_.answers.front());
    script_.answers.pop_front();
    return next;
  }
  return script_.otherwise ? *script_.otherwise : echo(question, defaults_);
}

Answer FakeLlm::as_scheduled(Answer answer) {
  const auto now = SteadyClock::now();
  if (++asked_ == 1) first_asked_ = now;
  return script_.schedule.spoil(std::move(answer), asked_, now - first_asked_);
}

Stream FakeLlm::stream_for(const Answer& answer, const Question& question) {
  // Only these depend on nothing but the name, as long as no usage is counted and no directive was given.
  const bool is_fixed =
      question.model.starts_with("fixed:") && !question.last_text.starts_with("!fake ") && script_.schedule.empty();
  if (!is_fixed) return std::make_shared<const Rendered>(render_stream(answer, question));
  const std::string key = std::to_string(static_cast<int>(question.tongue)) + question.model +
                          (question.include_usage ? "+" + std::to_string(question.prompt_words) : "");
  if (fixed_streams_.size() >= max_fixed_streams && !fixed_streams_.contains(key)) fixed_streams_.clear();
  Stream& kept = fixed_streams_[key];
  if (!kept) kept = std::make_shared<const Rendered>(render_stream(answer, question));
  return kept;
}

std::string FakeLlm::recorded_requests() const {
  std::string list;
  for (const std::string& body : requests_) list += (list.empty() ? "" : ",") + body;
  return R"({"count":)" + std::to_string(requests_seen_) + R"(,"requests":[)" + list + "]}";
}

}  // namespace convoke::fakellm
