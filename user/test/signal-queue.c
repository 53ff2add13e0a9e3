/* signal-queue.c - in which order pending signals are taken, what comes with them, and waiting for them without a
 * handler: lowest number first, real-time signals one by one with their values, standard signals once.
 *
 * oracle: native
 */
#define _GNU_SOURCE
#include "user/test/check.h"
#include "user/test/clock.h"

#include <pthread.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { MOST = 64 };

static volatile int order[MOST], values[MOST], count; /* the handler changes them */

static void note(int signal, siginfo_t *info, void *context)
{
	(void)context;
	order[count] = signal;
	values[count] = info->si_value.sival_int;
	count++;
}

static void handle_all(void)
{
	struct sigaction action = { .sa_sigaction = note, .sa_flags = SA_SIGINFO };

	sigfillset(&action.sa_mask);
	sigaction(SIGUSR1, &action, NULL);
	sigaction(SIGUSR2, &action, NULL);
	sigaction(SIGHUP, &action, NULL);
	for (int i = SIGRTMIN; i <= SIGRTMAX; i++)
		sigaction(i, &action, NULL);
}

static void queue(int signal, int value)
{
	CHECK_OK(sigqueue(getpid(), signal, (union sigval){ .sival_int = value }));
}

/* Frames are stacked: the last one is the first to run, so with everything blocked inside each runs in turn. */
static void check_order(void)
{
	static const int expected[] = { SIGHUP, SIGUSR1, SIGUSR2 };
	sigset_t all, old;

	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, &old);
	queue(SIGRTMIN + 5, 50);
	queue(SIGRTMIN + 1, 10);
	queue(SIGRTMIN + 5, 51);
	kill(getpid(), SIGUSR2);
	queue(SIGUSR1, 1);
	queue(SIGUSR1, 2);
	queue(SIGRTMIN + 1, 11);
	kill(getpid(), SIGHUP);
	count = 0;
	sigprocmask(SIG_SETMASK, &old, NULL);
	REQUIRE_EQ(count, 7);
	for (int i = 0; i < 3; i++)
		CHECK_EQ(order[i], expected[i]);
	CHECK_EQ(values[1], 1); /* the second one came to nothing */
	for (int i = 3; i < 7; i++) {
		CHECK_EQ(order[i], i < 5 ? SIGRTMIN + 1 : SIGRTMIN + 5);
		CHECK_EQ(values[i], i < 5 ? 10 + i - 3 : 50 + i - 5);
	}
}

static sigset_t block(int a, int b)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, a);
	sigaddset(&set, b);
	sigprocmask(SIG_BLOCK, &set, NULL);
	return set;
}

static void check_timedwait(void)
{
	sigset_t set = block(SIGUSR1, SIGRTMIN);
	struct timespec zero = { 0, 0 }, soon = { 0, 20 * NS_PER_MS }, wrong = { 0, NS_PER_S };
	siginfo_t info;
	u64 before;

	count = 0;
	CHECK_ERRNO(sigtimedwait(&set, &info, &zero), EAGAIN);
	before = clock_ns(CLOCK_MONOTONIC);
	CHECK_ERRNO(sigtimedwait(&set, &info, &soon), EAGAIN);
	CHECK(clock_ns(CLOCK_MONOTONIC) - before >= 20 * NS_PER_MS);
	CHECK_ERRNO(sigtimedwait(&set, &info, &wrong), EINVAL);
	queue(SIGRTMIN, 7);
	queue(SIGRTMIN, 8);
	kill(getpid(), SIGUSR1);
	CHECK_EQ(sigwaitinfo(&set, &info), SIGUSR1);
	CHECK_EQ(info.si_code, SI_USER);
	CHECK_EQ(sigwaitinfo(&set, &info), SIGRTMIN);
	CHECK_EQ(info.si_value.sival_int, 7);
	CHECK_EQ(info.si_pid, getpid());
	CHECK_EQ(sigtimedwait(&set, NULL, &zero), SIGRTMIN);
	CHECK_ERRNO(sigtimedwait(&set, NULL, &zero), EAGAIN);
	CHECK_EQ(count, 0);
	sigprocmask(SIG_UNBLOCK, &set, NULL);
}

static void *send_later(void *signal)
{
	sleep_ms(10);
	kill(getpid(), (int)(intptr_t)signal);
	return NULL;
}

static pthread_t later(int signal)
{
	pthread_t thread;

	REQUIRE(!pthread_create(&thread, NULL, send_later, (void *)(intptr_t)signal));
	return thread;
}

/* A wait is ended by what it waits for, and by a handler with an error. All threads block what is sent. */
static void check_waiting(void)
{
	sigset_t set = block(SIGUSR1, SIGUSR2), one, old;
	siginfo_t info;
	pthread_t thread;

	sigemptyset(&one);
	sigaddset(&one, SIGUSR1);
	thread = later(SIGUSR1);
	CHECK_EQ(sigwaitinfo(&one, &info), SIGUSR1);
	pthread_join(thread, NULL);
	count = 0;
	thread = later(SIGUSR2);
	sigprocmask(SIG_SETMASK, NULL, &old);
	sigdelset(&old, SIGUSR2);
	CHECK_ERRNO(sigsuspend(&old), EINTR);
	pthread_join(thread, NULL);
	CHECK_EQ(count, 1);
	CHECK_EQ(order[0], SIGUSR2);
	sigprocmask(SIG_SETMASK, NULL, &old);
	CHECK(sigismember(&old, SIGUSR2));
	kill(getpid(), SIGUSR2);
	CHECK_EQ(count, 1);
	sigdelset(&old, SIGUSR2);
	CHECK_ERRNO(sigsuspend(&old), EINTR); /* pending already */
	CHECK_EQ(count, 2);
	sigprocmask(SIG_UNBLOCK, &set, NULL);
}

static void check_queueinfo(void)
{
	siginfo_t info = { .si_code = SI_USER };

	CHECK_ERRNO(syscall(SYS_rt_sigqueueinfo, getppid(), 0, &info), EPERM);
	info.si_code = SI_TKILL;
	CHECK_ERRNO(syscall(SYS_rt_sigqueueinfo, getppid(), 0, &info), EPERM);
	info.si_code = SI_QUEUE;
	CHECK_ERRNO(syscall(SYS_rt_sigqueueinfo, 0x3ffffff, SIGUSR1, &info), ESRCH);
	CHECK_ERRNO(syscall(SYS_rt_sigqueueinfo, getpid(), 65, &info), EINVAL);
	CHECK_ERRNO(syscall(SYS_rt_tgsigqueueinfo, getpid(), 0x3ffffff, SIGUSR1, &info), ESRCH);
	info.si_value.sival_int = 99;
	count = 0;
	CHECK_OK(syscall(SYS_rt_tgsigqueueinfo, getpid(), gettid(), SIGUSR1, &info));
	CHECK_EQ(count, 1);
	CHECK_EQ(values[0], 99);
}

/* A queue that is full refuses; what was queued is all there. */
static void check_full(void)
{
	sigset_t set = block(SIGRTMIN, SIGRTMIN);
	struct timespec zero = { 0, 0 };
	siginfo_t info;
	int sent = 0, got = 0;

	while (sent < 1000 && !sigqueue(getpid(), SIGRTMIN, (union sigval){ .sival_int = sent }))
		sent++;
	CHECK(sent > 100);
	while (sigtimedwait(&set, &info, &zero) > 0)
		if (!CHECK_EQ(info.si_value.sival_int, got++))
			break;
	CHECK_EQ(got, sent);
	sigprocmask(SIG_UNBLOCK, &set, NULL);
}

int main(void)
{
	handle_all();
	check_order();
	check_timedwait();
	check_waiting();
	check_queueinfo();
	check_full();
	return check_done();
}
