// Whether a process that dumps core can still do anything. The kernel stops all its threads before it writes the dump, each
// wherever it has left the kernel: one that waits for the RTNL lock still adds its addresses first.
#pragma once
#include <sys/types.h>

namespace heartwire {

// All threads but `crashed`, which writes the dump, stand still for good or have ended. Kernels that show such a thread in another
// state than idle (before Linux 6.12) never say so.
bool threads_are_parked(pid_t process, pid_t crashed);

}  // namespace heartwire
