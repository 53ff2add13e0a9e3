/* signal-restart.c - what a signal does to a call that waits: with SA_RESTART most go on, without it none does, some
 * never do; a signal without a handler (ignored, or stop and continue) goes unnoticed.
 *
 * oracle: native
 */
#define _GNU_SOURCE
#include "user/test/check.h"
#include "user/test/child.h"
#include "user/test/clock.h"

#include <linux/futex.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>

static volatile int calls;
static int event;
static u32 word, unwoken;

static void count_call(int signal)
{
	(void)signal;
	calls++;
}

static long wait_read(void)
{
	u64 value;

	return read(event, &value, sizeof(value));
}

static long wait_futex(void)
{
	return syscall(SYS_futex, &word, FUTEX_WAIT_PRIVATE, 0, NULL, NULL, 0);
}

static long wait_futex_timed(void)
{
	struct timespec time = { 0, 60 * NS_PER_MS };

	return syscall(SYS_futex, &unwoken, FUTEX_WAIT_PRIVATE, 0, &time, NULL, 0);
}

static long wait_poll(void)
{
	struct pollfd poll_fd = { .fd = event, .events = POLLIN };

	return poll(&poll_fd, 1, -1);
}

static long wait_sleep(void)
{
	struct timespec time = { 0, 60 * NS_PER_MS };

	return syscall(SYS_nanosleep, &time, NULL);
}

static long wait_sleep_until(void)
{
	struct timespec time = clock_after(CLOCK_MONOTONIC, 60 * NS_PER_MS);

	return syscall(SYS_clock_nanosleep, CLOCK_MONOTONIC, TIMER_ABSTIME, &time, NULL);
}

/* What waits, whether SA_RESTART lets it go on, and what it answers when nothing disturbs it. */
static const struct call {
	const char *name;
	long (*go)(void);
	bool restarts;
	long answer, error;
} table[] = {
	{ "read", wait_read, true, 8, 0 },
	{ "futex", wait_futex, true, 0, 0 },
	{ "futex, timed", wait_futex_timed, false, -1, ETIMEDOUT },
	{ "poll", wait_poll, false, 1, 0 },
	{ "nanosleep", wait_sleep, false, 0, 0 },
	{ "clock_nanosleep", wait_sleep_until, false, 0, 0 },
};

static pthread_t waiter;

/* Three signals, then what the wait is for. */
static void *disturb(void *signal)
{
	u64 one = 1;

	for (int i = 0; i < 3; i++) {
		sleep_ms(10);
		pthread_kill(waiter, (int)(intptr_t)signal);
	}
	sleep_ms(10);
	for (int i = 0; i < 10 && write(event, &one, sizeof(one)) > 0; i++) {
		syscall(SYS_futex, &word, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
		sleep_ms(1);
	}
	return NULL;
}

static void check_call(const struct call *call, int signal, bool goes_on)
{
	pthread_t thread;
	long answer;

	close(event);
	event = (int)REQUIRE_OK(eventfd(0, 0));
	REQUIRE(!pthread_create(&thread, NULL, disturb, (void *)(intptr_t)signal));
	answer = call->go();
	if (!CHECK_EQ(answer, goes_on ? call->answer : -1) ||
	    (answer < 0 && !CHECK_EQ(errno, goes_on ? call->error : EINTR)))
		check_note("%s, signal %d", call->name, signal);
	pthread_join(thread, NULL);
}

static void handle(int signal, int flags)
{
	struct sigaction action = { .sa_handler = count_call, .sa_flags = flags };

	sigaction(signal, &action, NULL);
}

static void check_rest(void)
{
	struct timespec time = { 10, 0 }, rest = { 0, 0 };
	pthread_t thread;

	handle(SIGUSR1, SA_RESTART);
	REQUIRE(!pthread_create(&thread, NULL, disturb, (void *)SIGUSR1));
	CHECK_ERRNO(nanosleep(&time, &rest), EINTR);
	CHECK(rest.tv_sec == 9 && rest.tv_nsec > 0);
	pthread_join(thread, NULL);
}

/* A parent's wait is disturbed by a signal from its child. */
static void check_wait(void)
{
	int status;
	pid_t pid;

	handle(SIGUSR2, SA_RESTART);
	calls = 0;
	pid = child_start("tell", NULL);
	CHECK_EQ(waitpid(pid, &status, 0), pid);
	CHECK_EQ(calls, 1);
	handle(SIGUSR2, 0);
	pid = child_start("tell", NULL);
	CHECK_ERRNO(waitpid(pid, &status, 0), EINTR);
	CHECK_EQ(calls, 2);
	CHECK_EQ(child_wait(pid), EXITED(0));
}

static int tell_parent(void)
{
	sleep_ms(10);
	kill(getppid(), SIGUSR2);
	sleep_ms(20);
	return 0;
}

/* ppoll's mask holds while it waits and no longer. */
static void check_ppoll(void)
{
	sigset_t set, none, now;
	struct timespec zero = { 0, 0 };

	sigemptyset(&none);
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	handle(SIGUSR1, SA_RESTART);
	sigprocmask(SIG_BLOCK, &set, NULL);
	calls = 0;
	raise(SIGUSR1);
	CHECK_ERRNO(ppoll(NULL, 0, NULL, &none), EINTR);
	CHECK_EQ(calls, 1);
	raise(SIGUSR1);
	CHECK_EQ(ppoll(NULL, 0, &zero, &set), 0);
	CHECK_EQ(calls, 1);
	sigprocmask(SIG_SETMASK, NULL, &now);
	CHECK(sigismember(&now, SIGUSR1));
	sigprocmask(SIG_UNBLOCK, &set, NULL);
	CHECK_EQ(calls, 2);
}

int main(int argc, char **argv)
{
	if (argc > 1)
		return tell_parent();
	child_self = argv[0];
	waiter = pthread_self();
	signal(SIGURG, SIG_DFL);
	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		handle(SIGUSR1, SA_RESTART);
		check_call(&table[i], SIGUSR1, table[i].restarts);
		handle(SIGUSR1, 0);
		check_call(&table[i], SIGUSR1, false);
		check_call(&table[i], SIGURG, true);
	}
	check_rest();
	check_wait();
	check_ppoll();
	return check_done();
}
