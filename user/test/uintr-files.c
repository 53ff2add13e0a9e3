/* uintr-files.c - interrupt files come and go: receivers that end, forks, execs and kills, and everything a thread in
 * VS-mode does that is not an interrupt.
 *
 * machines: aia h
 * oracle: none
 */
#define _GNU_SOURCE
#include "user/test/uintr-seen.h"

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

static int wait_for(pid_t pid)
{
	int status = -1;

	REQUIRE_EQ(waitpid(pid, &status, 0), pid);
	return status;
}

/* --- windows --- */

/* There are 64; then sending goes through the kernel. */
static void check_many_windows(void)
{
	enum { MANY = UINTR_WINDOW_COUNT + 4 };
	int fd, index[MANY], windows = 0;

	direct();
	fd = (int)REQUIRE_OK(uintr_create_fd(20));
	for (int i = 0; i < MANY; i++) {
		index[i] = CHECK_OK(uintr_register_sender(fd));
		windows += index[i] >= UINTR_WINDOW;
	}
	CHECK_EQ(windows, UINTR_WINDOW_COUNT);
	for (int i = 0; i < MANY; i++) {
		store_relaxed(&seen, 0ul);
		CHECK_OK(senduipi(index[i]));
		wait_seen();
		CHECK_EQ(load_relaxed(&seen), BIT(20));
		CHECK_OK(uintr_unregister_sender(index[i]));
	}
	CHECK_EQ(uintr_unregister_sender(UINTR_WINDOW | UINTR_WINDOW_COUNT << 6), -EBADF);
	REQUIRE(!uintr_unregister_handler());
	close(fd);
}

/* --- other processes --- */

/* A child may send with the window it was born with, and with one of its own. It has no handler, but can have one. */
static void check_fork(void)
{
	int fd, index;
	pid_t pid;

	direct();
	fd = (int)REQUIRE_OK(uintr_create_fd(3));
	index = (int)REQUIRE_OK(uintr_register_sender(fd));
	pid = (pid_t)REQUIRE_OK(fork());
	if (!pid) {
		bool good = !uintr_is_direct();

		uintr_clui();
		uintr_stui();
		good &= uintr_wait() == -EINVAL && uintr_unregister_handler() == -EINVAL;
		good &= senduipi(index) == 0;
		good &= uintr_register_handler(handler, UINTR_DIRECT) == 0;
		fd = uintr_register_sender(uintr_create_fd(9));
		store_relaxed(&seen, 0ul);
		good &= senduipi(fd) == 0;
		wait_seen();
		_exit(good && load_relaxed(&seen) == BIT(9) ? 0 : 1);
	}
	wait_seen();
	CHECK_EQ(load_relaxed(&seen), BIT(3));
	CHECK_EQ(wait_for(pid), 0);
	store_relaxed(&seen, 0ul);
	pid = (pid_t)REQUIRE_OK(fork());
	if (!pid) {
		index = uintr_register_sender(fd);
		_exit(index >= UINTR_WINDOW && !senduipi(index) ? 0 : 1);
	}
	wait_seen();
	CHECK_EQ(load_relaxed(&seen), BIT(3));
	CHECK_EQ(wait_for(pid), 0);
	CHECK_OK(uintr_unregister_sender(index));
	REQUIRE(!uintr_unregister_handler());
	close(fd);
}

/* A sender whose receiver, the parent, has gone; the file has another owner; its store goes nowhere. */
static void check_reassigned(void)
{
	volatile u32 *go = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	int fd, index;
	pid_t pid;

	REQUIRE(go != MAP_FAILED);
	direct();
	fd = (int)REQUIRE_OK(uintr_create_fd(4));
	index = (int)REQUIRE_OK(uintr_register_sender(fd));
	pid = (pid_t)REQUIRE_OK(fork());
	if (!pid) {
		while (!load_acquire(go))
			sched_yield();
		for (int i = 0; i < 1000; i++)
			senduipi(index);
		_exit(0);
	}
	REQUIRE(!uintr_unregister_handler());
	direct();
	store_release(go, 1u);
	CHECK_EQ(wait_for(pid), 0);
	getppid();
	CHECK_EQ(load_relaxed(&seen), 0);
	CHECK_OK(uintr_unregister_sender(index));
	REQUIRE(!uintr_unregister_handler());
	close(fd);
	munmap((void *)go, 4096);
}

/* A thread in VS-mode that is killed while it spins, waits, or executes another program gives its file back. */
static void end_spinning(void)
{
	for (;;)
		;
}

static void end_waiting(void)
{
	uintr_clui();
	uintr_wait();
}

static void end_exec(void)
{
	execl("/bin/echo", "echo", NULL);
}

static void end_exit(void)
{
	exit(0);
}

static void end_null(void)
{
	*(volatile int *)0 = 0;
}

static void end_no_window(void)
{
	*(volatile u32 *)(UINTR_WINDOWS + 40 * UINTR_WINDOW_BYTES) = 64;
}

static void check_ends(void)
{
	static const struct {
		void (*end)(void);
		int kill, status;
	} ends[] = {
		{ end_spinning, SIGKILL, SIGKILL },
		{ end_waiting, SIGKILL, SIGKILL },
		{ end_exec, 0, 0 },
		{ end_exit, 0, 0 },
		{ end_null, 0, SIGSEGV },
		{ end_no_window, 0, SIGSEGV },
	};
	pid_t pid;

	for (int round = 0; round < 3; round++)
		for (u32 i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
			pid = (pid_t)REQUIRE_OK(fork());
			if (!pid) {
				direct();
				ends[i].end();
				_exit(99);
			}
			if (ends[i].kill) {
				usleep(3000);
				CHECK_OK(kill(pid, ends[i].kill));
			}
			if (!CHECK_EQ(wait_for(pid), ends[i].status))
				check_note("end %u", i);
		}
	direct();
	REQUIRE(!uintr_unregister_handler());
}

/* --- ordinary life in VS-mode --- */

static void *child_thread(void *argument)
{
	/* a thread of a direct thread is an ordinary one */
	return !uintr_is_direct() && getppid() ? argument : NULL;
}

static int recurse(int n)
{
	volatile char room[4096];

	room[0] = (char)n;
	return n ? recurse(n - 1) + room[0] * 0 + 1 : 0;
}

static void check_memory(void)
{
	enum { PAGES = 64 };
	static const u32 code[] = { 0x00150513, 0x00008067 }; /* addi a0, a0, 1; ret */
	char *map = mmap(NULL, PAGES * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	long (*add)(long);
	pid_t pid;

	REQUIRE(map != MAP_FAILED);
	for (int i = 0; i < PAGES; i++)
		map[i * 4096] = (char)i;
	pid = (pid_t)REQUIRE_OK(fork()); /* copy on write, both ways */
	if (!pid) {
		memset(map, 0x55, PAGES * 4096);
		_exit(0);
	}
	CHECK_EQ(wait_for(pid), 0);
	for (int i = 0; i < PAGES; i++)
		CHECK_EQ(map[i * 4096], (char)i);
	memcpy(map, code, sizeof(code));
	CHECK_OK(mprotect(map, 4096, PROT_READ | PROT_EXEC));
	fence_code();
	add = (long (*)(long))(void *)map;
	CHECK_EQ(add(41), 42);
	CHECK_OK(munmap(map, PAGES * 4096));
	CHECK_EQ(recurse(200), 200);
	/* far from everything: a new entry of the root, which the second root must follow */
	map = mmap((void *)(5ul << 30), 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	REQUIRE(map != MAP_FAILED);
	map[0] = 7;
	CHECK_EQ(map[0], 7);
	CHECK_OK(munmap(map, 4096));
}

static void check_life(void)
{
	pthread_t thread;
	void *result = NULL;
	int ends[2], n = 5;
	double x = 1;

	direct();
	check_memory();
	REQUIRE(!pthread_create(&thread, NULL, child_thread, &n));
	pthread_join(thread, &result);
	CHECK(result == &n);
	REQUIRE_OK(pipe(ends));
	for (int i = 1; i < 50; i++) {
		x = x / 3 + i; /* floating-point registers over system calls that wait */
		REQUIRE_EQ(write(ends[1], &i, sizeof(i)), sizeof(i));
		usleep(100);
		CHECK_EQ(read(ends[0], &n, sizeof(n)), sizeof(n));
		CHECK_EQ(n, i);
	}
	CHECK(x > 72.7 && x < 72.8);
	close(ends[0]);
	close(ends[1]);
	REQUIRE(!uintr_unregister_handler());
	CHECK(!uintr_is_direct());
}

/* --- the timer, wfi, signals --- */

static u64 ticks(void)
{
	u64 time;

	__asm__ volatile("csrr %0, time" : "=r"(time));
	return time;
}

/* Masked, as uintr_wait: an interrupt behind the look would run its handler, and nothing would end the wfi. */
static void wait_seen_wfi(void)
{
	uintr_clui();
	while (!load_relaxed(&seen)) {
		__asm__ volatile("wfi" ::: "memory");
		uintr_stui();
		uintr_clui();
	}
	uintr_stui();
}

static void check_timer(void)
{
	direct();
	CHECK_EQ(uintr_set_timer(ticks() + 1000, 64), -EINVAL);
	for (int way = 0; way < 3; way++) {
		store_relaxed(&seen, 0ul);
		CHECK_OK(uintr_set_timer(ticks() + 3000, 33));
		if (way == 0)
			while (!load_relaxed(&seen))
				; /* without the kernel */
		else if (way == 1)
			wait_seen(); /* asleep */
		else
			wait_seen_wfi();
		CHECK_EQ(load_relaxed(&seen), BIT(33));
	}
	REQUIRE(!uintr_unregister_handler());
	CHECK_EQ(uintr_set_timer(0, 1), -EOPNOTSUPP);
}

static int signal_index;
static u32 signals;
static bool was_open;

static void on_signal(int number)
{
	(void)number;
	was_open |= uintr_testui();
	senduipi(signal_index); /* comes when the mask is as it was */
	was_open |= load_relaxed(&seen) != 0;
	store_relaxed(&signals, load_relaxed(&signals) + 1);
}

static void check_signals(void)
{
	int fd;

	direct();
	fd = (int)REQUIRE_OK(uintr_create_fd(12));
	signal_index = (int)REQUIRE_OK(uintr_register_sender(fd));
	REQUIRE(signal(SIGUSR1, on_signal) != SIG_ERR);
	for (u32 i = 1; i <= 100; i++) {
		store_relaxed(&seen, 0ul);
		CHECK_OK(raise(SIGUSR1));
		CHECK_EQ(load_relaxed(&signals), i);
		CHECK_EQ(load_relaxed(&seen), BIT(12));
		CHECK(uintr_testui());
	}
	CHECK(!was_open);
	uintr_clui();
	CHECK_OK(raise(SIGUSR1));
	CHECK(!uintr_testui());
	uintr_stui();
	signal(SIGUSR1, SIG_DFL);
	CHECK_OK(uintr_unregister_sender(signal_index));
	REQUIRE(!uintr_unregister_handler());
	close(fd);
}

int main(void)
{
	check_many_windows();
	check_fork();
	check_reassigned();
	check_ends();
	check_life();
	check_timer();
	check_signals();
	return check_done();
}
