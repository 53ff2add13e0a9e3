/* block.c - requests between tasks and a driver that is played by the test.
 *
 * links: @tasks @slabs kernel/dev/block.c kernel/mm/kalloc.c kernel/test/host/executor.c
 *
 * The driver has room for ROOM requests and ends them in random order, with random results.
 */
#include "kernel/dev/block.h"

#include "kernel/abi/errno.h"
#include "kernel/task/executor.h"
#include "kernel/test/host/host.h"
#include "lib/fmt.h"
#include "lib/test/check.h"

enum { ROOM = 5, TASKS = 60, ROUNDS = 40, SECTORS = 1000 };

static struct block_request *held[ROOM];
static u32 held_count, submitted, gone_after; /* from submission gone_after on the driver is dead; 0: never */
static struct block_device disk;

static int submit(struct block_device *device, struct block_request *request)
{
	CHECK_EQ(device, &disk);
	CHECK_EQ(hart()->locks_held, 1);
	if (gone_after && submitted >= gone_after)
		return -EIO;
	if (held_count == ROOM)
		return -EAGAIN;
	held[held_count++] = request;
	submitted++;
	return 0;
}

static void begin(void)
{
	host_init(1);
	host_ram_init(0, 4096);
	host_executor_init();
	disk = (struct block_device){ .name = "vda", .sectors = SECTORS, .has_cache = true, .submit = submit };
	block_init(&disk);
	block_register(&disk);
}

/* End one request, with the result that its sector asks for; false: there is none. */
static bool end_one(void)
{
	u32 at = (u32)test_random_below(held_count + !held_count);
	struct block_request *request = held[at];

	if (!held_count)
		return false;
	held[at] = held[--held_count];
	block_complete(request, request->sector % 7 == 3 ? -EIO : 0);
	return true;
}

static void run_all(void)
{
	do
		host_run();
	while (end_one());
}

static u32 ended, failed;

struct asker {
	struct co co;
	u32 round;
	u64 sector;
};

CO_STEP(asker)
{
	CO_FRAME(asker);
	static u8 data[4096];
	long err;

	CO_BEGIN;
	for (f->round = 0; f->round < ROUNDS; f->round++) {
		f->sector = test_random_below(SECTORS - 8);
		AWAIT(err, block_transfer(co, &disk, f->round % 2 ? BLOCK_WRITE : BLOCK_READ, f->sector, data, 4096));
		ended++;
		failed += err != 0;
		CHECK(gone_after || err == (f->sector % 7 == 3 ? -EIO : 0));
	}
	CO_RETURN(0);
	CO_END;
}

static long asker(struct co *caller, void *unused)
{
	(void)unused;
	return CO_CALL(asker, caller);
}

static void spawn_askers(void)
{
	for (u32 i = 0; i < TASKS; i++)
		CHECK_EQ(task_spawn("asker", PRIORITY_USER, asker, NULL), 0);
}

TEST(every_request_ends_once_with_its_own_result)
{
	begin();
	spawn_askers();
	run_all();
	CHECK_EQ(ended, TASKS * ROUNDS);
	CHECK_EQ(disk.reads + disk.writes, TASKS * ROUNDS);
	CHECK_EQ(disk.completions, TASKS * ROUNDS);
	CHECK_EQ(disk.errors, failed);
	CHECK(failed > 0);
	CHECK_EQ(disk.in_flight, 0);
	CHECK_EQ(disk.in_flight_max, ROOM);
	CHECK(list_is_empty(&disk.waiting));
}

/* The driver dies with requests in flight and others waiting: each of them ends all the same. */
TEST(a_dead_driver_ends_everything)
{
	begin();
	gone_after = 100;
	spawn_askers();
	run_all();
	CHECK_EQ(ended, TASKS * ROUNDS);
	CHECK_EQ(disk.completions, 100);
	CHECK(failed >= TASKS * ROUNDS - 100);
	CHECK_EQ(disk.in_flight, 0);
	CHECK(list_is_empty(&disk.waiting));
}

/* --- single requests --- */

struct ask {
	enum block_op op;
	u64 sector;
	u32 bytes;
};

static long answer;

struct ask_once {
	struct co co;
	struct ask *ask;
};

CO_STEP(ask_once)
{
	CO_FRAME(ask_once);
	static u8 data[4096];

	CO_BEGIN;
	AWAIT(answer, block_transfer(co, &disk, f->ask->op, f->ask->sector, data, f->ask->bytes));
	CO_RETURN(0);
	CO_END;
}

static long ask_once(struct co *caller, void *ask)
{
	return CO_CALL(ask_once, caller, .ask = ask);
}

static long ask(enum block_op op, u64 sector, u32 bytes)
{
	struct ask ask = { op, sector, bytes };

	answer = CO_PENDING;
	CHECK_EQ(task_spawn("ask", PRIORITY_USER, ask_once, &ask), 0);
	run_all();
	return answer;
}

TEST(nonsense_is_refused)
{
	begin();
	CHECK_EQ(ask(BLOCK_READ, 0, 0), -EINVAL);
	CHECK_EQ(ask(BLOCK_READ, 0, 100), -EINVAL);
	CHECK_EQ(ask(BLOCK_READ, SECTORS, 512), -EINVAL);
	CHECK_EQ(ask(BLOCK_READ, SECTORS - 7, 4096), -EINVAL);
	CHECK_EQ(ask(BLOCK_READ, UINT64_MAX, 4096), -EINVAL);
	CHECK_EQ(ask((enum block_op)77, 0, 512), -EINVAL);
	CHECK_EQ(ask(BLOCK_FLUSH, 0, 512), -EINVAL);
	CHECK_EQ(submitted, 0);
	CHECK_EQ(ask(BLOCK_READ, SECTORS - 8, 4096), 0);
	disk.read_only = true;
	CHECK_EQ(ask(BLOCK_WRITE, 0, 512), -EROFS);
	CHECK_EQ(ask(BLOCK_READ, 0, 512), 0);
	CHECK_EQ(submitted, 2);
}

TEST(a_flush_without_a_cache_ends_at_once)
{
	begin();
	CHECK_EQ(ask(BLOCK_FLUSH, 0, 0), 0);
	CHECK_EQ(submitted, 1);
	disk.has_cache = false;
	CHECK_EQ(ask(BLOCK_FLUSH, 0, 0), 0);
	CHECK_EQ(submitted, 1);
}

TEST(devices_are_found_by_name)
{
	static struct block_device other = { .name = "ram0", .submit = submit };
	char buffer[512];
	struct fmt_text text = { buffer, sizeof(buffer), 0 };

	begin();
	block_init(&other);
	block_register(&other);
	CHECK_EQ(block_find(NULL), &disk);
	CHECK_EQ(block_find("vda"), &disk);
	CHECK_EQ(block_find("ram0"), &other);
	CHECK_EQ(block_find("vd"), NULL);
	CHECK_EQ(ask(BLOCK_READ, 8, 512), 0);
	block_report(&text);
	CHECK(strstr(buffer, "vda: sectors 1000 reads 1 writes 0 flushes 0 errors 0 in_flight 0 in_flight_max 1"));
	CHECK(strstr(buffer, "unannounced 0"));
	CHECK(strstr(buffer, "\nram0: sectors 0"));
}

static const struct test tests[] = {
	TEST_ROW(every_request_ends_once_with_its_own_result),
	TEST_ROW(a_dead_driver_ends_everything),
	TEST_ROW(nonsense_is_refused),
	TEST_ROW(a_flush_without_a_cache_ends_at_once),
	TEST_ROW(devices_are_found_by_name),
};
TEST_MAIN(tests)
