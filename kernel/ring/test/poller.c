/* poller.c - for how long a poller looks around before it sleeps, on the clock of the host tests.
 *
 * The walk over a list ends at its head, which is no ring, and lies where none could: hence the flag.
 *
 * links: @slabs @tasks kernel/mm/kalloc.c kernel/test/host/executor.c kernel/ring/poller.c kernel/ring/sqpoll.c
 * flags: -fno-sanitize=alignment
 * variants: plain
 */
#include "kernel/fs/test/host_names.h"

#include "kernel/ring/poller.h"

#include "kernel/abi/errno.h"
#include "kernel/fs/files.h"
#include "kernel/ring/completions.h"
#include "kernel/ring/sqpoll.h"
#include "kernel/space/user.h"
#include "kernel/task/test/probe.h"
#include "kernel/trace/trace.h"

enum { US = 1000, MS = 1000 * US, LEARNS = 40 };

static struct process process;
static struct ring_shared shared;
static struct ring ring;

/* --- what it needs of others --- */

static bool comes_late; /* an SQE, from a program that looked at the flag just before it was set: it wakes nobody */

void ring_flag(struct ring *of, u32 flag, bool on)
{
	if (on && comes_late) {
		of->shared->sq_tail++;
		comes_late = false;
	}
	of->shared->sq_flags = on ? of->shared->sq_flags | flag : of->shared->sq_flags & ~flag;
}

long ring_submit_seen(struct task *task, struct ring_submission *submission)
{
	struct ring *of = submission->ring;
	u32 count = of->shared->sq_tail - of->sq_head;

	(void)task;
	of->sq_head += count;
	return count;
}

void ring_put(struct ring *gone)
{
	gone->refs--;
}

void ring_close(struct ring *closed)
{
	(void)closed;
}

struct file *files_get(struct files *files, s32 fd)
{
	(void)files, (void)fd;
	return NULL;
}

void file_end(struct file *file)
{
	(void)file;
}

const struct file_ops ring_ops;

void process_put(struct process *of)
{
	of->refs--;
}

void submitter_enter(struct process *of, struct submitter *submitter)
{
	(void)of, (void)submitter;
}

void submitter_leave(struct process *of, struct submitter *submitter)
{
	(void)of, (void)submitter;
}

/* No ring of these has a doorbell. */
long doorbell_open(struct doorbell *bell, struct space *space, u32 hart_index)
{
	(void)bell, (void)space, (void)hart_index;
	return -EOPNOTSUPP;
}

void doorbell_close(struct doorbell *bell, struct space *space)
{
	(void)bell, (void)space;
}

void doorbell_begin(struct doorbell *bell)
{
	(void)bell;
}

void doorbell_arm(struct doorbell *bell)
{
	(void)bell;
}

void doorbell_disarm(struct doorbell *bell)
{
	(void)bell;
}

bool doorbell_is_pending(void)
{
	return false;
}

void doorbell_look(void)
{
}

u64 doorbell_address(const struct doorbell *bell)
{
	(void)bell;
	return 0;
}

u32 doorbell_identity(const struct doorbell *bell)
{
	(void)bell;
	return 0;
}

u32 doorbell_hart(const struct doorbell *bell)
{
	(void)bell;
	return 0;
}

void trace_record_task(enum trace_kind kind, const struct task *task, u64 argument)
{
	(void)kind, (void)task, (void)argument;
}

void trace_record_event(enum trace_kind kind, u64 argument, const char *text)
{
	(void)kind, (void)argument, (void)text;
}

struct space *user_space_of(const struct co *co)
{
	(void)co;
	return NULL;
}

long user_write(struct co *caller, struct space *space, u64 address, const void *from, u64 bytes)
{
	(void)caller, (void)space, (void)address, (void)from, (void)bytes;
	return 0;
}

/* --- */

static bool sleeps(void)
{
	return shared.sq_flags & IORING_SQ_NEED_WAKEUP;
}

/* The hart works for NS, in which the poller looks many times, if it does. */
static void pass(u64 ns)
{
	for (u64 end = host_now + ns; host_now < end; host_now += US)
		executor_run_once();
}

/* A machine of HART_TOTAL harts; a ring with a poller, which is asleep. */
static void begin(u32 hart_total, u32 idle_ms)
{
	struct io_uring_params params = { .flags = IORING_SETUP_SQPOLL, .sq_thread_idle = idle_ms };

	host_init(hart_total);
	host_ram_init(0, 2000);
	host_executor_init();
	ring = (struct ring){ .shared = &shared, .process = &process, .sq_entries = 8, .refs = 1 };
	spin_init(&ring.lock, RANK_RING);
	wait_queue_init(&ring.sq_room);
	CHECK_EQ(sqpoll_setup(&ring, &params), 0);
	pass(5 * MS);
	CHECK(sleeps());
}

/* As the program does: false: it had to wake the poller. */
static bool submit(void)
{
	bool awake = !sleeps();

	shared.sq_tail++;
	if (!awake)
		sqpoll_wake(&ring);
	pass(3 * US);
	CHECK_EQ(ring.sq_head, shared.sq_tail);
	return awake;
}

/* Requests that come soon, from which it learns that to look around is worth it. */
static void learn(u32 times)
{
	submit();
	for (u32 i = 0; i < times; i++)
		CHECK(submit());
}

TEST(looks_for_a_short_time_at_first)
{
	begin(2, 1000);
	CHECK(!submit());
	pass(LOOK_LEAST_NS / 2);
	CHECK(!sleeps());
	pass(LOOK_LEAST_NS);
	CHECK(sleeps());
}

TEST(looks_longer_when_that_is_worth_it)
{
	begin(2, 1000);
	learn(4);
	pass(3 * LOOK_LEAST_NS);
	CHECK(submit());
	pass(60 * LOOK_LEAST_NS);
	CHECK(sleeps());
}

/* It knows for how long the ring wants it to look, and has learned to look for as long as it may. */
static void check_most(u32 idle_ms, u64 most_ns)
{
	begin(2, idle_ms);
	learn(LEARNS);
	pass(most_ns * 9 / 10);
	CHECK(submit());
	pass(most_ns * 11 / 10);
	CHECK(sleeps());
}

TEST(looks_no_longer_than_its_ring_says)
{
	check_most(20, 20 * MS);
}

TEST(looks_shorter_if_its_ring_says_so)
{
	check_most(1, MS);
}

TEST(has_a_most_of_its_own)
{
	check_most(0, LOOK_MOST_NS);
}

TEST(looks_shorter_when_it_was_in_vain)
{
	begin(2, 20);
	learn(LEARNS);
	pass(21 * MS);
	CHECK(!submit());
	pass(9 * MS);
	CHECK(!sleeps());
	pass(2 * MS);
	CHECK(sleeps());
}

TEST(never_looks_around_on_one_hart)
{
	begin(1, 1000);
	for (u32 i = 0; i < LEARNS; i++) {
		CHECK(!submit());
		CHECK(sleeps());
	}
}

TEST(looks_once_more_after_the_flag)
{
	begin(2, 20);
	comes_late = true;
	submit();
	pass(20 * MS);
	CHECK(!comes_late);
	CHECK_EQ(ring.sq_head, shared.sq_tail);
	CHECK(sleeps());
}

static const struct test tests[] = {
	TEST_ROW(looks_for_a_short_time_at_first),
	TEST_ROW(looks_longer_when_that_is_worth_it),
	TEST_ROW(looks_no_longer_than_its_ring_says),
	TEST_ROW(looks_shorter_if_its_ring_says_so),
	TEST_ROW(has_a_most_of_its_own),
	TEST_ROW(looks_shorter_when_it_was_in_vain),
	TEST_ROW(never_looks_around_on_one_hart),
	TEST_ROW(looks_once_more_after_the_flag),
};

TEST_MAIN(tests)
