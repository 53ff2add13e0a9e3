/* signal.c - a signal to oneself, with a handler and the way back; ignored; and the mask. */
#define _GNU_SOURCE
#include "user/bench/bench.h"

#include <signal.h>

static volatile long calls;

static void count_call(int signal)
{
	(void)signal;
	calls++;
}

static void bench_self(void)
{
	struct bench b = BENCH("signal_self_handler_return", 10000);
	pid_t self = getpid();

	signal(SIGUSR1, count_call);
	while (bench_sample(&b))
		for (long i = 0; i < b.count; i++)
			kill(self, SIGUSR1);
	NEED(calls == b.count * b.samples ? 0 : -1);
}

static void bench_ignored(void)
{
	struct bench b = BENCH("kill_self_ignored", 10000);
	pid_t self = getpid();

	signal(SIGUSR1, SIG_IGN);
	while (bench_sample(&b))
		for (long i = 0; i < b.count; i++)
			kill(self, SIGUSR1);
}

static void bench_mask(void)
{
	struct bench b = BENCH("sigprocmask_pair", 10000);
	sigset_t set, old;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	while (bench_sample(&b)) {
		for (long i = 0; i < b.count; i++) {
			sigprocmask(SIG_BLOCK, &set, &old);
			sigprocmask(SIG_SETMASK, &old, NULL);
		}
	}
}

int main(void)
{
	bench_self();
	bench_ignored();
	bench_mask();
	return 0;
}
