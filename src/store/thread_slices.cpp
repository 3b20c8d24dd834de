#include "store/thread_slices.hpp"

#include <sys/syscall.h>
#include <unistd.h>

#include <cstdint>

namespace convoke {
namespace {

// The least the scheduler takes: https://docs.kernel.org/scheduler/sched-eevdf.html
constexpr std::uint64_t slice_nanoseconds = 100'000;

/// struct sched_attr of linux/sched/types.h, which cannot be included along with sched.h.
struct Attributes {
  std::uint32_t size = sizeof(Attributes);
  std::uint32_t policy = 0;
  std::uint64_t flags = 0;
  std::int32_t nice = 0;
  std::uint32_t priority = 0;
  std::uint64_t runtime = 0;
  std::uint64_t deadline = 0;
  std::uint64_t period = 0;
};

}  // namespace

void ask_for_short_slices() {
  Attributes attributes;
  if (syscall(SYS_sched_getattr, 0, &attributes, sizeof attributes, 0) != 0) return;
  attributes.runtime = slice_nanoseconds;
  (void)syscall(SYS_sched_setattr, 0, &attributes, 0);  // without it, everything works as well, only later
}

}  // namespace convoke
