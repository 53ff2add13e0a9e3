/* async-tasks.c - the executor for programs: tasks, joining, the order of steps, memory of deep chains.
 *
 * oracle: native
 * links: user/lib/async.c user/lib/async-io.c user/lib/async-blocking.c user/lib/share.c
 * links: user/lib/uring.c user/lib/uring-setup.c lib/co.c
 */
#define _GNU_SOURCE
#include "user/lib/async.h"
#include "user/test/check.h"

static struct async async;
static char order[64];
static u32 steps;

/* Writes its letter into `order`, and lets the others run. */
struct letter {
	struct co co;
	char which;
	u32 left;
};

CO_STEP(letter)
{
	CO_FRAME(letter);
	long err;

	CO_BEGIN;
	for (; f->left; f->left--) {
		order[steps++] = f->which;
		AWAIT(err, async_yield(co));
		CHECK_EQ(err, 0);
	}
	(void)err;
	CO_RETURN(f->which);
	CO_END;
}

static long letter(struct co *caller, void *which)
{
	return CO_CALL(letter, caller, .which = *(char *)which, .left = 3);
}

struct three {
	struct co co;
	struct async_task *tasks[3];
	u32 i;
	long sum;
};

CO_STEP(three)
{
	CO_FRAME(three);
	static char names[] = "abc";
	long result;

	CO_BEGIN;
	for (u32 i = 0; i < 3; i++) {
		f->tasks[i] = async_spawn(&async, letter, &names[i]);
		REQUIRE(f->tasks[i]);
	}
	for (f->i = 0; f->i < 3; f->i++) {
		AWAIT(result, async_join(co, f->tasks[f->i]));
		f->sum += result;
	}
	CO_RETURN(f->sum);
	CO_END;
}

static long three(struct co *caller, void *unused)
{
	(void)unused;
	return CO_CALL(three, caller, .sum = 0);
}

static void check_turns(void)
{
	CHECK_EQ(async_block_on(&async, three, NULL), 'a' + 'b' + 'c');
	CHECK_EQ(steps, 9);
	CHECK(!memcmp(order, "abcabcabc", 9));
}

/* Three again, spawned at worse levels first, and one that changes its own. */
struct levels {
	struct co co;
	struct async_task *tasks[4];
	u32 i;
};

static long gets_worse(struct co *caller, void *which)
{
	async_set_level(caller, 1000); /* the worst there is */
	return letter(caller, which);
}

CO_STEP(levels)
{
	CO_FRAME(levels);
	static char names[] = "abcd";
	long result;

	CO_BEGIN;
	for (u32 i = 0; i < 3; i++)
		f->tasks[i] = async_spawn_at(&async, 3 - i, letter, &names[i]);
	f->tasks[3] = async_spawn_at(&async, SHARE_BEST, gets_worse, &names[3]);
	for (f->i = 0; f->i < 4; f->i++)
		AWAIT(result, async_join(co, f->tasks[f->i]));
	(void)result;
	CO_RETURN(0);
	CO_END;
}

static long levels(struct co *caller, void *unused)
{
	(void)unused;
	return CO_CALL(levels, caller, .i = 0);
}

static void check_levels(void)
{
	steps = 0;
	CHECK_EQ(async_block_on(&async, levels, NULL), 0);
	CHECK_EQ(steps, 12);
	CHECK(!memcmp(order, "dcccbbbaaadd", 12));
}

/* What the kernel is told before each wait: the level of the best that waits, not of those that only join. */
static long (*real_wait)(struct async *async);
static u32 told[8], waits;

static long watched_wait(struct async *a)
{
	if (waits < ARRAY_SIZE(told))
		told[waits++] = a->told;
	return real_wait(a);
}

static long sleeps(struct co *caller, void *ms)
{
	return async_sleep(caller, (u64)ms * 1000000);
}

struct sleepers {
	struct co co;
	struct async_task *tasks[2];
};

CO_STEP(sleepers)
{
	CO_FRAME(sleepers);
	long result;

	CO_BEGIN;
	f->tasks[0] = async_spawn_at(&async, 3, sleeps, (void *)400);
	f->tasks[1] = async_spawn_at(&async, 1, sleeps, (void *)1);
	AWAIT(result, async_join(co, f->tasks[0]));
	AWAIT(result, async_join(co, f->tasks[1]));
	CO_RETURN(result);
	CO_END;
}

static long sleepers(struct co *caller, void *unused)
{
	(void)unused;
	return CO_CALL(sleepers, caller, .tasks = { NULL });
}

static void check_told(void)
{
	int err = async_use_levels(&async);

	CHECK(!err || err == -ENOSYS);
	real_wait = async.wait;
	async.wait = watched_wait;
	CHECK_EQ(async_block_on(&async, sleepers, NULL), 0);
	async.wait = real_wait;
	REQUIRE(waits >= 2);
	CHECK_EQ(told[0], 1);
	CHECK_EQ(told[waits - 1], 3);
	CHECK_EQ(async.told, SHARE_DEFAULT);
}

/* Frames that do not fit into the arena any more, and come back. */
struct deep {
	struct co co;
	u64 depth;
	char room[100];
};

static long deep(struct co *caller, void *depth);

CO_STEP(deep)
{
	CO_FRAME(deep);
	long result;

	CO_BEGIN;
	memset(f->room, (int)f->depth, sizeof(f->room));
	if (f->depth) {
		AWAIT(result, deep(co, (void *)(f->depth - 1)));
	} else {
		AWAIT(result, async_yield(co));
	}
	for (u32 i = 0; i < sizeof(f->room); i++)
		if (f->room[i] != (char)f->depth)
			CO_RETURN(-1);
	CO_RETURN(result + 1);
	CO_END;
}

static long deep(struct co *caller, void *depth)
{
	return CO_CALL(deep, caller, .depth = (u64)depth);
}

/* A value without a single wait. */
static long at_once(struct co *caller, void *value)
{
	(void)caller;
	return (long)value;
}

/* Ends before it is joined, or is joined by nobody. */
struct early {
	struct co co;
	struct async_task *task;
};

CO_STEP(early)
{
	CO_FRAME(early);
	long result;

	CO_BEGIN;
	f->task = async_spawn(&async, at_once, (void *)5);
	async_detach(async_spawn(&async, at_once, (void *)6));
	AWAIT(result, async_yield(co));
	AWAIT(result, async_yield(co));
	AWAIT(result, async_join(co, f->task));
	CO_RETURN(result);
	CO_END;
}

static long early(struct co *caller, void *unused)
{
	(void)unused;
	return CO_CALL(early, caller, .task = NULL);
}

/* A chain as it is printed. */
struct watched {
	struct co co;
	struct async_task *task;
};

CO_STEP(watched)
{
	CO_FRAME(watched);
	char *text = NULL;
	size_t bytes;
	FILE *to;
	long result;

	CO_BEGIN;
	f->task = async_spawn(&async, deep, (void *)2);
	REQUIRE(f->task);
	AWAIT(result, async_yield(co));
	to = open_memstream(&text, &bytes);
	async_report(&async, to);
	fclose(to);
	CHECK(strstr(text, "async-tasks.c:"));
	CHECK(strstr(text, "deep"));
	free(text);
	AWAIT(result, async_join(co, f->task));
	CO_RETURN(result);
	CO_END;
}

static long watched(struct co *caller, void *unused)
{
	(void)unused;
	return CO_CALL(watched, caller, .task = NULL);
}

int main(void)
{
	int err = async_init(&async, 8);

	if (err == -ENOSYS || err == -EPERM)
		return check_skip("no io_uring here");
	REQUIRE(!err);
	check_turns();
	check_levels();
	check_told();
	CHECK_EQ(async_block_on(&async, deep, (void *)50), 51);
	CHECK_EQ(async_block_on(&async, at_once, (void *)7), 7);
	CHECK_EQ(async_block_on(&async, early, NULL), 5);
	CHECK_EQ(async_block_on(&async, watched, NULL), 3);
	async_exit(&async);
	return check_done();
}
