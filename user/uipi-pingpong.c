/* uipi-pingpong.c - two processes on two harts interrupt each other, back and forth; what a round trip costs.
 *
 *     uipi-pingpong [--check] [direct|upcall|eventfd|pipe|signal|futex]
 *
 *        ping (parent)                            pong (child)
 *          senduipi  ---------------------------->  handler: senduipi
 *          handler: one more is back  <-----------
 *
 * The same with a user interrupt that goes through the kernel (upcall), with eventfds, pipes, signals, a futex. For
 * each way: nanoseconds and kernel entries of both processes for one round trip, in the best of a few batches; the
 * timer's entries at the ends of time slices are not counted. --check: fail unless the direct way needs no kernel
 * entry.
 */
#define _GNU_SOURCE
#include "lib/order.h"
#include "user/lib/entries.h"
#include "user/lib/need.h"
#include "user/lib/uintr.h"

#include <fcntl.h>
#include <linux/futex.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { BATCH = 20, BATCHES = 40, PING = 0, PONG = 1 };

/* Between the two processes. Each writes its own half; words on lines of their own. */
static struct shared {
	u32 fd[2];				  /* how to reach the player; 0: not ready */
	u32 at[2] __attribute__((aligned(64)));	  /* batches that the player has begun, and ended: even, odd */
	u64 entries[2];				  /* kernel entries of the player in the batch that has ended */
	u32 turn[2] __attribute__((aligned(64))); /* futex words: rounds that were played to this player */
} * shared;

static int me, other; /* PING or PONG */
static int index_other;
static u32 back; /* rounds that have come to this process; written by the handler */

/* Until *WORD has got to VALUE, without the kernel. */
static void spin_until(const u32 *word, u32 value)
{
	while ((s32)(load_acquire(word) - value) < 0)
		cpu_relax();
}

/* --- the ways --- */

struct way {
	const char *name;
	void (*begin)(void); /* in each process: ready to be reached, and knows how to reach the other */
	void (*end)(void);
	void (*play)(u32 round); /* one round trip; PONG answers it */
};

static void meet(u32 fd)
{
	store_release(&shared->fd[me], fd + 1);
	while (!load_acquire(&shared->fd[other]))
		sched_yield();
}

static void handler(u64 vectors)
{
	(void)vectors;
	store_relaxed(&back, load_relaxed(&back) + 1);
	if (me == PONG)
		senduipi(index_other);
}

static int own_fd;

static void reach(void)
{
	own_fd = (int)NEED(uintr_create_fd(1));
	store_relaxed(&back, 0u);
	meet((u32)own_fd);
	index_other = (int)NEED(uintr_register_sender((int)shared->fd[other] - 1));
}

static void direct_begin(void)
{
	NEED(uintr_register_handler(handler, UINTR_DIRECT));
	/* the other hart may be on its way still: it is lent when it is there */
	for (u32 tries = 0; tries < 1000 && !uintr_is_direct(); tries++) {
		uintr_unregister_handler();
		usleep(1000);
		NEED(uintr_register_handler(handler, UINTR_DIRECT));
	}
	if (!uintr_is_direct())
		fprintf(stderr, "uipi-pingpong: no direct interrupts here\n");
	reach();
}

static void upcall_begin(void)
{
	NEED(uintr_register_handler(handler, 0));
	reach();
}

static void uintr_end(void)
{
	uintr_unregister_sender(index_other);
	uintr_unregister_handler();
	close(own_fd);
}

static void uintr_play(u32 round)
{
	if (me == PING)
		senduipi(index_other);
	spin_until(&back, round + 1);
}

static void eventfd_begin(void)
{
	own_fd = (int)NEED(eventfd(0, 0));
	meet((u32)own_fd);
}

static void eventfd_end(void)
{
	close(own_fd);
}

static void eventfd_play(u32 round)
{
	int to = (int)shared->fd[other] - 1;
	u64 value = 1;

	(void)round;
	if (me == PING)
		NEED(write(to, &value, sizeof(value)));
	NEED(read(own_fd, &value, sizeof(value)));
	value = 1;
	if (me == PONG)
		NEED(write(to, &value, sizeof(value)));
}

static int pipe_to; /* where the other writes for us */

static void pipe_begin(void)
{
	int ends[2];

	NEED(pipe(ends));
	own_fd = ends[0];
	pipe_to = ends[1];
	meet((u32)pipe_to);
}

static void pipe_end(void)
{
	close(own_fd);
	close(pipe_to);
}

static void pipe_play(u32 round)
{
	int to = (int)shared->fd[other] - 1;
	char byte = 0;

	(void)round;
	if (me == PING)
		NEED(write(to, &byte, 1));
	NEED(read(own_fd, &byte, 1));
	if (me == PONG)
		NEED(write(to, &byte, 1));
}

static void signalled(int number)
{
	(void)number;
	store_relaxed(&back, load_relaxed(&back) + 1);
	if (me == PONG)
		kill((pid_t)shared->fd[other] - 1, SIGUSR1);
}

static void signal_begin(void)
{
	struct sigaction action = { .sa_handler = signalled, .sa_flags = SA_RESTART };

	store_relaxed(&back, 0u);
	NEED(sigaction(SIGUSR1, &action, NULL));
	meet((u32)getpid());
}

static void signal_end(void)
{
}

static void signal_play(u32 round)
{
	if (me == PING)
		NEED(kill((pid_t)shared->fd[other] - 1, SIGUSR1));
	spin_until(&back, round + 1);
}

static void futex_begin(void)
{
	store_relaxed(&shared->turn[me], 0u);
	meet(0);
}

static void futex_end(void)
{
}

static void futex_send(u32 round)
{
	store_release(&shared->turn[other], round + 1);
	syscall(SYS_futex, &shared->turn[other], FUTEX_WAKE, 1, NULL, NULL, 0);
}

static void futex_play(u32 round)
{
	if (me == PING)
		futex_send(round);
	while (load_acquire(&shared->turn[me]) == round)
		syscall(SYS_futex, &shared->turn[me], FUTEX_WAIT, round, NULL, NULL, 0);
	if (me == PONG)
		futex_send(round);
}

static const struct way ways[] = {
	{ "direct", direct_begin, uintr_end, uintr_play },	 { "upcall", upcall_begin, uintr_end, uintr_play },
	{ "eventfd", eventfd_begin, eventfd_end, eventfd_play }, { "pipe", pipe_begin, pipe_end, pipe_play },
	{ "signal", signal_begin, signal_end, signal_play },	 { "futex", futex_begin, futex_end, futex_play },
};
enum { WAYS = sizeof(ways) / sizeof(ways[0]) };

/* --- the game --- */

static u64 now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (u64)t.tv_sec * 1000000000 + (u64)t.tv_nsec;
}

/* What kernel_entries() itself adds. */
static u64 entries_of_asking(void)
{
	u64 first;

	(u64) NEED(kernel_entries()); /* once before, for the page faults */
	first = (u64)NEED(kernel_entries());
	return (u64)NEED(kernel_entries()) - first;
}

/* Wait for the other player at the beginning and the end of a batch: without the kernel. */
static void line_up(u32 at)
{
	store_release(&shared->at[me], at);
	spin_until(&shared->at[other], at);
}

/* One player of one way. *NS, *ENTRIES: of the best batch, both players (PING's are meant). */
static void play(const struct way *way, u64 *ns, u64 *entries)
{
	u64 asking = entries_of_asking(), before, start, took;
	u32 at = load_relaxed(&shared->at[me]);

	*ns = *entries = UINT64_MAX;
	for (u32 batch = 0; batch < BATCHES; batch++) {
		before = (u64)NEED(kernel_entries());
		line_up(++at);
		start = now();
		for (u32 i = 0; i < BATCH; i++)
			way->play(batch * BATCH + i);
		took = now() - start;
		store_relaxed(&shared->entries[me],
			      (u64)NEED(kernel_entries()) - before - asking - 2); /* 2: the clock's */
		line_up(++at);
		if (took < *ns)
			*ns = took;
		if (shared->entries[PING] + shared->entries[PONG] < *entries)
			*entries = shared->entries[PING] + shared->entries[PONG];
	}
}

/* A player waits for the other one without the kernel, so it is told when there is nobody to wait for any more. */
static void other_ended(int number, siginfo_t *info, void *context)
{
	(void)number, (void)context;
	if (info->si_code != CLD_EXITED || info->si_status)
		_exit(1);
}

static void die_with(pid_t parent)
{
	NEED(prctl(PR_SET_PDEATHSIG, SIGKILL));
	if (getppid() != parent)
		_exit(1);
}

/* Both players, in both processes alike. Kernel entries of the best batch. */
static u64 run_way(const struct way *way)
{
	struct sigaction action = { .sa_sigaction = other_ended, .sa_flags = SA_SIGINFO | SA_RESTART };
	pid_t parent = getpid(), child;
	u64 ns, entries;
	int status;

	NEED(sigaction(SIGCHLD, &action, NULL));
	memset(shared, 0, sizeof(*shared));
	/* a fork that shares the descriptors: each needs the other's */
	child = (pid_t)NEED(syscall(SYS_clone, CLONE_FILES | SIGCHLD, 0, 0, 0, 0));
	me = child ? PING : PONG;
	other = !me;
	if (me == PONG)
		die_with(parent);
	way->begin();
	play(way, &ns, &entries);
	way->end();
	if (me == PONG)
		_exit(0);
	NEED(waitpid(child, &status, 0));
	if (status)
		need_failed("the other player failed", ECHILD);
	printf("%-8s %9.0f ns %7.2f kernel entries for a round trip\n", way->name, (double)ns / BATCH,
	       (double)entries / BATCH);
	return entries;
}

int main(int argc, char **argv)
{
	bool check = argc > 1 && !strcmp(argv[1], "--check");
	u64 entries[WAYS] = { 0 };

	setvbuf(stdout, NULL, _IOLBF, BUFSIZ);
	shared = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (shared == MAP_FAILED)
		need_failed("mmap", errno);
	for (u32 i = 0; i < WAYS; i++)
		if (argc == 1 + check || !strcmp(argv[1 + check], ways[i].name))
			entries[i] = run_way(&ways[i]);
	if (check && entries[0]) {
		fprintf(stderr, "uipi-pingpong: %lu kernel entries where there should be none\n", entries[0]);
		return 1;
	}
	return 0;
}
