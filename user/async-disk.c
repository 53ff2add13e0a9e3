/* async-disk.c - coroutines of a program wait for the disk, and a user interrupt closes the loop.
 *
 *     async-disk [--check] [BLOCKS]          (512, if it is not said)
 *
 *     coroutine: await a block     SQE -> kernel coroutine -> driver -> disk
 *     coroutine: goes on           handler <- user interrupt <- CQE <- kernel coroutine <- interrupt of the disk
 *
 * READERS coroutines read blocks that nobody has read before, by three reactors: one that waits in the ring, one that
 * waits for an upcall, one that waits for an interrupt that needs no kernel (where the machine can do that). For each:
 * kernel entries without the timer's, and chimes, for a block. --check: fail unless chimes came and every block was
 * read.
 */
#include "user/lib/async.h"
#include "user/lib/entries.h"
#include "user/lib/uintr.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { BLOCK = 4096, READERS = 8 };

static struct async async;
static int disk;
static u64 next_block, end_block; /* of the whole run; of this reactor's part */

/* One block after the other, until the part is read: how many, or a negative errno. */
struct reader {
	struct co co;
	long blocks;
	char block[BLOCK];
};

CO_STEP(reader)
{
	CO_FRAME(reader);
	long result;

	CO_BEGIN;
	while (next_block < end_block) {
		AWAIT(result, async_read(co, disk, f->block, BLOCK, next_block++ * BLOCK));
		if (result != BLOCK)
			CO_RETURN(result < 0 ? result : -1);
		f->blocks++;
	}
	CO_RETURN(f->blocks);
	CO_END;
}

static long reader(struct co *caller, void *unused)
{
	(void)unused;
	return CO_CALL(reader, caller, .blocks = 0);
}

struct readers {
	struct co co;
	struct async_task *tasks[READERS];
	long i, sum;
};

CO_STEP(readers)
{
	CO_FRAME(readers);
	long result;

	CO_BEGIN;
	for (long i = 0; i < READERS; i++)
		f->tasks[i] = async_spawn(&async, reader, NULL);
	for (; f->i < READERS; f->i++) {
		if (!f->tasks[f->i])
			continue;
		AWAIT(result, async_join(co, f->tasks[f->i]));
		f->sum = result < 0 ? result : f->sum + (f->sum < 0 ? 0 : result);
	}
	CO_RETURN(f->sum);
	CO_END;
}

static long readers(struct co *caller, void *unused)
{
	(void)unused;
	return CO_CALL(readers, caller, .i = 0);
}

/* --- the reactors --- */

static const struct way {
	const char *name;
	bool chimes;
	unsigned flags;
} ways[] = {
	{ "in the ring", false, 0 },
	{ "for an upcall", true, 0 },
	{ "for an interrupt", true, UINTR_DIRECT },
};
enum { WAYS = sizeof(ways) / sizeof(*ways) };

static bool run_way(const struct way *way, u64 blocks)
{
	long before, entries, read = -1;
	int err = async_init(&async, READERS);

	if (!err && way->chimes)
		err = async_use_chime(&async, way->flags);
	if (err) {
		printf("waits %-18s %s\n", way->name, strerror(-err));
		return false;
	}
	end_block = next_block + blocks;
	before = kernel_entries();
	read = async_block_on(&async, readers, NULL);
	entries = kernel_entries() - before;
	printf("waits %-18s %s %ld blocks, %.2f kernel entries and %.2f chimes for one\n", way->name,
	       uintr_is_direct() ? "VS-mode:" : "U-mode: ", read, (double)entries / (double)blocks,
	       (double)async.chimes / (double)blocks);
	async_exit(&async);
	return read == (long)blocks && (!way->chimes || async.chimes);
}

int main(int argc, char **argv)
{
	bool check = argc > 1 && !strcmp(argv[1], "--check"), good = true;
	u64 blocks = argc > 1 + check ? strtoul(argv[1 + check], NULL, 10) : 512, most;

	disk = open("/dev/vda", O_RDONLY);
	if (disk < 0) {
		fprintf(stderr, "async-disk: there is no /dev/vda\n");
		return 1;
	}
	most = (u64)lseek(disk, 0, SEEK_END) / BLOCK / WAYS;
	blocks = blocks < most ? blocks : most;
	for (int i = 0; i < WAYS; i++)
		good &= run_way(&ways[i], blocks);
	return check && !good;
}
