// Titles for conversations that have had their first answer, in the background.
#include "chat/turns.hpp"
#include "store/title.hpp"

namespace convoke {

using std::chrono::seconds;

namespace {
constexpr auto title_patience = seconds(60);
}  // namespace

/// Whatever title somebody gives it meanwhile stays.
Task<> Turns::give_title(FirstExchange exchange) {
  ++titles_;
  auto found = co_await ask_for_title(exchange);
  --titles_;
  if (found) {
    const auto done = co_await services_.store.retitle(exchange.conversation_id, title_of(exchange.question), *found);
    if (!done) found = fail(done.error());
  }
  if (!found) {
    services_.log.info("title.not_found",
                       {{"conversation_id", exchange.conversation_id}, {"reason", found.error().message}});
    co_return;
  }
  if (!services_.announce) co_return;
  services_.announce({"titled",
                      "a conversation has got its title",
                      {{"conversation_id", exchange.conversation_id}, {"title", *found}}});
}

Task<Result<std::string>> Turns::ask_for_title(FirstExchange exchange) {
  // Both stay as they are, whatever is configured meanwhile.
  const auto settings = settings_;
  const auto models = models_;
  const std::string& wanted = settings->titles.model.empty() ? exchange.model : settings->titles.model;
  const ModelChoice writer = models->choose(wanted.empty() ? std::nullopt : std::optional(wanted));
  Prompt request = title_request(exchange);
  request.model = writer.model;
  request.terms.deadline = SteadyClock::now() + title_patience;
  auto ask = [&]() -> Task<Result<Reply>> {
    auto reply = co_await writer.provider->reply(std::move(request), [](const Delta&) {});
    if (!reply) co_return std::unexpected(std::move(reply).error().error);
    co_return *std::move(reply);
  };
  CO_TRY(const Reply reply, co_await with_deadline(SteadyClock::now() + title_patience, "a title", ask()));
  std::string title = title_in(reply.message.text());
  if (title.empty()) co_return fail(Errc::protocol, "the model found no title");
  co_return title;
}

}  // namespace convoke
