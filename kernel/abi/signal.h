/* signal.h - signals: numbers, actions, codes, and what lies on the stack while a handler runs (Linux asm/signal.h,
 * asm-generic/siginfo.h, and riscv's asm/ucontext.h, asm/sigcontext.h).
 *
 *     sp -> [ siginfo 128 | ucontext 960: flags, link, stack, mask, registers, FP registers | what was there before ]
 */
#pragma once

#include "lib/types.h"

enum {
	SIGHUP = 1,
	SIGINT = 2,
	SIGQUIT = 3,
	SIGILL = 4,
	SIGTRAP = 5,
	SIGABRT = 6,
	SIGBUS = 7,
	SIGFPE = 8,
	SIGKILL = 9,
	SIGUSR1 = 10,
	SIGSEGV = 11,
	SIGUSR2 = 12,
	SIGPIPE = 13,
	SIGALRM = 14,
	SIGTERM = 15,
	SIGSTKFLT = 16,
	SIGCHLD = 17,
	SIGCONT = 18,
	SIGSTOP = 19,
	SIGTSTP = 20,
	SIGTTIN = 21,
	SIGTTOU = 22,
	SIGURG = 23,
	SIGXCPU = 24,
	SIGXFSZ = 25,
	SIGVTALRM = 26,
	SIGPROF = 27,
	SIGWINCH = 28,
	SIGIO = 29,
	SIGPWR = 30,
	SIGSYS = 31,
	SIGRTMIN = 32,
	SIGNAL_MAX = 64,
};

/* rt_sigprocmask */
enum { SIG_BLOCK, SIG_UNBLOCK, SIG_SETMASK };

/* Handlers that are none. */
enum { SIG_DFL, SIG_IGN };

#define SA_NOCLDSTOP 0x00000001ul
#define SA_NOCLDWAIT 0x00000002ul
#define SA_SIGINFO   0x00000004ul
#define SA_ONSTACK   0x08000000ul
#define SA_RESTART   0x10000000ul
#define SA_NODEFER   0x40000000ul
#define SA_RESETHAND 0x80000000ul

/* struct sigaction as the kernel sees it: riscv64 has no restorer. */
struct signal_action {
	u64 handler, flags, mask;
};
_Static_assert(sizeof(struct signal_action) == 24, "struct sigaction");

/* si_code */
enum {
	SI_USER = 0,
	SI_KERNEL = 0x80,
	SI_QUEUE = -1,
	SI_TIMER = -2,
	SI_MESGQ = -3,
	SI_ASYNCIO = -4,
	SI_SIGIO = -5,
	SI_TKILL = -6,
};
enum { ILL_ILLOPC = 1 };
enum { SEGV_MAPERR = 1, SEGV_ACCERR = 2 };
enum { BUS_ADRALN = 1, BUS_ADRERR = 2 };
enum { TRAP_BRKPT = 1 };
enum { CLD_EXITED = 1, CLD_KILLED, CLD_DUMPED, CLD_TRAPPED, CLD_STOPPED, CLD_CONTINUED };

/* The part of siginfo that can hold anything; the rest, up to 128 bytes, is zeroes. */
struct signal_info {
	s32 signo, error, code, pad;
	union {
		struct { /* kill, sigqueue (value), SIGCHLD (status and times) */
			u32 pid, uid;
			union {
				u64 value;
				s32 status;
			};
			s64 user_time, system_time;
		};
		struct { /* POSIX timers */
			s32 timer, overrun;
			u64 timer_value;
		};
		struct { /* faults */
			u64 address;
		};
		struct { /* SIGIO */
			s64 band;
			s32 fd;
		};
	};
};
enum { SIGINFO_BYTES = 128 };
_Static_assert(sizeof(struct signal_info) == 48, "the start of siginfo_t");

struct signal_stack {
	u64 stack;
	u32 flags, pad;
	u64 bytes;
};
enum { SS_ONSTACK = 1, SS_DISABLE = 2, MINSIGSTKSZ = 2048 };
#define SS_AUTODISARM (1u << 31)
_Static_assert(sizeof(struct signal_stack) == 24, "stack_t");

struct signal_context {
	u64 pc, x[31]; /* x1 .. x31 */
	u64 f[32];
	u32 fcsr;
	u32 pad[65];			/* room for quad-precision registers, which nobody has */
	u32 extension, extension_bytes; /* the list of further parts: 0 and 0 end it */
} __attribute__((aligned(16)));

struct signal_ucontext {
	u64 flags; /* 0, or SIGNAL_UC_UINTR_OPEN */
	u64 link;
	struct signal_stack stack;
	u64 mask;
	u8 mask_room[120];
	u8 pad[8];
	struct signal_context context;
};
_Static_assert(offsetof(struct signal_ucontext, mask) == 40, "struct ucontext");
_Static_assert(offsetof(struct signal_ucontext, context) == 176, "struct ucontext");
_Static_assert(offsetof(struct signal_context, f) == 256, "struct sigcontext");
_Static_assert(offsetof(struct signal_context, fcsr) == 512, "struct sigcontext");
_Static_assert(offsetof(struct signal_context, extension) == 776, "struct sigcontext");

struct signal_frame {
	struct signal_info info;
	struct signal_info_room {
		u64 zero[(SIGINFO_BYTES - sizeof(struct signal_info)) / sizeof(u64)];
	} info_room;
	struct signal_ucontext uc;
};
_Static_assert(sizeof(struct signal_frame) == 1088, "AT_MINSIGSTKSZ");

/* Chime's own, in ucontext.flags: the thread's user interrupts were open before the handler. sigreturn opens them. */
#define SIGNAL_UC_UINTR_OPEN (1ul << 32)
