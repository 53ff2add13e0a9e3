/* alloc-fail-signals.c - memory runs out while signals are queued, waited for and read, and while timers of all kinds
 * are made, set and taken away: each allocation fails once.
 *
 * machines: smp=1
 * oracle: none
 */
#define _GNU_SOURCE
#include "user/test/alloc-fail.h"

#include <poll.h>
#include <sys/select.h>
#include <sys/signalfd.h>
#include <sys/time.h>
#include <sys/timerfd.h>

enum { QUEUED = 6 };

static sigset_t blocked;

static void block(void)
{
	sigemptyset(&blocked);
	sigaddset(&blocked, SIGUSR1);
	sigaddset(&blocked, SIGRTMIN);
	MUST(!sigprocmask(SIG_BLOCK, &blocked, NULL));
}

/* Take what is pending: how many. A call that lacks memory is made again. */
static int take_all(int *value, bool *good)
{
	struct timespec at_once = { 0, 0 };
	siginfo_t info;
	int taken = 0, tries = 0;
	sigset_t left;

	for (;;) {
		int signal = sigtimedwait(&blocked, &info, &at_once);

		if (signal > 0) {
			if (signal == SIGRTMIN)
				*value = info.si_int;
			taken++;
			continue;
		}
		if (errno != EAGAIN)
			*good = GRANTED(-1) && *good;
		MUST(!sigpending(&left));
		if ((!sigismember(&left, SIGUSR1) && !sigismember(&left, SIGRTMIN)) || ++tries > 3)
			return taken;
	}
}

/* A queued signal may be refused; one that is not is there, with its value. A standard one always comes. */
static bool queue_signals(void)
{
	int sent = 0, value = -1, last = -1;
	bool good = true;

	block();
	for (int i = 0; i < QUEUED; i++) {
		bool granted = GRANTED(sigqueue(getpid(), SIGRTMIN, (union sigval){ .sival_int = i }));

		good = granted && good;
		sent += granted;
		last = granted ? i : last;
	}
	MUST(!kill(getpid(), SIGUSR1));
	MUST(take_all(&value, &good) == sent + 1 || !good);
	MUST(value == last || !good);
	return good;
}

static volatile sig_atomic_t handled;

static void on_signal(int signal, siginfo_t *info, void *context)
{
	(void)signal, (void)info, (void)context;
	handled++;
}

/* Handlers, on the stack and on another one. */
static bool run_handlers(void)
{
	static char room[16384];
	struct sigaction action = { .sa_sigaction = on_signal, .sa_flags = SA_SIGINFO };
	stack_t stack = { .ss_sp = room, .ss_size = sizeof(room) };
	sigset_t none;

	handled = 0;
	MUST(!sigaction(SIGUSR2, &action, NULL));
	MUST(!raise(SIGUSR2));
	MUST(handled == 1);
	MUST(!sigaltstack(&stack, NULL));
	action.sa_flags |= SA_ONSTACK;
	MUST(!sigaction(SIGUSR2, &action, NULL));
	MUST(!raise(SIGUSR2));
	MUST(handled == 2);
	block();
	action.sa_flags = SA_SIGINFO;
	MUST(!sigaction(SIGUSR1, &action, NULL));
	MUST(!raise(SIGUSR1));
	sigemptyset(&none);
	if (sigsuspend(&none) < 0 && errno == ENOMEM) {
		MUST(!sigprocmask(SIG_UNBLOCK, &blocked, NULL));
		MUST(handled == 3);
		return false;
	}
	MUST(handled == 3);
	return true;
}

static bool read_signals(void)
{
	struct signalfd_siginfo infos[4];
	bool good = true, polled;
	struct pollfd entry;
	ssize_t got;
	int fd;

	block();
	fd = signalfd(-1, &blocked, SFD_NONBLOCK);
	if (!GRANTED(fd))
		return false;
	MUST(!kill(getpid(), SIGUSR1));
	good = GRANTED(sigqueue(getpid(), SIGRTMIN, (union sigval){ .sival_int = 5 }));
	entry = (struct pollfd){ .fd = fd, .events = POLLIN };
	polled = GRANTED(poll(&entry, 1, -1));
	MUST(!polled || entry.revents == POLLIN);
	good = good && polled;
	got = read(fd, infos, sizeof(infos));
	if (GRANTED(got)) {
		MUST(got >= (ssize_t)sizeof(infos[0]) && infos[0].ssi_signo == SIGUSR1);
		MUST(!good || got == 2 * (ssize_t)sizeof(infos[0]));
	} else {
		good = false;
		while ((got = read(fd, infos, sizeof(infos[0]))) > 0)
			;
		MUST(got < 0 && (errno == EAGAIN || errno == ENOMEM));
	}
	good = GRANTED(signalfd(fd, &blocked, 0)) && good;
	MUST(!close(fd));
	return good;
}

static bool use_timerfd(void)
{
	struct itimerspec soon = { { 0, 100000 }, { 0, 100000 } }, before;
	int fd = timerfd_create(CLOCK_MONOTONIC, 0);
	bool good = GRANTED(fd), set;
	u64 count = 0;

	if (!good)
		return false;
	set = GRANTED(timerfd_settime(fd, 0, &soon, &before));
	if (set) {
		good = GRANTED(read(fd, &count, sizeof(count)));
		MUST(!good || count);
	}
	good = good && set && GRANTED(timerfd_gettime(fd, &before));
	MUST(!close(fd));
	return good;
}

/* POSIX timers and the interval timer: their signals come, also without memory for what is known of them. */
static bool use_timers(void)
{
	struct itimerspec soon = { .it_value = { 0, 100000 } };
	struct itimerval alarm = { .it_value = { 0, 100 } };
	struct sigevent event = { .sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR1 };
	timer_t timers[3];
	bool good = true, made[3];
	siginfo_t info;

	block();
	for (int i = 0; i < 3; i++) {
		made[i] = GRANTED(timer_create(CLOCK_MONOTONIC, &event, &timers[i]));
		good = made[i] && good;
	}
	for (int i = 0; i < 3; i++) {
		if (!made[i])
			continue;
		if (GRANTED(timer_settime(timers[i], 0, &soon, NULL)))
			good = GRANTED(sigwaitinfo(&blocked, &info)) && good;
		else
			good = false;
		MUST(!timer_delete(timers[i]));
	}
	MUST(signal(SIGALRM, SIG_IGN) != SIG_ERR);
	good = GRANTED(setitimer(ITIMER_REAL, &alarm, NULL)) && good;
	return good;
}

static bool use_select(void)
{
	struct timespec soon = { 0, 100000 };
	bool good = true, ready;
	int ends[2];
	fd_set in;

	if (!GRANTED(pipe(ends)))
		return false;
	FD_ZERO(&in);
	FD_SET(ends[0], &in);
	good = GRANTED(pselect(ends[0] + 1, &in, NULL, NULL, &soon, &blocked));
	ready = GRANTED(write(ends[1], "x", 1));
	if (ready) {
		FD_SET(ends[0], &in);
		ready = GRANTED(select(ends[0] + 1, &in, NULL, NULL, NULL));
		MUST(!ready || FD_ISSET(ends[0], &in));
	}
	MUST(!close(ends[0]));
	MUST(!close(ends[1]));
	return good && ready;
}

static const struct action actions[] = {
	ACTION("queue", queue_signals), ACTION("handlers", run_handlers), ACTION("signalfd", read_signals),
	ACTION("timerfd", use_timerfd), ACTION("timers", use_timers),	  ACTION("select", use_select),
};

int main(void)
{
	return sweep_all(actions, ARRAY_SIZE(actions));
}
