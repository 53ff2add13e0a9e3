/* signal-stack.c - the alternate stack: a handler on it, nested ones, what fits no more; and frames the program has
 * spoilt: a hostile sigreturn ends the program or gives it a signal, never more.
 *
 * oracle: native
 */
#define _GNU_SOURCE
#include "user/test/check.h"
#include "user/test/child.h"

#include <signal.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <ucontext.h>

#ifndef SS_AUTODISARM
#define SS_AUTODISARM (1u << 31)
#endif

enum { STACK_BYTES = 64 * 1024 };

static char *stack;
static volatile int calls, outside;

static int on_it(const void *address)
{
	return (const char *)address >= stack && (const char *)address < stack + STACK_BYTES;
}

static void handle(int signal, void (*handler)(int, siginfo_t *, void *), int flags)
{
	struct sigaction action = { .sa_sigaction = handler, .sa_flags = SA_SIGINFO | flags };

	REQUIRE_OK(sigaction(signal, &action, NULL));
}

static void look(int signal, siginfo_t *info, void *context)
{
	stack_t now, other = { .ss_sp = stack, .ss_size = STACK_BYTES };
	ucontext_t *uc = context;
	char here;

	calls++;
	outside += !on_it(&here) || !on_it(info) || !on_it(context);
	CHECK_OK(sigaltstack(NULL, &now));
	CHECK_EQ(now.ss_flags, SS_ONSTACK);
	CHECK_ERRNO(sigaltstack(&other, NULL), EPERM);
	CHECK(uc->uc_stack.ss_sp == stack && uc->uc_stack.ss_size == STACK_BYTES);
	if (signal == SIGUSR1)
		raise(SIGUSR2);
}

static void stay(int signal, siginfo_t *info, void *context)
{
	char here;

	(void)signal;
	(void)info;
	(void)context;
	calls++;
	outside += on_it(&here);
}

static void check_use(void)
{
	stack_t set = { .ss_sp = stack, .ss_size = STACK_BYTES }, now;

	CHECK_OK(sigaltstack(NULL, &now));
	CHECK_EQ(now.ss_flags, SS_DISABLE);
	CHECK_OK(sigaltstack(&set, &now));
	CHECK_OK(sigaltstack(NULL, &now));
	CHECK(now.ss_sp == stack && now.ss_size == STACK_BYTES && now.ss_flags == 0);
	handle(SIGUSR1, look, SA_ONSTACK);
	handle(SIGUSR2, look, SA_ONSTACK);
	raise(SIGUSR1);
	CHECK_EQ(calls, 2);
	handle(SIGUSR1, stay, 0);
	raise(SIGUSR1);
	CHECK_EQ(calls, 3);
	CHECK_EQ(outside, 0);
}

static void check_refused(void)
{
	stack_t set = { .ss_sp = stack, .ss_size = 1024 };

	CHECK_ERRNO(sigaltstack(&set, NULL), ENOMEM);
	set.ss_size = STACK_BYTES;
	set.ss_flags = 4;
	CHECK_ERRNO(sigaltstack(&set, NULL), EINVAL);
	CHECK_ERRNO(syscall(SYS_sigaltstack, 8, NULL), EFAULT);
	set.ss_flags = SS_DISABLE;
	CHECK_OK(sigaltstack(&set, NULL));
	CHECK_OK(sigaltstack(NULL, &set));
	CHECK_EQ(set.ss_flags, SS_DISABLE);
}

static void disarmed(int signal, siginfo_t *info, void *context)
{
	stack_t now;

	(void)signal;
	(void)info;
	(void)context;
	CHECK_OK(sigaltstack(NULL, &now));
	CHECK_EQ(now.ss_flags, SS_DISABLE);
	calls++;
}

static void check_autodisarm(void)
{
	stack_t set = { .ss_sp = stack, .ss_size = STACK_BYTES, .ss_flags = (int)SS_AUTODISARM }, now;

	calls = 0;
	CHECK_OK(sigaltstack(&set, NULL));
	handle(SIGUSR1, disarmed, SA_ONSTACK);
	raise(SIGUSR1);
	CHECK_EQ(calls, 1);
	CHECK_OK(sigaltstack(NULL, &now));
	CHECK(now.ss_sp == stack && (unsigned)now.ss_flags == SS_AUTODISARM);
	set.ss_flags = SS_DISABLE;
	CHECK_OK(sigaltstack(&set, NULL));
}

/* --- ends of a program --- */

static void again(int signal, siginfo_t *info, void *context)
{
	(void)info;
	(void)context;
	raise(signal);
}

/* Handlers without end: the alternate stack overflows, which SIGSEGV ends. */
static void overflow(void)
{
	stack_t set = { .ss_sp = stack, .ss_size = 16384 };

	sigaltstack(&set, NULL);
	handle(SIGUSR1, again, SA_ONSTACK | SA_NODEFER);
	raise(SIGUSR1);
}

static void exit_9(int signal, siginfo_t *info, void *context)
{
	(void)signal;
	(void)context;
	_exit(info->si_code == SEGV_MAPERR || info->si_code == SEGV_ACCERR ? 9 : 1);
}

static __attribute__((noinline)) int recurse(volatile char *above)
{
	volatile char here[256];

	here[0] = above[0];
	return above[0] == 2 ? 0 : recurse(here) + here[0];
}

/* The program's own stack overflows: its handler runs on the other one. */
static void exhaust(void)
{
	stack_t set = { .ss_sp = stack, .ss_size = STACK_BYTES };
	volatile char first = 1;

	sigaltstack(&set, NULL);
	handle(SIGSEGV, exit_9, SA_ONSTACK);
	recurse(&first);
}

/* No stack for the handler at all. */
static void exhaust_plain(void)
{
	volatile char first = 1;

	handle(SIGSEGV, exit_9, 0);
	recurse(&first);
}

static void no_frame(void)
{
	syscall(SYS_rt_sigreturn);
	_exit(1);
}

static void to_nowhere(int signal, siginfo_t *info, void *context)
{
	ucontext_t *uc = context;

	(void)signal;
	(void)info;
	memset(&uc->uc_mcontext, 0x5a, sizeof(uc->uc_mcontext));
}

static void bad_context(void)
{
	handle(SIGUSR1, to_nowhere, 0);
	raise(SIGUSR1);
	_exit(1);
}

static const struct mode {
	const char *name;
	void (*go)(void);
	int status;
} modes[] = {
	{ "overflow", overflow, KILLED(SIGSEGV) },
	{ "exhaust", exhaust, EXITED(9) },
	{ "exhaust, plain", exhaust_plain, KILLED(SIGSEGV) },
	{ "bad context", bad_context, KILLED(SIGSEGV) },
	{ "no frame", no_frame, KILLED(SIGSEGV) },
};

int main(int argc, char **argv)
{
	stack = mmap(NULL, STACK_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	for (size_t i = 0; argc > 1 && i < ARRAY_SIZE(modes); i++)
		if (!strcmp(argv[1], modes[i].name))
			modes[i].go();
	if (argc > 1)
		return 1;
	child_self = argv[0];
	check_use();
	check_refused();
	check_autodisarm();
	for (size_t i = 0; i < ARRAY_SIZE(modes); i++)
		if (!CHECK_EQ(child_run(modes[i].name), modes[i].status))
			check_note("%s", modes[i].name);
	return check_done();
}
