/* async-io.c - what coroutines do with a ring: read, sleep, wait, be cancelled; with a reactor that waits in the
 * ring, and with one that is told of completions by user interrupts, through the kernel and without it.
 *
 * oracle: native
 * links: user/lib/async.c user/lib/async-io.c user/lib/async-blocking.c user/lib/share.c user/lib/uring.c
 * links: user/lib/uring-setup.c lib/co.c
 */
#define _GNU_SOURCE
#include "user/lib/async.h"
#include "user/lib/uintr.h"
#include "user/test/check.h"
#include "user/test/data.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <time.h>

static struct async async;

/* --- many readers at once --- */

enum { READERS = 40, PIECE = 4096 };

static u32 under_way, most_under_way;

/* Opens the file and reads piece NUMBER of it, twice. */
struct reader {
	struct co co;
	long number, fd;
	u32 round;
	u8 piece[PIECE];
};

CO_STEP(reader)
{
	CO_FRAME(reader);
	long result;

	CO_BEGIN;
	most_under_way = max(most_under_way, ++under_way);
	AWAIT(result, async_openat(co, AT_FDCWD, data_path("data"), O_RDONLY, 0));
	if (result < 0)
		CO_RETURN(result);
	f->fd = result;
	for (f->round = 0; f->round < 2; f->round++) {
		AWAIT(result, async_read(co, (int)f->fd, f->piece, PIECE, (u64)f->number * PIECE));
		if (result != PIECE)
			break;
		for (u32 i = 0; i < PIECE; i++)
			if (f->piece[i] != data_byte(SEED_DATA, (u64)f->number * PIECE + i))
				result = -EILSEQ;
		if (result < 0)
			break;
	}
	f->number = result;
	AWAIT(result, async_close(co, (int)f->fd));
	under_way--;
	CO_RETURN(result ? result : f->number);
	CO_END;
}

static long reader(struct co *caller, void *number)
{
	return CO_CALL(reader, caller, .number = (long)number);
}

struct readers {
	struct co co;
	struct async_task *tasks[READERS];
	long i;
};

CO_STEP(readers)
{
	CO_FRAME(readers);
	long result;

	CO_BEGIN;
	for (long i = 0; i < READERS; i++) {
		f->tasks[i] = async_spawn(&async, reader, (void *)i);
		REQUIRE(f->tasks[i]);
	}
	for (f->i = 0; f->i < READERS; f->i++) {
		AWAIT(result, async_join(co, f->tasks[f->i]));
		CHECK_EQ(result, PIECE);
	}
	CO_RETURN(0);
	CO_END;
}

static long readers(struct co *caller, void *unused)
{
	(void)unused;
	return CO_CALL(readers, caller, .i = 0);
}

/* --- time --- */

static u64 now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (u64)now.tv_sec * 1000000000 + (u64)now.tv_nsec;
}

/* Three sleeps, the longest begins first; none is over too early. In which order they end is certain if the first one
 * that ends tells that they have begun at about the same time. */
enum { SLEEPERS = 3, CERTAIN_MS = 50 };
static const u64 lengths[SLEEPERS] = { 300, 60, 10 };
static u32 woken[SLEEPERS], woken_count;
static u64 first_woken;

struct sleeper {
	struct co co;
	u64 number, before;
};

CO_STEP(sleeper)
{
	CO_FRAME(sleeper);
	long result;

	CO_BEGIN;
	f->before = now_ns();
	AWAIT(result, async_sleep(co, lengths[f->number] * 1000000));
	CHECK(now_ns() >= f->before + lengths[f->number] * 1000000);
	if (!woken_count)
		first_woken = now_ns();
	woken[woken_count++ % SLEEPERS] = (u32)f->number;
	CO_RETURN(result);
	CO_END;
}

static long sleeper(struct co *caller, void *number)
{
	return CO_CALL(sleeper, caller, .number = (u64)number);
}

struct sleepers {
	struct co co;
	struct async_task *tasks[SLEEPERS];
	u64 before;
	u32 i;
};

CO_STEP(sleepers)
{
	CO_FRAME(sleepers);
	long result;

	CO_BEGIN;
	woken_count = 0;
	f->before = now_ns();
	for (u64 i = 0; i < SLEEPERS; i++)
		f->tasks[i] = async_spawn(&async, sleeper, (void *)i);
	for (f->i = 0; f->i < SLEEPERS; f->i++) {
		AWAIT(result, async_join(co, f->tasks[f->i]));
		CHECK_EQ(result, 0);
	}
	CHECK_EQ(woken_count, SLEEPERS);
	for (u32 i = 0; i < SLEEPERS; i++)
		CHECK(woken[i] == SLEEPERS - 1 - i || first_woken - f->before >= CERTAIN_MS * 1000000);
	CO_RETURN(0);
	CO_END;
}

static long sleepers(struct co *caller, void *unused)
{
	(void)unused;
	return CO_CALL(sleepers, caller, .i = 0);
}

/* --- cancelling --- */

static bool cleaned;

/* Waits for an event that nobody signals, and closes its descriptor whatever happens. */
struct stuck {
	struct co co;
	int fd;
	u64 value;
	long result;
};

CO_STEP(stuck)
{
	CO_FRAME(stuck);
	long result;

	CO_BEGIN;
	f->fd = eventfd(0, 0);
	REQUIRE(f->fd >= 0);
	AWAIT(result, async_read(co, f->fd, &f->value, sizeof(f->value), 0));
	f->result = result;
	AWAIT(result, async_sleep(co, 1));
	CHECK_EQ(result, -ECANCELED);
	AWAIT(result, async_close(co, f->fd));
	CHECK_EQ(result, 0);
	cleaned = true;
	CO_RETURN(f->result);
	CO_END;
}

static long stuck(struct co *caller, void *unused)
{
	(void)unused;
	return CO_CALL(stuck, caller, .fd = -1);
}

struct canceller {
	struct co co;
	struct async_task *task;
	bool begun;
};

CO_STEP(canceller)
{
	CO_FRAME(canceller);
	long result;

	CO_BEGIN;
	f->task = async_spawn(&async, stuck, NULL);
	REQUIRE(f->task);
	if (f->begun)
		AWAIT(result, async_sleep(co, 1000000));
	async_cancel(f->task);
	async_cancel(f->task);
	AWAIT(result, async_join(co, f->task));
	CO_RETURN(result);
	CO_END;
}

static long canceller(struct co *caller, void *begun)
{
	return CO_CALL(canceller, caller, .begun = begun != NULL);
}

struct limits {
	struct co co;
};

CO_STEP(limits)
{
	CO_FRAME(limits);
	long result;

	(void)f;
	CO_BEGIN;
	AWAIT(result, async_timeout(co, 5000000, stuck, NULL));
	CHECK_EQ(result, -ETIME);
	AWAIT(result, async_timeout(co, 1000000000000, sleeper, (void *)(SLEEPERS - 1)));
	CHECK_EQ(result, 0);
	CO_RETURN(0);
	CO_END;
}

static long limits(struct co *caller, void *unused)
{
	(void)unused;
	return CO_CALL(limits, caller);
}

/* --- the other colour --- */

static long blocks(void *value)
{
	struct timespec time = { 0, 2000000 };

	nanosleep(&time, NULL);
	return (long)value * 2;
}

struct blocking {
	struct co co;
	long value;
};

CO_STEP(blocking)
{
	CO_FRAME(blocking);
	long result;

	CO_BEGIN;
	AWAIT(result, async_spawn_blocking(co, blocks, (void *)f->value));
	CO_RETURN(result);
	CO_END;
}

static long blocking(struct co *caller, void *value)
{
	return CO_CALL(blocking, caller, .value = (long)value);
}

enum { BLOCKED = 10 };

struct all_blocked {
	struct co co;
	struct async_task *tasks[BLOCKED];
	long i, sum;
};

CO_STEP(all_blocked)
{
	CO_FRAME(all_blocked);
	long result;

	CO_BEGIN;
	for (long i = 0; i < BLOCKED; i++)
		f->tasks[i] = async_spawn(&async, blocking, (void *)i);
	for (f->i = 0; f->i < BLOCKED; f->i++) {
		AWAIT(result, async_join(co, f->tasks[f->i]));
		f->sum += result;
	}
	CO_RETURN(f->sum);
	CO_END;
}

static long all_blocked(struct co *caller, void *unused)
{
	(void)unused;
	return CO_CALL(all_blocked, caller, .sum = 0);
}

/* --- poll --- */

static int event;

struct waiter {
	struct co co;
};

CO_STEP(waiter)
{
	CO_FRAME(waiter);
	long result;

	(void)f;
	CO_BEGIN;
	AWAIT(result, async_poll(co, event, POLLIN));
	CO_RETURN(result);
	CO_END;
}

static long waiter(struct co *caller, void *unused)
{
	(void)unused;
	return CO_CALL(waiter, caller);
}

struct poller {
	struct co co;
	struct async_task *task;
};

CO_STEP(poller)
{
	CO_FRAME(poller);
	u64 one = 1;
	long result;

	CO_BEGIN;
	f->task = async_spawn(&async, waiter, NULL);
	AWAIT(result, async_sleep(co, 1000000));
	REQUIRE(write(event, &one, sizeof(one)) == sizeof(one));
	AWAIT(result, async_join(co, f->task));
	CO_RETURN(result);
	CO_END;
}

static long poller(struct co *caller, void *unused)
{
	(void)unused;
	return CO_CALL(poller, caller, .task = NULL);
}

static void check_all(void)
{
	CHECK_EQ(async_block_on(&async, readers, NULL), 0);
	CHECK_EQ(most_under_way, READERS);
	CHECK_EQ(async_block_on(&async, sleepers, NULL), 0);
	for (u64 begun = 0; begun < 2; begun++) {
		cleaned = false;
		CHECK_EQ(async_block_on(&async, canceller, (void *)begun), -ECANCELED);
		CHECK(cleaned);
	}
	CHECK_EQ(async_block_on(&async, limits, NULL), 0);
	CHECK_EQ(async_block_on(&async, all_blocked, NULL), BLOCKED * (BLOCKED - 1));
	event = eventfd(0, 0);
	REQUIRE(event >= 0);
	CHECK_EQ(async_block_on(&async, poller, NULL), POLLIN);
	close(event);
}

/* User interrupts are Chime's own: the oracle has none. DIRECT: without the kernel, where the machine can do that (the
 * first test of uintr-files insists), else as upcalls. */
static void check_chime(unsigned flags)
{
#if defined(__riscv)
	struct async second;

	REQUIRE(!async_init(&async, 16));
	REQUIRE(!async_use_chime(&async, flags));
	CHECK(flags || !uintr_is_direct());
	REQUIRE(!async_init(&second, 4));
	CHECK_EQ(async_use_chime(&second, flags), -EBUSY);
	async_exit(&second);
	check_all();
	CHECK(load_relaxed(&async.chimes) > 0);
	async_exit(&async);
	CHECK(!uintr_is_direct());
	CHECK_EQ(uintr_unregister_handler(), -EINVAL);
#else
	(void)flags;
#endif
}

int main(void)
{
	int err = async_init(&async, 16);

	if (err == -ENOSYS || err == -EPERM)
		return check_skip("no io_uring here");
	REQUIRE(!err);
	check_all();
	async_exit(&async);
	check_chime(0);
	check_chime(UINTR_DIRECT);
	return check_done();
}
