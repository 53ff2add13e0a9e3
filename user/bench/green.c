/* green.c - what it costs to let another activity of one program go on: user-level threads, stackless coroutines,
 * callbacks. (Kernel threads: thread.c.) */
#include "user/bench/bench.h"
#include "user/lib/async.h"
#include "user/lib/green.h"

/* --- user-level threads --- */

static volatile bool stop;

static void partner(void *unused)
{
	(void)unused;
	while (!stop)
		green_yield();
}

static void nothing(void *unused)
{
	(void)unused;
}

static void bench_green(void)
{
	struct bench two = BENCH("green_switch", 40000), life = BENCH("green_spawn_join", 500);
	struct green *thread = green_spawn(partner, NULL, 0);

	while (bench_sample(&two)) /* each yield of ours is followed by one of the partner's */
		for (long i = 0; i < two.count / 2; i++)
			green_yield();
	stop = true;
	green_join(thread);
	while (bench_sample(&life))
		for (long i = 0; i < life.count; i++)
			green_join(green_spawn(nothing, NULL, 0));
}

/* --- coroutines --- */

static struct async async;

struct turns {
	struct co co;
	long left;
};

CO_STEP(turns)
{
	CO_FRAME(turns);
	long err;

	CO_BEGIN;
	for (; f->left; f->left--)
		AWAIT(err, async_yield(co));
	(void)err;
	CO_RETURN(0);
	CO_END;
}

static long turns(struct co *caller, void *count)
{
	return CO_CALL(turns, caller, .left = *(long *)count);
}

static void bench_coroutine(void)
{
	struct bench b = BENCH("coroutine_switch", 40000);
	long half = b.count / 2;

	NEED(async_init(&async, 8));
	while (bench_sample(&b)) {
		async_detach(async_spawn(&async, turns, &half));
		async_block_on(&async, turns, &half);
	}
	async_exit(&async);
}

/* --- callbacks --- */

struct callback {
	void (*run)(struct callback *self);
	struct callback *next;
	long left;
};

static struct callback *head, **tail = &head;

static void post(struct callback *callback)
{
	callback->next = NULL;
	*tail = callback;
	tail = &callback->next;
}

static void take_turn(struct callback *self)
{
	if (--self->left)
		post(self);
}

static void bench_callback(void)
{
	struct bench b = BENCH("callback_switch", 40000);
	struct callback two[2], *next;

	while (bench_sample(&b)) {
		for (int i = 0; i < 2; i++) {
			two[i] = (struct callback){ .run = take_turn, .left = b.count / 2 };
			post(&two[i]);
		}
		while ((next = head)) {
			head = next->next;
			if (!head)
				tail = &head;
			next->run(next);
		}
	}
}

int main(void)
{
	bench_green();
	bench_coroutine();
	bench_callback();
	return 0;
}
