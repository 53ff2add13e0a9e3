/* uintr-mixed.c - everything that a thread in VS-mode may be doing when an interrupt comes: page faults, system calls,
 * floating-point sums, forks, other programs, signals; and its handler does the same, and lets the next one in.
 *
 * Interrupts come from the thread's own timer, all the time, and from itself.
 *
 * machines: aia h
 * oracle: none
 */
#define _GNU_SOURCE
#include "user/lib/uintr.h"

#include "user/test/check.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

enum { ROUNDS = 6, PAGES = 24, PERIOD = 3000, TIMER = 1, SELF = 2, HANDLER_PAGES = 512 };

static u64 handled[64]; /* by vector; the handler's */
static u32 depth, deepest;
static int index_self;
static char *handler_room; /* a fresh page for each of the first ones */
static u64 handler_page;
static volatile double handler_sum;

static u64 ticks(void)
{
	u64 time;

	__asm__ volatile("csrr %0, time" : "=r"(time));
	return time;
}

static void handler(u64 vectors)
{
	depth++;
	if (depth > deepest)
		deepest = depth;
	for (u32 v = 0; v < 64; v++)
		handled[v] += vectors >> v & 1;
	if (vectors & BIT(TIMER)) {
		handler_sum = handler_sum * 0.5 + 1; /* the interrupted code's registers must survive it */
		if (handler_page < HANDLER_PAGES)
			handler_room[4096 * handler_page++] = 1; /* a page fault */
		if (depth == 1) {
			CHECK_OK(senduipi(index_self));
			uintr_stui(); /* comes here, nested */
			CHECK(getppid() > 0);
			uintr_clui();
		}
		uintr_set_timer(ticks() + PERIOD, TIMER);
	}
	depth--;
}

static volatile u32 signals;

static void on_signal(int number)
{
	(void)number;
	signals++;
	for (volatile int i = 0; i < 2000; i++)
		;
}

static void fault_pages(void)
{
	char *map = mmap(NULL, PAGES * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	REQUIRE(map != MAP_FAILED);
	for (int i = 0; i < PAGES; i++)
		map[i * 4096] = (char)(i + 1);
	for (int i = 0; i < PAGES; i++)
		CHECK_EQ(map[i * 4096], i + 1);
	CHECK_OK(munmap(map, PAGES * 4096));
}

static void sum_up(void)
{
	double x = 0, y = 1;
	u64 n = 1;

	for (int i = 1; i <= 20000; i++) {
		x += i * 0.25;
		y = y * 0.999 + 0.001;
		n = n * 6364136223846793005ul + 1442695040888963407ul;
	}
	CHECK(x == 20000.0 * 20001.0 / 8);
	CHECK(y > 0.999 && y < 1.001);
	CHECK_EQ(n, 10579850105631593249ul);
}

static void talk_to_pipe(void)
{
	int ends[2], value;

	REQUIRE_OK(pipe(ends));
	for (int i = 0; i < 50; i++) {
		REQUIRE_EQ(write(ends[1], &i, sizeof(i)), sizeof(i));
		CHECK_EQ(read(ends[0], &value, sizeof(value)), sizeof(value));
		CHECK_EQ(value, i);
	}
	close(ends[0]);
	close(ends[1]);
}

/* A wait that an interrupt ends is begun again. */
static int wait_for(pid_t pid)
{
	int status = -1;

	while (waitpid(pid, &status, 0) < 0)
		if (!CHECK_EQ(errno, EINTR))
			break;
	return status;
}

static void make_children(void)
{
	char *arguments[] = { "echo", NULL };
	posix_spawn_file_actions_t actions;
	pid_t pid = (pid_t)REQUIRE_OK(fork());

	if (!pid) {
		handler_room[0] = 2;
		_exit(uintr_is_direct() ? 1 : 7); /* it has no handler */
	}
	CHECK_EQ(WEXITSTATUS(wait_for(pid)), 7);
	CHECK(handler_room[0] != 2);
	REQUIRE(!posix_spawn_file_actions_init(&actions));
	REQUIRE(!posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0));
	REQUIRE_EQ(posix_spawn(&pid, "/bin/echo", &actions, NULL, arguments, NULL), 0);
	CHECK_EQ(wait_for(pid), 0);
	posix_spawn_file_actions_destroy(&actions);
}

int main(void)
{
	u64 before;
	int fd;

	handler_room = mmap(NULL, HANDLER_PAGES * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	REQUIRE(handler_room != MAP_FAILED);
	REQUIRE(signal(SIGUSR1, on_signal) != SIG_ERR);
	REQUIRE(!uintr_register_handler(handler, UINTR_DIRECT));
	REQUIRE(uintr_is_direct());
	fd = (int)REQUIRE_OK(uintr_create_fd(SELF));
	index_self = (int)REQUIRE_OK(uintr_register_sender(fd));
	uintr_set_timer(ticks() + PERIOD, TIMER);
	for (u32 round = 1; round <= ROUNDS; round++) {
		before = load_relaxed(&handled[TIMER]);
		fault_pages();
		sum_up();
		talk_to_pipe();
		make_children();
		CHECK_OK(raise(SIGUSR1));
		CHECK_EQ(signals, round);
		while (load_relaxed(&handled[TIMER]) == before)
			cpu_relax();
	}
	uintr_clui();
	uintr_set_timer(~0ul, TIMER);
	CHECK_EQ(depth, 0);
	CHECK_EQ(deepest, 2);
	CHECK(handled[SELF] > 0 && handled[SELF] <= handled[TIMER]);
	CHECK_EQ(handled[0], 0);
	CHECK_OK(uintr_unregister_sender(index_self));
	CHECK_OK(uintr_unregister_handler());
	close(fd);
	return check_done();
}
