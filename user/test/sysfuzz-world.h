/* sysfuzz-world.h - what random system calls are about: a directory, descriptors, an arena, and structs that some calls
 * are given by address. For sysfuzz.h alone.
 */
#pragma once

#include "kernel/abi/syscalls.h"
#include "user/test/check.h"
#include "user/test/clean.h"
#include "user/test/clock.h"
#include "user/test/data.h"
#include "user/test/random.h"

#include <fcntl.h>
#include <grp.h>
#include <linux/futex.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/timerfd.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PAGE = 4096, ARENA_PAGES = 16, WORKERS = 4, NOBODY = 1000 };

enum made { NOTHING, DESCRIPTOR, MAPPING };

static const struct call {
	long number;
	const char *arguments;
	enum made made;
} calls[] = {
#include "user/test/sysfuzz-calls.inc"
};

static char base[] = "/tmp/sysfuzz-N";
static const char *const names[] = {
	"a", "b", "a/b", "b/c", "a/../b", "", ".", "s", "a/", "//", "much/too/deep/for/this"
};

static char *arena;
static char witness[PAGE * 4]; /* never given to the kernel */
static struct timespec limits[] = { { 0, 0 }, { 0, 1000 }, { 0, 100000 }, { -1, 0 }, { 0, -1 }, { 0, 1000000000 } };
static int descriptors[14];

static void heard(int signal)
{
	(void)signal;
}

/* Well-formed ones of what calls are given by address. */
static char stack[1 << 14];
#if defined(__riscv)
#define HANDLER heard
#else
#define HANDLER SIG_IGN /* a handler needs code of the C library's to return through */
#endif
static struct {
	void (*handler)(int);
	u64 flags, mask, more;
} actions[] = {
	{ HANDLER, 0, 0, 0 },
	{ HANDLER, SA_ONSTACK | SA_RESTART | SA_NODEFER, 0, 0 },
	{ SIG_IGN, 0, 0, 0 },
	{ SIG_DFL, 0, 0, 0 },
};
static u64 sets[] = { 0, 1ul << (SIGWINCH - 1), 1ul << (SIGURG - 1) | 1ul << (SIGCHLD - 1), -1ul };
static struct sigevent events[] = {
	{ .sigev_notify = SIGEV_NONE },
	{ .sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGWINCH },
	{ .sigev_notify = SIGEV_SIGNAL, .sigev_signo = 1000 },
	{ .sigev_notify = 77, .sigev_signo = SIGURG },
};
static struct itimerspec intervals[] = {
	{ { 0, 0 }, { 0, 0 } },
	{ { 0, 100 }, { 0, 50 } },
	{ { 0, 0 }, { 0, 1000 } },
	{ { -1, 0 }, { 0, -1 } },
};
static stack_t stacks[] = {
	{ .ss_sp = stack, .ss_size = sizeof(stack) },
	{ .ss_flags = SS_DISABLE },
	{ .ss_sp = stack, .ss_size = 8 },
	{ .ss_sp = stack, .ss_size = sizeof(stack), .ss_flags = 99 },
};
