/* ramdisk.c - the virtual-time RAM disk: what is written is read, late, out of order, and the same way each time.
 *
 * links: @tasks @slabs kernel/dev/ramdisk.c kernel/dev/block.c kernel/mm/kalloc.c kernel/test/host/executor.c
 */
#include "kernel/dev/ramdisk.h"

#include "kernel/abi/errno.h"
#include "kernel/dev/block.h"
#include "kernel/mm/page.h"
#include "kernel/task/executor.h"
#include "kernel/test/host/host.h"
#include "lib/test/check.h"

enum { PAGES = 8192, TASKS = 100, ROUNDS = 30, AREA = 24 * SECTOR_SIZE };
enum { LATENCY_MIN = 1000, LATENCY_MAX = 9000 };

static struct block_device *disk;
static u32 order[TASKS * ROUNDS], order_count; /* which task was answered */
static u64 earliest, latest;		       /* latencies seen */
static u32 failed, ended;

static void begin(u64 bytes, u64 seed, u32 fail_every)
{
	const struct ramdisk_options options = { bytes, LATENCY_MIN, LATENCY_MAX, seed, fail_every };

	host_init(1);
	host_ram_init(0, PAGES);
	host_executor_init();
	CHECK_EQ(ramdisk_create_with(&options), 0);
	disk = block_find("ram0");
	CHECK(disk);
	earliest = UINT64_MAX;
}

/* Task NUMBER has 24 sectors to itself: it writes them in three segments, and reads them in one. */
struct owner {
	struct co co;
	u64 number, round, since;
	struct block_request request;
	struct block_segment segments[3];
	u8 *data, *copy;
};

static long start(struct co *co, struct block_request *request)
{
	request->waiter = co;
	co_park(co);
	block_submit(disk, request);
	return CO_PENDING;
}

static void note(struct owner *f, long err)
{
	u64 took = clock_now() - f->since;

	order[order_count++ % ARRAY_SIZE(order)] = (u32)f->number;
	earliest = min(earliest, took);
	latest = max(latest, took);
	failed += err != 0;
	CHECK(!err || err == -EIO);
}

CO_STEP(owner)
{
	CO_FRAME(owner);
	long err;

	CO_BEGIN;
	for (f->round = 0; f->round < ROUNDS; f->round++) {
		for (u32 i = 0; i < AREA; i++)
			f->data[i] = (u8)test_random();
		f->segments[0] = (struct block_segment){ f->data, 8 * SECTOR_SIZE };
		f->segments[1] = (struct block_segment){ f->data + 8 * SECTOR_SIZE, SECTOR_SIZE };
		f->segments[2] = (struct block_segment){ f->data + 9 * SECTOR_SIZE, 15 * SECTOR_SIZE };
		f->request = (struct block_request){
			.op = BLOCK_WRITE, .sector = f->number * 24, .segment_count = 3, .segments = f->segments
		};
		f->since = clock_now();
		AWAIT(err, start(co, &f->request));
		note(f, err);
		if (err)
			continue;
		f->segments[0] = (struct block_segment){ f->copy, AREA };
		f->request = (struct block_request){
			.op = BLOCK_READ, .sector = f->number * 24, .segment_count = 1, .segments = f->segments
		};
		memset(f->copy, 0, AREA);
		AWAIT(err, start(co, &f->request));
		CHECK(err == -EIO || !memcmp(f->copy, f->data, AREA));
	}
	ended++;
	free(f->data);
	free(f->copy);
	CO_RETURN(0);
	CO_END;
}

static long owner(struct co *caller, void *number)
{
	return CO_CALL(owner, caller, .number = (u64)number, .data = malloc(AREA), .copy = malloc(AREA));
}

static void run_owners(void)
{
	for (u64 i = 0; i < TASKS; i++)
		CHECK_EQ(task_spawn("owner", PRIORITY_USER, owner, (void *)i), 0);
	host_run();
	CHECK_EQ(ended, TASKS);
	CHECK_EQ(disk->in_flight, 0);
	CHECK_EQ(disk->completions, disk->reads + disk->writes);
}

TEST(what_is_written_is_read)
{
	u32 overtaken = 0;

	begin(3 << 20, 1, 0);
	CHECK_EQ(disk->sectors, 3 << 11);
	run_owners();
	CHECK_EQ(failed, 0);
	CHECK_EQ(disk->completions, 2 * TASKS * ROUNDS);
	CHECK(disk->in_flight_max >= 32);
	CHECK(earliest >= LATENCY_MIN);
	CHECK(latest > LATENCY_MAX / 2);
	for (u32 i = 1; i < TASKS; i++)
		overtaken += order[i] < order[i - 1];
	CHECK(overtaken > TASKS / 4);
}

TEST(the_plan_of_faults_is_kept)
{
	begin(3 << 20, 1, 7);
	run_owners();
	CHECK_EQ(disk->errors, disk->completions / 7);
	CHECK(failed > 0);
	CHECK_EQ(ramdisk_fail_every(0, 0), 0);
	CHECK_EQ(ramdisk_fail_every(1, 0), -ENODEV);
	failed = ended = 0;
	run_owners();
	CHECK_EQ(failed, 0);
}

/* A seed, and a checksum of the order in which tasks were answered with it. */
static u64 order_of(u64 seed)
{
	u64 sum = 0;

	begin(3 << 20, seed, 0);
	run_owners();
	for (u32 i = 0; i < ARRAY_SIZE(order); i++)
		sum = sum * 31 + order[i];
	return sum + clock_now();
}

/* In a process of its own, since there is one RAM and one ram0. */
static u64 order_of_new_process(u64 seed)
{
	int pipes[2];
	u64 sum = 0;

	CHECK_EQ(pipe(pipes), 0);
	if (fork() == 0) {
		sum = order_of(seed);
		CHECK_EQ(write(pipes[1], &sum, sizeof(sum)), sizeof(sum));
		_exit(0);
	}
	CHECK_EQ(read(pipes[0], &sum, sizeof(sum)), sizeof(sum));
	wait(NULL);
	return sum;
}

TEST(a_seed_is_a_schedule)
{
	u64 first = order_of_new_process(5);

	CHECK_EQ(order_of_new_process(5), first);
	CHECK(order_of_new_process(6) != first);
}

TEST(nonsense_is_refused_and_leaves_nothing_behind)
{
	u64 before;

	begin(1 << 20, 1, 0);
	before = page_free_count();
	CHECK_EQ(ramdisk_create(0, 1, 2, 3), -EINVAL);
	CHECK_EQ(ramdisk_create(RAMDISK_BYTES_MAX + 1, 1, 2, 3), -EINVAL);
	CHECK_EQ(ramdisk_create(1 << 20, 2, 1, 3), -EINVAL);
	CHECK_EQ(ramdisk_create(64 << 20, 1, 2, 3), -ENOMEM);
	CHECK_EQ(page_free_count(), before);
	CHECK_EQ(ramdisk_create(1, 0, 0, 0), 1);
	CHECK_EQ(block_find("ram1")->sectors, 2048);
}

static const struct test tests[] = {
	TEST_ROW(what_is_written_is_read),
	TEST_ROW(the_plan_of_faults_is_kept),
	TEST_ROW(a_seed_is_a_schedule),
	TEST_ROW(nonsense_is_refused_and_leaves_nothing_behind),
};
TEST_MAIN(tests)
