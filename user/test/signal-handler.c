/* signal-handler.c - a handler is called with the right arguments, mask and stack, and the thread goes on as if nothing
 * had been: registers, floating-point registers, mask.
 *
 * oracle: native
 */
#define _GNU_SOURCE
#include "user/test/check.h"
#include "user/test/child.h"

#include <signal.h>
#include <sys/syscall.h>
#include <ucontext.h>

static volatile int calls;
static siginfo_t last;
static sigset_t mask_inside;

static void note(int signal, siginfo_t *info, void *context)
{
	(void)context;
	CHECK_EQ(signal, info->si_signo);
	last = *info;
	calls++;
	sigprocmask(SIG_BLOCK, NULL, &mask_inside);
}

static void handle_with(int signal, void (*handler)(int, siginfo_t *, void *), int flags, const sigset_t *mask)
{
	struct sigaction action = { .sa_sigaction = handler, .sa_flags = flags | SA_SIGINFO };

	if (mask)
		action.sa_mask = *mask;
	REQUIRE_OK(sigaction(signal, &action, NULL));
}

static bool is_blocked(int signal)
{
	sigset_t now;

	sigprocmask(SIG_BLOCK, NULL, &now);
	return sigismember(&now, signal);
}

static sigset_t set_of(int a, int b)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, a);
	if (b)
		sigaddset(&set, b);
	return set;
}

static void check_senders(void)
{
	union sigval value = { .sival_ptr = (void *)0x123456789abcul };

	handle_with(SIGUSR1, note, 0, NULL);
	calls = 0;
	CHECK_OK(kill(getpid(), SIGUSR1));
	CHECK_EQ(calls, 1);
	CHECK_EQ(last.si_code, SI_USER);
	CHECK_EQ(last.si_pid, getpid());
	CHECK_EQ(last.si_uid, getuid());
	CHECK_OK(raise(SIGUSR1));
	CHECK_EQ(calls, 2);
	CHECK_EQ(last.si_code, SI_TKILL);
	CHECK_EQ(last.si_pid, getpid());
	CHECK_OK(sigqueue(getpid(), SIGUSR1, value));
	CHECK_EQ(calls, 3);
	CHECK_EQ(last.si_code, SI_QUEUE);
	CHECK(last.si_value.sival_ptr == value.sival_ptr);
	CHECK_EQ(last.si_errno, 0);
	CHECK_OK(kill(getpid(), 0));
	CHECK_EQ(calls, 3);
}

/* The signal itself and sa_mask are blocked inside, and neither afterwards. */
static void check_mask(void)
{
	sigset_t mask = set_of(SIGUSR2, SIGTERM);

	handle_with(SIGUSR1, note, 0, &mask);
	raise(SIGUSR1);
	CHECK(sigismember(&mask_inside, SIGUSR1) && sigismember(&mask_inside, SIGUSR2) &&
	      sigismember(&mask_inside, SIGTERM) && !sigismember(&mask_inside, SIGHUP));
	CHECK(!is_blocked(SIGUSR1) && !is_blocked(SIGUSR2));
	handle_with(SIGUSR1, note, SA_NODEFER, NULL);
	raise(SIGUSR1);
	CHECK(!sigismember(&mask_inside, SIGUSR1));
}

static void check_reset(void)
{
	struct sigaction now;

	handle_with(SIGUSR1, note, SA_RESETHAND, NULL);
	raise(SIGUSR1);
	CHECK_OK(sigaction(SIGUSR1, NULL, &now));
	CHECK(now.sa_handler == SIG_DFL);
}

static void check_blocked(void)
{
	sigset_t set = set_of(SIGUSR1, 0), pending;

	handle_with(SIGUSR1, note, 0, NULL);
	calls = 0;
	sigprocmask(SIG_BLOCK, &set, NULL);
	kill(getpid(), SIGUSR1);
	kill(getpid(), SIGUSR1);
	raise(SIGUSR1);
	CHECK_EQ(calls, 0);
	CHECK_OK(sigpending(&pending));
	CHECK(sigismember(&pending, SIGUSR1) && !sigismember(&pending, SIGUSR2));
	sigprocmask(SIG_UNBLOCK, &set, NULL);
	CHECK_EQ(calls, 2); /* one for the thread, one for the process */
	CHECK_OK(sigpending(&pending));
	CHECK(!sigismember(&pending, SIGUSR1));
	sigprocmask(SIG_BLOCK, &set, NULL);
	raise(SIGUSR1);
	signal(SIGUSR1, SIG_IGN); /* forgets it */
	CHECK_OK(sigpending(&pending));
	CHECK(!sigismember(&pending, SIGUSR1));
	handle_with(SIGUSR1, note, 0, NULL);
	sigprocmask(SIG_UNBLOCK, &set, NULL);
	CHECK_EQ(calls, 2);
}

static long mask_call(int how, const void *set, void *old)
{
	return syscall(SYS_rt_sigprocmask, how, set, old, 8);
}

/* The new mask and the old one in the same place, in none, and where a word does not belong. */
static void check_mask_places(void)
{
	u64 usr1 = 1ul << (SIGUSR1 - 1), usr2 = 1ul << (SIGUSR2 - 1), word = usr1, before = 0;
	char odd[16];

	CHECK_OK(mask_call(SIG_SETMASK, &word, NULL));
	word = usr2;
	CHECK_OK(mask_call(SIG_BLOCK, &word, &word));
	CHECK_EQ(word, usr1);
	CHECK_OK(mask_call(77, NULL, &word)); /* nothing is set, so nobody asks how */
	CHECK_EQ(word, usr1 | usr2);
	memcpy(odd + 1, &usr1, 8);
	CHECK_OK(mask_call(SIG_UNBLOCK, odd + 1, odd + 3));
	memcpy(&before, odd + 3, 8);
	CHECK_EQ(before, usr1 | usr2);
	CHECK_ERRNO(mask_call(SIG_UNBLOCK, &usr2, (void *)8), EFAULT);
	CHECK_ERRNO(mask_call(SIG_BLOCK, (void *)8, &before), EFAULT);
	CHECK(!is_blocked(SIGUSR1) && !is_blocked(SIGUSR2)); /* set before the old one was told */
	CHECK_OK(mask_call(SIG_BLOCK, NULL, NULL));
}

/* What would end the process waits as long as it is blocked, and is forgotten when it is ignored. */
static void check_blocked_default(void)
{
	sigset_t set = set_of(SIGTERM, 0), pending;

	signal(SIGTERM, SIG_DFL);
	CHECK(!sigprocmask(SIG_BLOCK, &set, NULL));
	CHECK(!kill(getpid(), SIGTERM));
	CHECK(!raise(SIGTERM));
	CHECK(!sigpending(&pending));
	CHECK(sigismember(&pending, SIGTERM));
	signal(SIGTERM, SIG_IGN);
	CHECK(!sigpending(&pending));
	CHECK(!sigismember(&pending, SIGTERM));
	CHECK(!sigprocmask(SIG_UNBLOCK, &set, NULL));
	signal(SIGTERM, SIG_DFL);
}

/* KILL and STOP cannot be blocked or handled. */
static void check_unmaskable(void)
{
	struct sigaction action = { .sa_handler = SIG_IGN };
	sigset_t all;

	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, NULL);
	CHECK(!is_blocked(SIGKILL) && !is_blocked(SIGSTOP) && is_blocked(SIGTERM));
	sigprocmask(SIG_UNBLOCK, &all, NULL);
	CHECK_ERRNO(sigaction(SIGKILL, &action, NULL), EINVAL);
	CHECK_ERRNO(sigaction(SIGSTOP, &action, NULL), EINVAL);
	CHECK_OK(sigaction(SIGKILL, NULL, &action));
	CHECK_ERRNO(sigaction(65, &action, NULL), EINVAL);
	CHECK_ERRNO(syscall(SYS_rt_sigprocmask, 3, &all, NULL, 8), EINVAL);
	CHECK_ERRNO(syscall(SYS_rt_sigprocmask, SIG_BLOCK, &all, NULL, 16), EINVAL);
}

static void use_fp(int signal, siginfo_t *info, void *context)
{
	volatile double x = signal;

	(void)info;
	(void)context;
	for (int i = 0; i < 40; i++)
		x = x * 1.5 + 1;
	calls++;
}

/* Registers and floating-point registers survive a handler that uses them all. */
static void check_registers(void)
{
	volatile double a = 1.25, b = 3.5;
	double c = a * b, d = a / b, e = a - b;
	long l = calls + 1, m = calls + 2, n = calls + 3;

	handle_with(SIGUSR1, use_fp, 0, NULL);
	for (int i = 0; i < 100; i++) {
		raise(SIGUSR1);
		__asm__ volatile("" : "+r"(l), "+r"(m), "+r"(n));
		CHECK(c == a * b && d == a / b && e == a - b);
	}
	CHECK_EQ(m, l + 1);
	CHECK_EQ(n, l + 2);
}

static void nested(int signal, siginfo_t *info, void *context)
{
	(void)info;
	(void)context;
	calls++;
	if (signal < SIGRTMAX)
		raise(signal + 1);
}

static void check_nested(void)
{
	for (int i = SIGRTMIN; i <= SIGRTMAX; i++)
		handle_with(i, nested, 0, NULL);
	calls = 0;
	raise(SIGRTMIN);
	CHECK_EQ(calls, SIGRTMAX - SIGRTMIN + 1);
}

/* What a handler changes in its context is what the thread goes on with. */
static void change_mask(int signal, siginfo_t *info, void *context)
{
	ucontext_t *uc = context;

	(void)signal;
	(void)info;
	sigaddset(&uc->uc_sigmask, SIGUSR2);
	sigaddset(&uc->uc_sigmask, SIGKILL);
}

static void check_context(void)
{
	sigset_t set = set_of(SIGUSR2, 0);

	handle_with(SIGUSR1, change_mask, 0, NULL);
	raise(SIGUSR1);
	CHECK(is_blocked(SIGUSR2) && !is_blocked(SIGKILL));
	sigprocmask(SIG_UNBLOCK, &set, NULL);
}

int main(void)
{
	check_senders();
	check_mask();
	check_reset();
	check_blocked();
	check_blocked_default();
	check_mask_places();
	check_unmaskable();
	check_registers();
	check_nested();
	check_context();
	return check_done();
}
