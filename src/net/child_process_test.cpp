#include "net/child_process.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "base/random.hpp"
#include "base/run.hpp"
#include "net/spawn.hpp"

namespace convoke::net {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

std::string contents_of(const std::string& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

int parent_of(int pid) {
  const std::string status = contents_of("/proc/" + std::to_string(pid) + "/status");
  return std::stoi(status.substr(status.find("PPid:") + 5));
}

std::ptrdiff_t open_descriptors() { return std::distance(std::filesystem::directory_iterator("/proc/self/fd"), {}); }

struct TemporaryFile {
  const std::string path = std::filesystem::temp_directory_path() / random_id("convoke-child-");
  ~TemporaryFile() { std::filesystem::remove(path); }
  std::string text() const { return contents_of(path); }
};

/// A process that is not our child, watched until it has ended.
class Stranger {
 public:
  explicit Stranger(int pid) : pidfd_(static_cast<int>(syscall(SYS_pidfd_open, pid, 0))) {}

  bool runs() const { return pidfd_.get() >= 0 && !ends_within(0); }
  bool has_ended() const { return pidfd_.get() < 0 || ends_within(10'000); }

 private:
  bool ends_within(int milliseconds) const {
    pollfd events{.fd = pidfd_.get(), .events = POLLIN, .revents = 0};
    return poll(&events, 1, milliseconds) == 1;
  }

  Descriptor pidfd_;
};

class ChildProcessTest : public testing::Test {
 protected:
  std::unique_ptr<ChildProcess> start(ChildCommand command) {
    auto child = ChildProcess::start(loop.get_executor(), std::move(command));
    if (!child) throw std::runtime_error(child.error().message);
    return std::move(*child);
  }

  std::unique_ptr<ChildProcess> start_shell(std::string script, std::map<std::string, std::string> environment = {}) {
    return start({.program = "/bin/sh", .arguments = {"-c", std::move(script)}, .environment = std::move(environment)});
  }

  Errc refusal(ChildCommand command) {
    const auto child = ChildProcess::start(loop.get_executor(), std::move(command));
    return child ? Errc::internal : child.error().code;
  }

  std::string output_of(ChildProcess& child) { return run(loop, read_all(child)); }

  static Task<std::string> read_all(ChildProcess& child) {
    std::string all;
    for (;;) {
      const std::string bytes = co_await child.read_stdout();
      if (bytes.empty()) co_return all;
      all += bytes;
    }
  }

  std::pair<Stranger, Stranger> two_numbers_from(ChildProcess& child);

  asio::io_context loop{1};
};

/// The first two lines of the child's output, as the processes they are the numbers of.
std::pair<Stranger, Stranger> ChildProcessTest::two_numbers_from(ChildProcess& child) {
  std::string text;
  while (std::ranges::count(text, '\n') < 2) text += run(loop, child.read_stdout());
  return {Stranger(std::stoi(text)), Stranger(std::stoi(text.substr(text.find('\n'))))};
}

TEST_F(ChildProcessTest, TalksThroughItsStreams) {
  const auto child = start({.program = "cat", .environment = {{"PATH", "/nowhere:/usr/bin:/bin"}}});

  ASSERT_TRUE(run(loop, child->write_stdin("hello\n")));
  EXPECT_EQ(run(loop, child->read_stdout()), "hello\n");
  child->close_stdin();

  EXPECT_EQ(run(loop, child->read_stdout()), "");
  EXPECT_EQ(run(loop, child->wait()), "exited with status 0");
}

TEST_F(ChildProcessTest, CarriesMoreThanAPipeHolds) {
  const auto child = start({.program = "cat"});
  const std::string much(1'000'000, 'x');
  auto write = [&]() -> Task<> {
    EXPECT_TRUE(co_await child->write_stdin(much));
    child->close_stdin();
  };
  auto both = [&]() -> Task<std::string> {
    using namespace asio::experimental::awaitable_operators;
    co_return co_await (write() && read_all(*child));
  };

  EXPECT_EQ(run(loop, both()).size(), much.size());
}

TEST_F(ChildProcessTest, SeparatesErrorsFromOutput) {
  const auto child = start_shell("echo out; echo err >&2; exit 3");

  EXPECT_EQ(run(loop, child->read_stderr()), "err\n");
  EXPECT_EQ(run(loop, child->read_stdout()), "out\n");
  EXPECT_EQ(run(loop, child->wait()), "exited with status 3");
  EXPECT_EQ(run(loop, child->wait()), "exited with status 3");
}

TEST_F(ChildProcessTest, TellsWhichSignalEndedIt) {
  const auto child = start_shell("kill -9 $$");

  EXPECT_EQ(run(loop, child->wait()), "killed by signal 9");
}

TEST_F(ChildProcessTest, HasOnlyTheEnvironmentItIsGiven) {
  const auto child = start({.program = "env", .environment = {{"GREETING", "hello there"}}});

  EXPECT_EQ(output_of(*child), "GREETING=hello there\n");
}

TEST_F(ChildProcessTest, RunsInTheFolderItIsGiven) {
  const auto child = start({.program = "/bin/pwd", .working_directory = "/usr"});

  EXPECT_EQ(output_of(*child), "/usr\n");
}

TEST_F(ChildProcessTest, InheritsNoDescriptor) {
  const Descriptor leaky(dup(1));  // without close-on-exec, as libraries open theirs

  const auto child = start_shell("ls /proc/self/fd", {{"PATH", "/usr/bin:/bin"}});

  EXPECT_EQ(output_of(*child), "0\n1\n2\n3\n");  // 3 is the folder that ls reads
}

TEST_F(ChildProcessTest, StartsWithStandardSignals) {
  sigset_t blocked;
  sigset_t before;
  sigemptyset(&blocked);
  sigaddset(&blocked, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &blocked, &before);

  const auto child = start_shell("grep -E '^Sig(Blk|Ign)' /proc/self/status", {{"PATH", "/usr/bin:/bin"}});
  pthread_sigmask(SIG_SETMASK, &before, nullptr);

  EXPECT_EQ(output_of(*child), "SigBlk:\t0000000000000000\nSigIgn:\t0000000000000000\n");
}

TEST_F(ChildProcessTest, SaysWhyItCannotStart) {
  EXPECT_EQ(refusal({.program = "no-such-program"}), Errc::not_found);
  EXPECT_EQ(refusal({.program = "/no/such/program"}), Errc::not_found);
  EXPECT_EQ(refusal({.program = "/etc/passwd"}), Errc::denied);
  EXPECT_EQ(refusal({.program = "cat", .environment = {{"PATH", ""}}}), Errc::not_found);
  EXPECT_EQ(refusal({.program = "cat", .working_directory = "/no/such/folder"}), Errc::not_found);

  const auto missing = ChildProcess::start(loop.get_executor(), {.program = "no-such-program"});
  EXPECT_EQ(missing.error().message, "no program 'no-such-program'");
}

TEST_F(ChildProcessTest, ReportsAWriteAfterTheChildHasLeft) {
  const auto child = start_shell("exit 0");
  run(loop, child->wait());

  const auto written = run(loop, child->write_stdin("anyone?"));

  EXPECT_EQ(written.error().code, Errc::unavailable);
}

TEST_F(ChildProcessTest, EndsByItselfWhenItsInputCloses) {
  const auto child = start({.program = "cat"});

  run(loop, child->shut_down(10s));

  EXPECT_EQ(run(loop, child->wait()), "exited with status 0");
}

TEST_F(ChildProcessTest, IsAskedAndThenForcedToEnd) {
  const auto polite =
      start_shell("trap 'exit 7' TERM; echo ready; while :; do sleep 0.01; done", {{"PATH", "/usr/bin:/bin"}});
  const auto stubborn =
      start_shell("trap '' TERM; echo ready; while :; do sleep 0.01; done", {{"PATH", "/usr/bin:/bin"}});
  run(loop, polite->read_stdout());
  run(loop, stubborn->read_stdout());

  run(loop, polite->shut_down(300ms));
  run(loop, stubborn->shut_down(20ms));

  EXPECT_EQ(run(loop, polite->wait()), "exited with status 7");
  EXPECT_EQ(run(loop, stubborn->wait()), "killed by signal 9");
}

TEST_F(ChildProcessTest, TakesItsOwnChildrenAlong) {
  auto child = start_shell("sleep 1000 & echo $!; wait", {{"PATH", "/usr/bin:/bin"}});
  const Stranger grandchild(std::stoi(run(loop, child->read_stdout())));
  EXPECT_TRUE(grandchild.runs());

  child.reset();

  EXPECT_TRUE(grandchild.has_ended());
}

/// A script that starts two processes which leave their parent: one to a session of its own, the other as daemons do.
/// Their numbers are its first two lines.
const std::string with_runaways = "setsid sleep 1000 & echo $!; (setsid sh -c 'echo $$; exec sleep 1000' & ) ; ";
const std::map<std::string, std::string> usual_path{{"PATH", "/usr/bin:/bin"}};

TEST_F(ChildProcessTest, TakesAlongThoseThatLeftItsGroup) {
  const auto child = start_shell(with_runaways + "cat", usual_path);
  const auto runaways = two_numbers_from(*child);

  child->close_stdin();

  EXPECT_EQ(run(loop, child->wait()), "exited with status 0");
  EXPECT_TRUE(runaways.first.has_ended());
  EXPECT_TRUE(runaways.second.has_ended());
}

TEST_F(ChildProcessTest, TakesThoseAlongWhenItIsShutDownByForce) {
  const auto child = start_shell(with_runaways + "trap '' TERM; while :; do sleep 0.01; done", usual_path);
  const auto runaways = two_numbers_from(*child);

  run(loop, child->shut_down(20ms));

  EXPECT_EQ(run(loop, child->wait()), "killed by signal 9");
  EXPECT_TRUE(runaways.first.has_ended());
  EXPECT_TRUE(runaways.second.has_ended());
}

TEST_F(ChildProcessTest, AsksWhatItLeavesBehindToEndBeforeItForces) {
  const TemporaryFile note;
  const auto child = start_shell(
      "setsid sh -c 'trap \"echo asked > " + note.path + "; exit\" TERM; echo ready; sleep 1000 & wait' & read -r line",
      usual_path);
  run(loop, child->read_stdout());

  child->close_stdin();
  run(loop, child->wait());

  EXPECT_EQ(note.text(), "asked\n");
}

TEST_F(ChildProcessTest, LeavesOthersAloneWhenItEnds) {
  const auto one = start_shell(with_runaways + "cat", usual_path);
  const auto other = start_shell(with_runaways + "cat", usual_path);
  const auto ended = two_numbers_from(*one);
  const auto untouched = two_numbers_from(*other);

  run(loop, one->shut_down(10s));

  EXPECT_TRUE(ended.first.has_ended() && ended.second.has_ended());
  EXPECT_TRUE(untouched.first.runs() && untouched.second.runs());
  ASSERT_TRUE(run(loop, other->write_stdin("still here\n")));
  EXPECT_EQ(run(loop, other->read_stdout()), "still here\n");
}

TEST_F(ChildProcessTest, DiesWithItsKeeperAndSoDoThoseThatLeftIt) {
  const auto child = start_shell(with_runaways + "cat", usual_path);
  const auto runaways = two_numbers_from(*child);
  const Stranger itself(child->pid());

  ::kill(parent_of(child->pid()), SIGKILL);

  EXPECT_EQ(run(loop, child->wait()), "ended in a way nobody saw");
  EXPECT_TRUE(itself.has_ended());
  EXPECT_TRUE(runaways.first.has_ended());
  EXPECT_TRUE(runaways.second.has_ended());
}

TEST_F(ChildProcessTest, DoesNotNeedTheWatchOnceItRuns) {
  const auto before = start({.program = "cat"});
  ::kill(parent_of(parent_of(before->pid())), SIGKILL);

  const auto after = start({.program = "cat"});
  run(loop, before->shut_down(10s));
  run(loop, after->shut_down(10s));

  EXPECT_EQ(run(loop, before->wait()), "exited with status 0");
  EXPECT_EQ(run(loop, after->wait()), "exited with status 0");
}

TEST_F(ChildProcessTest, IsKeptByAProcessThatDoesNotGoByOurName) {
  const auto child = start({.program = "cat"});
  const std::string keeper = "/proc/" + std::to_string(parent_of(child->pid()));

  EXPECT_EQ(contents_of(keeper + "/comm"), "process-keeper\n");
  const std::string line = contents_of(keeper + "/cmdline").c_str();  // as much of it as there is room for
  EXPECT_THAT("process-keeper", StartsWith(line));
  EXPECT_FALSE(line.empty());
}

TEST_F(ChildProcessTest, TakesArgumentsOfAnyLength) {
  const std::string long_one(100'000, 'x');
  const auto child = start({.program = "/usr/bin/printf", .arguments = {"%s%s%s", long_one, "", long_one}});

  EXPECT_EQ(output_of(*child), long_one + long_one);
}

TEST_F(ChildProcessTest, LeavesNoDescriptorOpen) {
  run(loop, start({.program = "cat"})->shut_down(10s));
  const auto before = open_descriptors();

  for (int i = 0; i < 20; ++i) run(loop, start({.program = "cat"})->shut_down(10s));
  for (int i = 0; i < 20; ++i) refusal({.program = "no-such-program"});

  EXPECT_EQ(open_descriptors(), before);
}

TEST_F(ChildProcessTest, LeavesNoGrandchildBehindWhenItEndsByItself) {
  const auto child = start_shell("sleep 1000 & echo $!; exit 0", {{"PATH", "/usr/bin:/bin"}});
  const Stranger grandchild(std::stoi(run(loop, child->read_stdout())));

  run(loop, child->wait());

  EXPECT_TRUE(grandchild.has_ended());
}

// Not a test of its own: the program that the next one starts and kills.
TEST_F(ChildProcessTest, DISABLED_HostsAChildUntilItIsKilled) {
  const auto child = start_shell(with_runaways + "sleep 1000", usual_path);
  std::string numbers;
  while (std::ranges::count(numbers, '\n') < 2) numbers += run(loop, child->read_stdout());
  std::ranges::replace(numbers, '\n', ' ');
  printf("processes: %d %d %s\n", getpid(), child->pid(), numbers.c_str());
  fflush(stdout);
  run(loop, child->wait());
}

// Not started as a child of ours: it would be our keeper then who cleans up.
TEST_F(ChildProcessTest, DiesWithAHostThatIsKilled) {
  const std::string program = std::filesystem::read_symlink("/proc/self/exe");
  FILE* const output = popen(
      ("exec " + program + " --gtest_also_run_disabled_tests --gtest_filter='*HostsAChildUntilItIsKilled'").c_str(),
      "r");
  std::array<char, 1024> line{};
  std::array<int, 4> numbers{};
  while (sscanf(line.data(), "processes: %d %d %d %d", &numbers[0], &numbers[1], &numbers[2], &numbers[3]) < 4) {
    ASSERT_TRUE(fgets(line.data(), line.size(), output));
  }
  const Stranger child(numbers[1]);
  const Stranger runaway(numbers[2]);
  const Stranger daemon(numbers[3]);
  ASSERT_TRUE(child.runs() && runaway.runs() && daemon.runs());

  ::kill(numbers[0], SIGKILL);

  EXPECT_TRUE(child.has_ended());
  EXPECT_TRUE(runaway.has_ended());
  EXPECT_TRUE(daemon.has_ended());
  pclose(output);
}

TEST_F(ChildProcessTest, StopsWaitingWhenTheReaderIsCancelled) {
  const auto child = start({.program = "cat"});
  auto read_briefly = [&]() -> Task<bool> {
    using namespace asio::experimental::awaitable_operators;
    const auto first = co_await (child->read_stdout() || sleep_for(5ms));
    co_return first.index() == 1;
  };

  EXPECT_TRUE(run(loop, read_briefly()));
  ASSERT_TRUE(run(loop, child->write_stdin("still here")));
  EXPECT_EQ(run(loop, child->read_stdout()), "still here");
}

}  // namespace
}  // namespace convoke::net
