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

  asio::io_context loop{1};
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

TEST_F(ChildProcessTest, LeavesNoGrandchildBehindWhenItEndsByItself) {
  const auto child = start_shell("sleep 1000 & echo $!; exit 0", {{"PATH", "/usr/bin:/bin"}});
  const Stranger grandchild(std::stoi(run(loop, child->read_stdout())));

  run(loop, child->wait());

  EXPECT_TRUE(grandchild.has_ended());
}

// Not a test of its own: the program that the next one starts and kills.
TEST_F(ChildProcessTest, DISABLED_HostsAChildUntilItIsKilled) {
  const auto child = start({.program = "sh", .arguments = {"-c", "sleep 1000 & echo $!; exec sleep 1000"}});
  printf("grandchild=%s", run(loop, child->read_stdout()).c_str());
  printf("child=%d\n", child->pid());
  fflush(stdout);
  run(loop, child->wait());
}

TEST_F(ChildProcessTest, DiesWithAHostThatIsKilled) {
  const auto host =
      start({.program = std::filesystem::read_symlink("/proc/self/exe"),
             .arguments = {"--gtest_also_run_disabled_tests", "--gtest_filter=*HostsAChildUntilItIsKilled"}});
  std::string output;
  while (!output.contains("\nchild=") || !output.ends_with('\n')) {
    const std::string bytes = run(loop, host->read_stdout());
    ASSERT_FALSE(bytes.empty()) << output;
    output += bytes;
  }
  const auto number_after = [&](const std::string& name) {
    return std::stoi(output.substr(output.find(name) + name.size()));
  };
  const Stranger child(number_after("\nchild="));
  const Stranger grandchild(number_after("grandchild="));
  ASSERT_TRUE(child.runs() && grandchild.runs());

  ::kill(host->pid(), SIGKILL);

  EXPECT_TRUE(child.has_ended());
  EXPECT_TRUE(grandchild.has_ended());
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
