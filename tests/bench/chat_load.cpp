// The load of the chat benchmarks: asks over WebSockets, or the provider itself, and tells what it saw in one JSON
// line.
//
//     chat_load flood chat|provider|ping PORT CONNECTIONS ANSWERS WORDS   so many answers, as fast as they come
//     chat_load first chat|provider PORT PROVIDER_PORT QUESTIONS LIVE_STREAMS
//         time to the first words, through PORT and of the provider itself in turn; only a chat can have live streams
//     chat_load hold PORT CONNECTIONS                                     open WebSockets until stdin ends
#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <functional>
#include <map>
#include <stdexcept>
#include <thread>
#include <vector>

#include "askers.hpp"
#include "bench.hpp"

namespace convoke::bench {
namespace {

using Askers = std::vector<std::unique_ptr<Asker>>;
using MakeAsker = std::unique_ptr<Asker> (*)(std::uint16_t port);

Askers connect(MakeAsker make, std::uint16_t port, int count) {
  Askers askers;
  for (int i = 0; i < count; ++i) askers.push_back(make(port));
  return askers;
}

/// Takes in what comes on any of the connections until `on_end`, called for each answer's end, returns false.
void receive_all(const Askers& askers, Tally& tally, const std::function<bool(Asker&)>& on_end) {
  const int set = epoll_create1(EPOLL_CLOEXEC);
  for (const auto& asker : askers) {
    epoll_event event{.events = EPOLLIN, .data = {.ptr = asker.get()}};
    epoll_ctl(set, EPOLL_CTL_ADD, asker->descriptor(), &event);
  }
  std::vector<epoll_event> ready(askers.size());
  for (bool goes_on = true; goes_on;) {
    const int count = epoll_wait(set, ready.data(), static_cast<int>(ready.size()), -1);
    for (int i = 0; i < count && goes_on; ++i) {
      auto& asker = *static_cast<Asker*>(ready[static_cast<std::size_t>(i)].data.ptr);
      if (asker.receive(tally).end) goes_on = on_end(asker);
    }
  }
  close(set);
}

int flood(MakeAsker make, std::uint16_t port, int connections, int answers, int words) {
  const Askers askers = connect(make, port, connections);
  const Question question{.model = fmt::format("fixed:{}", words), .text = "Say your words."};
  Tally tally;
  const Stopwatch watch;
  int asked = 0;
  for (const auto& asker : askers) {
    asker->ask(question);
    ++asked;
  }
  receive_all(askers, tally, [&](Asker& asker) {
    if (asked++ < answers) asker.ask(question);
    return tally.answers < static_cast<std::uint64_t>(std::max(answers, connections));
  });
  fmt::print(R"({{"seconds":{:.6f},"answers":{},"chunks":{},"frames":{},"text_bytes":{},"wire_bytes":{}}})"
             "\n",
             watch.seconds(), tally.answers, tally.answers * static_cast<std::uint64_t>(words), tally.frames,
             tally.text_bytes, tally.wire_bytes);
  return 0;
}

/// Slow answers that go on in the background: one word every 40 ms on each connection.
class LiveStreams {
 public:
  LiveStreams(std::uint16_t port, int count)
      : askers_(connect(chat_asker, port, count)), reader_([this] { read_guarded(); }) {}

  void stop() {
    stopping_ = true;
    for (const auto& asker : askers_) asker->cancel();
    reader_.join();
    if (problem_) std::rethrow_exception(problem_);
  }

  void wait_until_begun() const {
    while (!begun_) usleep(1000);
  }

 private:
  static constexpr int word_ms = 40;
  static constexpr int words = 1000;

  void read_guarded() {
    try {
      read();
    } catch (...) {
      problem_ = std::current_exception();
      begun_ = true;
    }
  }

  void read() {
    std::string text;
    for (int i = 0; i < words; ++i) text += "some ";
    const Question question{.model = "slow",
                            .text = fmt::format(R"(!fake {{"text":"{}","chunk_delay_ms":{}}})", text, word_ms)};
    for (const auto& asker : askers_) {
      asker->ask(question);
      usleep(1000 * word_ms / static_cast<unsigned>(askers_.size()));  // so that the words do not come all at once
    }
    begun_ = true;
    if (askers_.empty()) return;
    Tally tally;
    receive_all(askers_, tally, [&](Asker&) {
      if (!stopping_) throw std::runtime_error("the live streams ended before the measurement");
      return tally.answers < askers_.size();
    });
  }

  Askers askers_;
  std::atomic<bool> stopping_ = false;
  std::atomic<bool> begun_ = false;
  std::exception_ptr problem_;
  std::thread reader_;
};

/// A server that sends its head and its first words apart, without TCP_NODELAY, would else wait 40 ms for us to
/// acknowledge the head. That is a matter of settings, and not what is measured.
void acknowledge_at_once(int socket) {
  const int yes = 1;
  setsockopt(socket, IPPROTO_TCP, TCP_QUICKACK, &yes, sizeof yes);
}

/// Microseconds from the question to the first words; reads on to the end.
double time_to_first_words(Asker& asker, const Question& question) {
  Tally tally;
  const Stopwatch watch;
  asker.ask(question);
  double first = 0;
  for (Asker::Seen seen; !seen.end;) {
    acknowledge_at_once(asker.descriptor());
    seen = asker.receive(tally);
    if (seen.words && first == 0) first = watch.seconds() * 1e6;
  }
  return first;
}

int first(MakeAsker make, std::uint16_t port, std::uint16_t provider_port, int questions, int live_streams) {
  const Question question{.model = "fixed:20", .text = "Say twenty words."};
  LiveStreams live(port, live_streams);
  live.wait_until_begun();
  const auto provider = provider_asker(provider_port);
  const auto between = make(port);
  std::vector<double> direct, through;
  for (int i = 0; i < questions; ++i) {
    direct.push_back(time_to_first_words(*provider, question));
    through.push_back(time_to_first_words(*between, question));
  }
  live.stop();
  fmt::print(R"({{"direct_p50_us":{:.1f},"direct_p99_us":{:.1f},"through_p50_us":{:.1f},"through_p99_us":{:.1f}}})"
             "\n",
             median(direct), quantile(direct, 0.99), median(through), quantile(through, 0.99));
  return 0;
}

int hold(std::uint16_t port, int connections) {
  const Askers askers = connect(ping_asker, port, connections);
  fmt::print(R"({{"open":{}}})"
             "\n",
             askers.size());
  std::fflush(stdout);
  while (std::getchar() != EOF) {
  }
  return 0;
}

void allow_many_sockets() {
  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

int usage() {
  std::fputs(
      "usage: chat_load flood chat|provider|ping PORT CONNECTIONS ANSWERS WORDS\n"
      "       chat_load first chat|provider PORT PROVIDER_PORT QUESTIONS LIVE_STREAMS\n"
      "       chat_load hold PORT CONNECTIONS\n",
      stderr);
  return 2;
}

int main_with(const std::vector<std::string>& arguments) {
  static const std::map<std::string, MakeAsker> makers{
      {"chat", chat_asker}, {"provider", provider_asker}, {"ping", ping_asker}};
  const auto number = [&](std::size_t i) { return std::atoi(arguments[i].c_str()); };
  const auto port = [&](std::size_t i) { return static_cast<std::uint16_t>(number(i)); };
  allow_many_sockets();
  const std::string what = arguments.empty() ? "" : arguments[0];
  if (what == "flood" && arguments.size() == 6 && makers.contains(arguments[1])) {
    return flood(makers.at(arguments[1]), port(2), number(3), number(4), number(5));
  }
  if (what == "first" && arguments.size() == 6 && makers.contains(arguments[1])) {
    return first(makers.at(arguments[1]), port(2), port(3), number(4), number(5));
  }
  if (what == "hold" && arguments.size() == 3) return hold(port(1), number(2));
  return usage();
}

}  // namespace
}  // namespace convoke::bench

int main(int argc, char** argv) {
  try {
    return convoke::bench::main_with({argv + 1, argv + argc});
  } catch (const std::exception& problem) {
    std::fprintf(stderr, "chat_load: %s\n", problem.what());
    return 1;
  }
}
