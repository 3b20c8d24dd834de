#pragma once
#include <sys/types.h>

// What the watch and the keepers need of the system, in system calls alone. Internal to keeper.cpp.
namespace convoke::net::keeper_system {

/// Every signal does as it does by default; none is blocked.
void reset_signals();
/// Nothing that is sent to a group or a terminal stops this process. SIGCHLD is blocked and can be read from what is
/// returned, by this process and its forks: each reads its own.
int stand_apart();
/// Goes by `name` in lists of processes, not by that of the program it is a fork of: whoever kills that one by its name
/// does not mean this one.
void go_by(const char* name);

/// Signals every child of ours, orphans we have adopted among them, that is not of the process group.
void signal_children_outside(pid_t group, int number);

/// Of the monotonic clock.
long milliseconds_now();
/// Waits until a child may have ended; at most so long, in milliseconds, -1 for ever.
void wait_for_child(int signals, int longest);

}  // namespace convoke::net::keeper_system
