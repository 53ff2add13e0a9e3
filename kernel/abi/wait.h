/* wait.h - waiting for children, and what they used (Linux linux/wait.h, asm-generic/siginfo.h, linux/resource.h). */
#pragma once

#include "lib/types.h"

enum { WNOHANG = 1, WSTOPPED = 2, WEXITED = 4, WCONTINUED = 8, WNOWAIT = 0x01000000 };
/* Of wait4 and waitid: only children of the calling thread; all children; only those that do not end with SIGCHLD,
 * which are not found without one of the last two. */
#define WAIT_NO_THREAD 0x20000000u
#define WAIT_ALL       0x40000000u
#define WAIT_CLONE     0x80000000u

enum { P_ALL, P_PID, P_PGID, P_PIDFD };

/* The part of siginfo that waitid fills in; si_code. */
struct abi_child_info {
	s32 signal, error, code, pad;
	u32 pid, uid;
	s32 status;
};
_Static_assert(sizeof(struct abi_child_info) == 28, "siginfo_t");
enum { CHILD_EXITED = 1, CHILD_KILLED = 2, CHILD_STOPPED = 5, CHILD_CONTINUED = 6 };

struct abi_timeval {
	s64 seconds, microseconds;
};

struct abi_rusage {
	struct abi_timeval user, system;
	s64 max_rss; /* KiB */
	s64 shared, data, stack;
	s64 minor_faults, major_faults, swaps, blocks_in, blocks_out, messages_sent, messages_received, signals;
	s64 switches, forced_switches;
};
_Static_assert(sizeof(struct abi_rusage) == 144, "struct rusage");

enum { RUSAGE_CHILDREN = -1, RUSAGE_SELF = 0, RUSAGE_THREAD = 1 };
