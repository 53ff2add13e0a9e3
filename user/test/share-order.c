/* share-order.c - threads that tell how urgent they are run in that order, across processes and at the right moment: at
 * a wake-up, in the middle of another one's system call or computation, and after a worse level was told. On one hart
 * with counted time: each of these orders is the only one.
 *
 * machines: icount
 * oracle: none
 */
#define _GNU_SOURCE
#include "user/lib/share.h"

#include "user/test/check.h"
#include "user/test/child.h"
#include "user/test/clock.h"

#include <sched.h>
#include <sys/mman.h>

/* What happened, in its order. */
static struct log {
	u32 length;
	char text[60];
	u64 time;
	u32 warm; /* children that have read once: they wait for no page of the program any more */
} * shared;

static int pipes[3][2];

static void note(char what)
{
	u32 at = atomic_add(&shared->length, 1u);

	if (at + 1 < sizeof(shared->text))
		shared->text[at] = what;
}

static void check_order(const char *expected)
{
	if (!CHECK(!strcmp(shared->text, expected)))
		check_note("the order was %s, not %s", shared->text, expected);
	memset(shared, 0, sizeof(*shared));
}

static void go(u32 i)
{
	REQUIRE_EQ(write(pipes[i][1], "", 1), 1);
}

/* A process of its own at LEVEL that does WHAT when PIPES[I] says so. */
static pid_t start(u32 i, u32 level, void (*what)(u32 i))
{
	pid_t pid = fork();
	char byte;

	if (pid)
		return (pid_t)REQUIRE_OK(pid);
	REQUIRE(!share_start());
	share_level(level);
	REQUIRE_EQ(read(pipes[i][0], &byte, 1), 1);
	atomic_add(&shared->warm, 1u);
	REQUIRE_EQ(read(pipes[i][0], &byte, 1), 1);
	what(i);
	_exit(0);
}

static void end(pid_t *pids, u32 count)
{
	for (u32 i = 0; i < count; i++)
		CHECK_EQ(child_wait(pids[i]), 0);
}

/* When it returns COUNT children read the second time. */
static void let_them_wait(u32 count)
{
	for (u32 i = 0; i < count; i++)
		go(i);
	while (load_relaxed(&shared->warm) < count)
		sleep_ms(1);
	sleep_ms(2);
}

static void three_notes(u32 i)
{
	for (u32 n = 0; n < 3; n++) {
		note((char)('a' + i));
		sched_yield();
	}
}

/* The writer goes on before whoever it has woken and is not better: c and then a are. */
static void check_wakes(void)
{
	pid_t pids[3] = { start(0, 0, three_notes), start(1, 3, three_notes), start(2, 1, three_notes) };

	let_them_wait(3);
	for (u32 i = 0; i < 3; i++) {
		note((char)('0' + i));
		go(2 - i);
	}
	note('.');
	end(pids, 3);
	check_order("0ccc12aaa.bbb");
}

/* Levels change as it goes. */
static void up_and_down(u32 i)
{
	static const u32 levels[2][4] = { { 0, 2, 4, 1 }, { 1, 3, 0, 2 } };

	for (u32 n = 0; n < 4; n++) {
		share_level(levels[i][n]);
		sched_yield();
		note((char)('a' + i));
		note((char)('0' + levels[i][n]));
	}
}

static void check_changes(void)
{
	pid_t pids[2] = { start(0, 0, up_and_down), start(1, 0, up_and_down) };

	let_them_wait(2);
	share_level(SHARE_BEST);
	go(0);
	go(1);
	share_level(SHARE_WORST);
	end(pids, 2);
	check_order("a0b1a2b3b0b2a4a1");
}

/* --- in the middle of a computation --- */

static void note_time(u32 i)
{
	shared->time = clock_ns(CLOCK_MONOTONIC);
	note((char)('a' + i));
}

static void sleeper(u32 i)
{
	u64 before = clock_ns(CLOCK_MONOTONIC);

	sleep_ms(1);
	note_time(i);
	shared->time -= before;
}

static void compute(u64 ns)
{
	u64 end = clock_ns(CLOCK_MONOTONIC) + ns;

	note('(');
	while (clock_ns(CLOCK_MONOTONIC) < end)
		for (volatile int i = 0; i < 1000; i++)
			;
	note(')');
}

/* One whose time comes while another computes: at once, or when the slice is over. */
static void check_timer(u32 level, const char *order, u64 least, u64 most)
{
	pid_t pid = start(0, level, sleeper);

	let_them_wait(1);
	share_level(SHARE_BEST);
	go(0);
	share_level(SHARE_WORST);
	sched_yield(); /* it sleeps now */
	share_level(SHARE_DEFAULT);
	compute(8 * NS_PER_MS);
	end(&pid, 1);
	CHECK(shared->time >= least * NS_PER_MS && shared->time < most * NS_PER_MS);
	check_order(order);
}

/* A level that was told without a system call counts when the timer next looks. */
static void check_told_late(void)
{
	pid_t pid = start(0, 3, note_time);

	let_them_wait(1);
	go(0); /* it is ready, and worse */
	share_level(SHARE_WORST);
	compute(15 * NS_PER_MS);
	end(&pid, 1);
	check_order("(a)");
}

int main(void)
{
	shared = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	REQUIRE(shared != MAP_FAILED);
	for (u32 i = 0; i < 3; i++)
		REQUIRE_OK(pipe(pipes[i]));
	check_wakes();
	REQUIRE(!share_start());
	check_changes();
	share_level(SHARE_DEFAULT);
	check_timer(1, "(a)", 1, 2);
	check_timer(2, "()a", 8, 20);
	check_timer(3, "()a", 8, 20);
	check_told_late();
	return check_done();
}
