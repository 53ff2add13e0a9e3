/* run.h - running coroutines to their end from a test, and the disk and user memory they see.
 *
 *     run(entry, argument)   a task is spawned; the executor runs; the disk answers; until the task has ended
 *
 * The disk is an array of bytes. It answers when nothing else can run, one request at a time, in a random order, so tasks
 * really wait for it. User memory is an array of pages of which some are absent until somebody awaits them.
 */
#pragma once

#include "kernel/abi/errno.h"
#include "kernel/dev/block.h"
#include "kernel/mm/limbo.h"
#include "kernel/mm/page.h"
#include "kernel/mm/slab.h"
#include "kernel/mm/user.h"
#include "kernel/task/executor.h"
#include "kernel/task/wait.h"
#include "kernel/test/host/host.h"
#include "lib/test/check.h"

/* --- the disk --- */

enum { DISK_QUEUE = 256 };

struct test_disk {
	struct block_device device;
	u8 *data;
	struct block_request *queue[DISK_QUEUE];
	u32 count;
	u64 served;
	u32 fail_every; /* every n-th request is -EIO; 0: none */
};

static inline int test_disk_submit(struct block_device *device, struct block_request *request)
{
	struct test_disk *disk = device->driver;

	if (disk->count == DISK_QUEUE)
		return -EAGAIN;
	disk->queue[disk->count++] = request;
	return 0;
}

static inline void test_disk_init(struct test_disk *disk, void *data, u64 bytes)
{
	*disk = (struct test_disk){ .data = data };
	disk->device = (struct block_device){ .name = "vda", .sectors = bytes / SECTOR_SIZE, .read_only = true,
					      .submit = test_disk_submit, .driver = disk };
	block_init(&disk->device);
}

/* Answer one request; false: there is none. */
static inline bool test_disk_serve(struct test_disk *disk)
{
	struct block_request *request;
	u64 at, i;

	if (!disk->count)
		return false;
	i = test_random_below(disk->count);
	request = disk->queue[i];
	disk->queue[i] = disk->queue[--disk->count];
	at = request->sector * SECTOR_SIZE;
	for (u32 n = 0; n < request->segment_count; n++) {
		memcpy(request->segments[n].data, disk->data + at, request->segments[n].bytes);
		at += request->segments[n].bytes;
	}
	disk->served++;
	block_complete(request, disk->fail_every && disk->served % disk->fail_every == 0 ? -EIO : 0);
	return true;
}

/* --- user memory --- */

enum { USER_PAGES = 16, USER_BASE = 0x10000 };

struct space {
	u8 memory[USER_PAGES * PAGE_SIZE];
	bool present[USER_PAGES];
	u64 faults;
};

static inline u8 *test_user_piece(struct user_buffer *buffer, u64 *bytes)
{
	u64 at = buffer->address - USER_BASE;

	*bytes = min(*bytes, buffer->bytes);
	if (!buffer->space)
		return (u8 *)buffer->address;
	*bytes = min(*bytes, PAGE_SIZE - at % PAGE_SIZE);
	if (at >= sizeof(buffer->space->memory) || !buffer->space->present[at / PAGE_SIZE])
		return NULL;
	return buffer->space->memory + at;
}

static inline u64 test_user_copy(struct user_buffer *buffer, void *kernel, u64 bytes, bool out)
{
	u64 done = 0, n;
	u8 *piece;

	while (done < bytes && buffer->left) {
		n = bytes - done;
		piece = test_user_piece(buffer, &n);
		if (!piece)
			break;
		if (!kernel)
			memset(piece, 0, n);
		else if (out)
			memcpy(piece, (u8 *)kernel + done, n);
		else
			memcpy((u8 *)kernel + done, piece, n);
		done += n;
		buffer->address += n;
		buffer->bytes -= n;
		buffer->left -= n;
	}
	return done;
}

u64 user_copy_out(struct user_buffer *to, const void *from, u64 bytes)
{
	return test_user_copy(to, (void *)(size_t)from, bytes, true);
}

u64 user_copy_in(void *to, struct user_buffer *from, u64 bytes)
{
	return test_user_copy(from, to, bytes, false);
}

u64 user_fill_zero(struct user_buffer *to, u64 bytes)
{
	return test_user_copy(to, NULL, bytes, true);
}

long user_fault_in(struct co *caller, struct user_buffer *buffer)
{
	u64 page = (buffer->address - USER_BASE) / PAGE_SIZE;

	if (!buffer->space || page >= USER_PAGES)
		return -EFAULT;
	buffer->space->present[page] = true;
	buffer->space->faults++;
	return task_yield(caller);
}

/* --- running --- */

struct test_run {
	struct co co;
	long (*entry)(struct co *co, void *argument);
	void *argument;
	long result;
	bool done;
};

struct test_runner {
	struct co co;
	struct test_run *run;
};

CO_STEP(test_runner)
{
	CO_FRAME(test_runner);
	long err;

	CO_BEGIN;
	AWAIT(err, f->run->entry(co, f->run->argument));
	f->run->result = err;
	f->run->done = true;
	CO_RETURN(err);
	CO_END;
}

static inline long test_run_entry(struct co *co, void *argument)
{
	return CO_CALL(test_runner, co, .run = argument);
}

static struct test_disk *run_disk;

/* Let everything go on that can; the disk answers while nothing else is left. */
static inline void run_all(void)
{
	do
		host_run();
	while (run_disk && test_disk_serve(run_disk));
}

/* Start without waiting. */
static inline void run_start(struct test_run *state, long (*entry)(struct co *co, void *argument), void *argument)
{
	*state = (struct test_run){ .entry = entry, .argument = argument };
	CHECK_EQ(task_spawn("test", PRIORITY_SERVICE, test_run_entry, state), 0);
}

static inline long run(long (*entry)(struct co *co, void *argument), void *argument)
{
	struct test_run state;

	run_start(&state, entry, argument);
	run_all();
	CHECK(state.done);
	return state.result;
}

/* Pages that are free or can be counted as slab_live_bytes(): for leak checks, where pages that only hold free objects do
 * not matter. */
static inline u64 run_pages(void)
{
	u64 count = page_free_count() + limbo_count();

	for (u64 i = 0; i < page_count; i++)
		count += (pages[i].flags & PAGE_SLAB) != 0;
	return count;
}

/* HARTS is 1: a test is one thread. */
static inline void run_init(u64 page_total)
{
	host_init(1);
	host_ram_init(0, page_total);
	host_executor_init();
}
