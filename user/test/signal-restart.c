/* signal-restart.c - what a signal does to a call that waits: with SA_RESTART most go on, without it none does, some
 * never do; a signal without a handler (ignored, or stop and continue) goes unnoticed.
 *
 * oracle: native
 */
#define _GNU_SOURCE
#include "user/test/asleep.h"
#include "user/test/check.h"
#include "user/test/child.h"
#include "user/test/clock.h"

#include <linux/futex.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>

static u32 calls;
static int event;
static u32 word, unwoken;
static u64 long_ns; /* how long those wait that end by themselves */

static void count_call(int signal)
{
	(void)signal;
	atomic_add_relaxed(&calls, 1u);
}

static struct timespec long_time(void)
{
	return (struct timespec){ (time_t)(long_ns / NS_PER_S), (long)(long_ns % NS_PER_S) };
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
	struct timespec time = long_time();

	return syscall(SYS_futex, &unwoken, FUTEX_WAIT_PRIVATE, 0, &time, NULL, 0);
}

static long wait_poll(void)
{
	struct pollfd poll_fd = { .fd = event, .events = POLLIN };

	return poll(&poll_fd, 1, -1);
}

static long wait_sleep(void)
{
	struct timespec time = long_time();

	return syscall(SYS_nanosleep, &time, NULL);
}

static long wait_sleep_until(void)
{
	struct timespec time = clock_after(CLOCK_MONOTONIC, long_ns);

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
static pid_t waiter_tid;
static u32 over; /* its call has answered */

struct disturbance {
	int signal;
	bool handled; /* a handler counts */
	bool goes_on; /* the call goes on after it */
};

/* The waiter sleeps in its call, or that is over. */
static void wait_for_sleep(void)
{
	while (!load_acquire(&over) && thread_state(getpid(), waiter_tid) != 'S')
		sleep_ms(1);
}

/* Three signals into the sleeping call, or one if that ends it; then what the wait is for, until it is over. */
static void *disturb(void *argument)
{
	const struct disturbance *d = argument;
	u64 one = 1;

	for (u32 i = 0; i < 3 && !load_acquire(&over); i++) {
		wait_for_sleep();
		pthread_kill(waiter, d->signal);
		while (d->handled && !load_acquire(&over) && load_relaxed(&calls) <= i)
			sleep_ms(1);
	}
	while (!load_acquire(&over)) {
		wait_for_sleep();
		if (d->goes_on && write(event, &one, sizeof(one)) > 0)
			syscall(SYS_futex, &word, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
		sleep_ms(1);
	}
	return NULL;
}

/* Those that are to end by themselves take not long. The others would take an hour. */
static void check_call(const struct call *call, int signal, bool goes_on)
{
	struct disturbance d = { signal, signal == SIGUSR1, goes_on };
	pthread_t thread;
	long answer;
	int error;

	close(event);
	event = (int)REQUIRE_OK(eventfd(0, 0));
	calls = over = 0;
	long_ns = goes_on ? 60 * (u64)NS_PER_MS : 3600 * (u64)NS_PER_S;
	REQUIRE(!pthread_create(&thread, NULL, disturb, &d));
	answer = call->go();
	error = errno;
	store_release(&over, 1u);
	if (!CHECK_EQ(answer, goes_on ? call->answer : -1) ||
	    (answer < 0 && !CHECK_EQ(error, goes_on ? call->error : EINTR)))
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
	struct disturbance d = { SIGUSR1, true, false };
	struct timespec time = { 3600, 0 }, rest = { 0, 0 };
	u64 begin = clock_ns(CLOCK_MONOTONIC);
	pthread_t thread;

	handle(SIGUSR1, SA_RESTART);
	calls = over = 0;
	REQUIRE(!pthread_create(&thread, NULL, disturb, &d));
	CHECK_ERRNO(nanosleep(&time, &rest), EINTR);
	store_release(&over, 1u);
	CHECK(timespec_ns(&rest) <= timespec_ns(&time) + NS_PER_S); /* Linux adds what it may be late */
	CHECK(timespec_ns(&rest) + clock_ns(CLOCK_MONOTONIC) - begin >= timespec_ns(&time));
	pthread_join(thread, NULL);
}

/* A parent's wait is disturbed by a signal from its child, which ends then, or does not. */
static void check_wait(void)
{
	int status;
	pid_t pid;

	handle(SIGUSR2, SA_RESTART);
	calls = 0;
	pid = (pid_t)REQUIRE_OK(child_start("tell", "and end"));
	CHECK_EQ(waitpid(pid, &status, 0), pid);
	CHECK_EQ(calls, 1);
	handle(SIGUSR2, 0);
	pid = (pid_t)REQUIRE_OK(child_start("tell", NULL));
	CHECK_ERRNO(waitpid(pid, &status, 0), EINTR);
	CHECK_EQ(calls, 2);
	kill(pid, SIGKILL);
	CHECK_EQ(child_wait(pid), KILLED(SIGKILL));
}

static int tell_parent(bool ends)
{
	wait_until_asleep(getppid(), getppid());
	kill(getppid(), SIGUSR2);
	while (!ends)
		pause();
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
		return tell_parent(argc > 2);
	child_self = argv[0];
	waiter = pthread_self();
	waiter_tid = (pid_t)syscall(SYS_gettid);
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
