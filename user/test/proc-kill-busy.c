/* proc-kill-busy.c - children that do one kind of thing each are killed in the middle of it, at random moments: all of
 * them end, with all that they have made, and nothing of them stays.
 *
 * machines: all crowd
 * oracle: native
 * links: user/lib/uring.c user/lib/uring-setup.c
 */
#define _GNU_SOURCE
#include "lib/order.h"
#include "user/lib/uring.h"
#include "user/test/check.h"
#include "user/test/data.h"
#include "user/test/random.h"

#include <fcntl.h>
#include <linux/futex.h>
#include <pthread.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { ROUNDS = 15, LONGEST_US = 4000, PAGE = 4096, MAPPED_PAGES = 64, RING_ENTRIES = 16, THREADS = 3 };

static const char *self;
static char block[4 * PAGE];

/* --- what children do, for ever --- */

static void read_disk(void)
{
	int fd = open(data_path("data"), O_RDONLY);

	for (off_t at = 0;; at = (at + PAGE) % DATA_BYTES)
		(void)!pread(fd, block, sizeof(block), at);
}

static void use_ring(void)
{
	struct io_uring ring;
	struct io_uring_cqe *cqe;
	int fd = open(data_path("data"), O_RDONLY), pair[2];

	if (pipe(pair) || io_uring_queue_init(RING_ENTRIES, &ring, 0) < 0)
		for (;;)
			pause();
	for (unsigned long round = 0;; round++) {
		/* one of them waits until somebody writes, and nobody does */
		io_uring_prep_read(io_uring_get_sqe(&ring), pair[0], block, 1, 0);
		for (int i = 0; i < 3; i++)
			io_uring_prep_read(io_uring_get_sqe(&ring), fd, block + i * PAGE, PAGE,
					   (round * 3 + (unsigned)i) * PAGE % DATA_BYTES);
		if (io_uring_submit(&ring) < 0 || io_uring_wait_cqe_nr(&ring, &cqe, 3) < 0)
			_exit(1);
		io_uring_cq_advance(&ring, io_uring_cq_ready(&ring));
	}
}

static void touch_memory(void)
{
	int fd = open(data_path("data"), O_RDONLY);

	for (;;) {
		char *own = mmap(NULL, MAPPED_PAGES * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		char *file = mmap(NULL, MAPPED_PAGES * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);

		if (own == MAP_FAILED || file == MAP_FAILED)
			_exit(1);
		for (int i = 0; i < MAPPED_PAGES; i++) {
			own[i * PAGE] = file[i * PAGE];
			file[i * PAGE + 1] = 1;
		}
		munmap(own, MAPPED_PAGES * PAGE);
		munmap(file, MAPPED_PAGES * PAGE);
	}
}

static unsigned word;

static void *futex_main(void *argument)
{
	(void)argument;
	for (;;) {
		syscall(SYS_futex, &word, FUTEX_WAIT, load_relaxed(&word), NULL, NULL, 0);
		atomic_add(&word, 1u);
		syscall(SYS_futex, &word, FUTEX_WAKE, 1, NULL, NULL, 0);
	}
	return NULL;
}

static void use_futex(void)
{
	pthread_t thread;

	for (int i = 0; i < THREADS; i++)
		pthread_create(&thread, NULL, futex_main, NULL);
	for (;;) {
		atomic_add(&word, 1u);
		syscall(SYS_futex, &word, FUTEX_WAKE, 2, NULL, NULL, 0);
	}
}

static void use_pipe(void)
{
	int there[2], back[2];
	char byte = 0;

	if (pipe(there) || pipe(back))
		_exit(1);
	if (!fork())
		for (;;)
			if (read(there[0], block, sizeof(block)) > 0)
				(void)!write(back[1], &byte, 1);
	for (;;)
		if (write(there[1], block, sizeof(block)) > 0)
			(void)!read(back[0], &byte, 1);
}

static void fork_storm(void)
{
	signal(SIGCHLD, SIG_IGN);
	for (;;) {
		pid_t pid = fork();

		if (pid == 0 && fork() == 0)
			_exit(0);
		if (pid == 0)
			_exit(0);
		if (pid < 0)
			_exit(1);
		waitpid(pid, NULL, 0);
	}
}

static void exec_loop(void)
{
	execl(self, self, "again", NULL);
	_exit(1);
}

static void *thread_end(void *argument)
{
	return argument;
}

static void thread_storm(void)
{
	pthread_t thread;

	for (;;)
		if (!pthread_create(&thread, NULL, thread_end, NULL))
			pthread_join(thread, NULL);
}

static void on_signal(int signal)
{
	(void)signal;
}

static void signal_storm(void)
{
	pid_t parent = getpid();

	signal(SIGUSR1, on_signal);
	if (!fork())
		for (;;)
			kill(parent, SIGUSR1);
	for (;;)
		pause();
}

static void stop_storm(void)
{
	pid_t pid = fork();

	if (pid < 0)
		_exit(1);
	if (!pid)
		for (;;)
			(void)!pread(-1, block, 1, 0);
	for (;;) {
		kill(pid, SIGSTOP);
		waitpid(pid, NULL, WUNTRACED);
		kill(pid, SIGCONT);
	}
}

static void (*const kinds[])(void) = {
	read_disk,  use_ring,  touch_memory, use_futex,	   use_pipe,
	fork_storm, exec_loop, thread_storm, signal_storm, stop_storm,
};

/* --- */

static void sleep_us(u64 us)
{
	struct timespec time = { 0, (long)us * 1000 };

	nanosleep(&time, NULL);
}

/* Kill the group of LEADER until nobody is left: who was being made when the signal came gets the next one. */
static void kill_all(pid_t leader)
{
	int status;
	pid_t got;
	bool ended = false;

	for (;;) {
		kill(-leader, SIGKILL);
		while ((got = waitpid(-leader, &status, WNOHANG)) > 0) {
			if (got == leader)
				ended = CHECK_EQ(status, SIGKILL);
		}
		if (got < 0)
			break;
		sleep_us(100);
	}
	CHECK(ended);
	CHECK_ERRNO(kill(-leader, 0), ESRCH);
}

static void check_kind(unsigned kind)
{
	pid_t pid = (pid_t)REQUIRE_OK(fork());

	if (!pid) {
		setpgid(0, 0);
		kinds[kind]();
		_exit(1);
	}
	setpgid(pid, pid);
	sleep_us(random_below(LONGEST_US));
	kill_all(pid);
}

int main(int argc, char **argv)
{
	self = argv[0];
	if (argc > 1)
		exec_loop();
	random_init();
	CHECK_OK(prctl(PR_SET_CHILD_SUBREAPER, 1));
	for (unsigned round = 0; round < ROUNDS; round++)
		for (unsigned kind = 0; kind < ARRAY_SIZE(kinds); kind++)
			check_kind(kind);
	return check_done();
}
