/* signal-threads.c - signals and threads: one for a thread goes to that thread, one for the process to a thread that
 * does not block it, also when that changes; storms between threads lose nothing; fork, exec and exit in the middle.
 *
 * machines: all crowd
 * oracle: native
 */
#define _GNU_SOURCE
#include "user/test/check.h"
#include "user/test/child.h"
#include "user/test/clock.h"

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { THREADS = 4, ROUNDS = 100, STORM = 25 };

static __thread volatile int mine;
static u32 total;
static volatile u32 stop;

static void count_call(int signal)
{
	(void)signal;
	mine++;
	atomic_add_relaxed(&total, 1u);
}

static void handle(int signal, int flags)
{
	struct sigaction action = { .sa_handler = count_call, .sa_flags = flags };

	sigaction(signal, &action, NULL);
}

static void mask(int how, int signal)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, signal);
	pthread_sigmask(how, &set, NULL);
}

/* Each thread sends to the next one and waits for what it is sent: a ring, with a queue so that nothing is lost. */
static pthread_t ring[THREADS];
static pthread_barrier_t barrier;

static void *ring_thread(void *number)
{
	int i = (int)(intptr_t)number, signal = SIGRTMIN + 1;
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, signal);
	pthread_barrier_wait(&barrier);
	for (int round = 0; round < ROUNDS; round++) {
		REQUIRE_EQ(pthread_kill(ring[(i + 1) % THREADS], signal), 0);
		CHECK_EQ(sigwaitinfo(&set, NULL), signal);
	}
	return NULL;
}

static void check_ring(void)
{
	mask(SIG_BLOCK, SIGRTMIN + 1);
	pthread_barrier_init(&barrier, NULL, THREADS + 1);
	for (int i = 0; i < THREADS; i++)
		REQUIRE(!pthread_create(&ring[i], NULL, ring_thread, (void *)(intptr_t)i));
	pthread_barrier_wait(&barrier);
	for (int i = 0; i < THREADS; i++)
		pthread_join(ring[i], NULL);
	mask(SIG_UNBLOCK, SIGRTMIN + 1);
}

/* Threads that compute with floats while others shower them with signals. */
static void *compute(void *unused)
{
	volatile double sum = 0, step = 0.5;
	u64 count = 0;

	while (!stop) {
		sum += step;
		count++;
		if (count % 256 == 0)
			sched_yield(); /* the sender shall not wait for slices */
		if (sum != (double)count * 0.5)
			break;
	}
	CHECK(sum == (double)count * 0.5);
	return unused;
}

static void check_storm(void)
{
	pthread_t threads[THREADS];

	handle(SIGUSR1, SA_RESTART);
	stop = 0;
	for (int i = 0; i < THREADS; i++)
		REQUIRE(!pthread_create(&threads[i], NULL, compute, NULL));
	for (int round = 0; round < STORM; round++)
		for (int i = 0; i < THREADS; i++)
			CHECK_EQ(pthread_kill(threads[i], SIGUSR1), 0);
	for (int round = 0; round < STORM; round++)
		kill(getpid(), SIGUSR1);
	stop = 1;
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	CHECK(total > THREADS);
}

/* A process signal that is pending goes to a thread that opens itself for it; and from a thread that closes itself
 * before it came to it. */
static void *open_itself(void *unused)
{
	mine = 0;
	mask(SIG_UNBLOCK, SIGUSR2);
	CHECK_EQ(mine, 1);
	return unused;
}

static void *wait_open(void *ready)
{
	mask(SIG_UNBLOCK, SIGUSR2);
	store_release((u32 *)ready, 1);
	while (!load_acquire(&stop))
		sleep_ms(1);
	CHECK_EQ(mine, 1);
	return NULL;
}

static void check_choice(void)
{
	pthread_t thread;
	u32 ready = 0;

	handle(SIGUSR2, SA_RESTART);
	mask(SIG_BLOCK, SIGUSR2);
	mine = 0;
	kill(getpid(), SIGUSR2);
	REQUIRE(!pthread_create(&thread, NULL, open_itself, NULL));
	pthread_join(thread, NULL);
	CHECK_EQ(mine, 0);
	stop = 0;
	REQUIRE(!pthread_create(&thread, NULL, wait_open, &ready));
	while (!load_acquire(&ready))
		sleep_ms(1);
	total = 0;
	kill(getpid(), SIGUSR2);
	while (!load_relaxed(&total))
		sleep_ms(1);
	store_release(&stop, 1);
	pthread_join(thread, NULL);
	CHECK_EQ(mine, 0);
	mask(SIG_UNBLOCK, SIGUSR2);
}

/* tgkill finds a thread by both numbers only. */
static void check_numbers(void)
{
	CHECK_ERRNO(syscall(SYS_tgkill, getpid(), getppid(), SIGUSR1), ESRCH);
	CHECK_ERRNO(syscall(SYS_tgkill, getpid(), 0, SIGUSR1), EINVAL);
	CHECK_ERRNO(syscall(SYS_tgkill, getpid(), gettid(), 65), EINVAL);
	CHECK_OK(syscall(SYS_tgkill, getpid(), gettid(), 0));
	total = 0;
	CHECK_OK(syscall(SYS_tkill, gettid(), SIGUSR1));
	CHECK_EQ(total, 1);
	CHECK_ERRNO(syscall(SYS_tkill, 0x3ffffff, SIGUSR1), ESRCH);
}

/* A child that forks and executes while it is being shot at; what it inherits. */
static int inherited(void)
{
	struct sigaction usr1, hup;
	sigset_t now;

	sigaction(SIGUSR1, NULL, &usr1);
	sigaction(SIGHUP, NULL, &hup);
	sigprocmask(SIG_BLOCK, NULL, &now);
	return usr1.sa_handler == SIG_DFL && hup.sa_handler == SIG_IGN && sigismember(&now, SIGUSR2) &&
			       !sigismember(&now, SIGTERM)
		       ? 0
		       : 1;
}

static void check_exec(void)
{
	handle(SIGUSR1, 0);
	signal(SIGHUP, SIG_IGN);
	mask(SIG_BLOCK, SIGUSR2);
	CHECK_EQ(child_run("inherited"), EXITED(0));
	mask(SIG_UNBLOCK, SIGUSR2);
	for (int i = 0; i < 20; i++) {
		pid_t pid = child_start("wait", NULL);

		for (int k = 0; k < i; k++)
			kill(pid, SIGWINCH);
		CHECK_OK(kill(pid, SIGTERM));
		CHECK_EQ(child_wait(pid), KILLED(SIGTERM));
	}
}

static void check_fork(void)
{
	sigset_t pending;
	pid_t pid;

	mask(SIG_BLOCK, SIGUSR1);
	raise(SIGUSR1);
	pid = (pid_t)REQUIRE_OK(fork());
	if (!pid) {
		sigpending(&pending);
		_exit(sigismember(&pending, SIGUSR1) ? 1 : inherited() == 0 ? 2 : 0);
	}
	CHECK_EQ(child_wait(pid), EXITED(0));
	total = 0;
	mask(SIG_UNBLOCK, SIGUSR1);
	CHECK_EQ(total, 1);
}

int main(int argc, char **argv)
{
	while (argc > 1 && !strcmp(argv[1], "wait"))
		sleep_ms(1000);
	if (argc > 1)
		return inherited();
	child_self = argv[0];
	check_ring();
	check_storm();
	check_choice();
	check_numbers();
	check_exec();
	check_fork();
	return check_done();
}
