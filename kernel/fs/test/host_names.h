/* host_names.h - include this first: the C library's headers that share names with the kernel's, kept apart. */
#pragma once

#define _GNU_SOURCE

/* The C library has enums of these, the kernel in abi/signal.h and fs/poll.h, too. */
#define POLL_IN	      host_poll_in
#define POLL_OUT      host_poll_out
#define POLL_ERR      host_poll_err
#define POLL_PRI      host_poll_pri
#define POLL_HUP      host_poll_hup
#define SI_USER	      host_si_user
#define SI_KERNEL     host_si_kernel
#define SI_QUEUE      host_si_queue
#define SI_TIMER      host_si_timer
#define SI_MESGQ      host_si_mesgq
#define SI_ASYNCIO    host_si_asyncio
#define SI_SIGIO      host_si_sigio
#define SI_TKILL      host_si_tkill
#define ILL_ILLOPC    host_ill_illopc
#define SEGV_MAPERR   host_segv_maperr
#define SEGV_ACCERR   host_segv_accerr
#define BUS_ADRALN    host_bus_adraln
#define BUS_ADRERR    host_bus_adrerr
#define TRAP_BRKPT    host_trap_brkpt
#define CLD_EXITED    host_cld_exited
#define CLD_KILLED    host_cld_killed
#define CLD_DUMPED    host_cld_dumped
#define CLD_TRAPPED   host_cld_trapped
#define CLD_STOPPED   host_cld_stopped
#define CLD_CONTINUED host_cld_continued
#define SS_ONSTACK    host_ss_onstack
#define SS_DISABLE    host_ss_disable
#include <signal.h>
#include <sys/wait.h>
#undef POLL_IN
#undef POLL_OUT
#undef POLL_ERR
#undef POLL_PRI
#undef POLL_HUP
#undef SI_USER
#undef SI_KERNEL
#undef SI_QUEUE
#undef SI_TIMER
#undef SI_MESGQ
#undef SI_ASYNCIO
#undef SI_SIGIO
#undef SI_TKILL
#undef ILL_ILLOPC
#undef SEGV_MAPERR
#undef SEGV_ACCERR
#undef BUS_ADRALN
#undef BUS_ADRERR
#undef TRAP_BRKPT
#undef CLD_EXITED
#undef CLD_KILLED
#undef CLD_DUMPED
#undef CLD_TRAPPED
#undef CLD_STOPPED
#undef CLD_CONTINUED
#undef SS_ONSTACK
#undef SS_DISABLE
/* And macros of these. */
#undef SIGHUP
#undef SIGINT
#undef SIGQUIT
#undef SIGILL
#undef SIGTRAP
#undef SIGABRT
#undef SIGBUS
#undef SIGFPE
#undef SIGKILL
#undef SIGUSR1
#undef SIGSEGV
#undef SIGUSR2
#undef SIGPIPE
#undef SIGALRM
#undef SIGTERM
#undef SIGSTKFLT
#undef SIGCHLD
#undef SIGCONT
#undef SIGSTOP
#undef SIGTSTP
#undef SIGTTIN
#undef SIGTTOU
#undef SIGURG
#undef SIGXCPU
#undef SIGXFSZ
#undef SIGVTALRM
#undef SIGPROF
#undef SIGWINCH
#undef SIGIO
#undef SIGPWR
#undef SIGSYS
#undef SIGRTMIN
#undef SIG_BLOCK
#undef SIG_UNBLOCK
#undef SIG_SETMASK
#undef SIG_DFL
#undef SIG_IGN
#undef SA_NOCLDSTOP
#undef SA_NOCLDWAIT
#undef SA_SIGINFO
#undef SA_ONSTACK
#undef SA_RESTART
#undef SA_NODEFER
#undef SA_RESETHAND
#undef MINSIGSTKSZ
