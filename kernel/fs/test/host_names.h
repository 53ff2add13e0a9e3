/* host_names.h - include this first: the C library's headers that share names with the kernel's, kept apart. */
#pragma once

#define _GNU_SOURCE

/* signal.h has an enum of these; kernel/fs/poll.h, too */
#define POLL_IN	 host_poll_in
#define POLL_OUT host_poll_out
#define POLL_ERR host_poll_err
#define POLL_PRI host_poll_pri
#define POLL_HUP host_poll_hup
#include <signal.h>
#include <sys/wait.h>
#undef POLL_IN
#undef POLL_OUT
#undef POLL_ERR
#undef POLL_PRI
#undef POLL_HUP
/* and kernel/proc/process.h has some of the signals */
#undef SIGILL
#undef SIGTRAP
#undef SIGBUS
#undef SIGKILL
#undef SIGSEGV
#undef SIGCHLD
#undef SIGSTOP
#undef SIGCONT
