#pragma once
#include <sys/types.h>

/// Sees to it that no process group of ours outlives us, however we die. The kernel kills a child with its parent, but
/// not the child's own children; so a process beside us, which holds nothing but one end of a pipe, kills the groups it
/// was told of once the pipe breaks. It is started with the first group, and ends with us.
namespace convoke::net::group_watch {

/// Where the watch is told of groups; -1 if there is none. Stays open until we end.
int entrance();

/// From here on the group is killed when we are gone. System calls only: safe in a child that borrows our memory.
void add(int entrance, pid_t group);
/// To be told before the group's leader is reaped, that is while its number is its own.
void remove(int entrance, pid_t group);

}  // namespace convoke::net::group_watch
