/* co.c - frames, overflow chunks, failing pushes, and what CO_TORTURE adds.
 * links: lib/co.c
 */
#include "lib/co.h"

#include "lib/test/check.h"

enum { ARENA = 512, ENOMEM_ = 12 };

/* What lib/co needs from its surroundings: memory that can run out, and a queue of one stack. */
static u32 chunks_left = UINT32_MAX, chunks_live, suspensions;
static bool resume_is_due;
static long resume_value;

void *co_chunk_alloc(size_t bytes)
{
	if (!chunks_left)
		return NULL;
	chunks_left--;
	chunks_live++;
	return malloc(bytes);
}

void co_chunk_free(void *chunk, size_t bytes)
{
	CHECK(bytes >= CO_CHUNK_BYTES);
	chunks_live--;
	free(chunk);
}

void co_resume_later(struct co *leaf, long value)
{
	CHECK(!resume_is_due);
	leaf->stack->leaf = leaf;
	resume_value = value;
	resume_is_due = true;
}

/* A device that answers later: the value is its argument. */
static long answer_later(struct co *co, long value)
{
	co_resume_later(co, value);
	return CO_PENDING;
}

static char arena[ARENA] __attribute__((aligned(16)));
static struct co_stack stack;

static void begin(void)
{
	memset(arena, 0x11, sizeof(arena));
	co_stack_init(&stack, arena, sizeof(arena));
	suspensions = 0;
}

/* The stack is empty again, and every chunk was given back. */
static void end(void)
{
	CHECK(stack.top == arena && stack.end == arena + sizeof(arena));
	CHECK_EQ(chunks_live, 0);
}

/* What a real executor leaves between two steps: nothing of the old stack. */
static __attribute__((noinline)) void scribble(void)
{
	volatile char junk[4096];

	for (size_t i = 0; i < sizeof(junk); i++)
		junk[i] = 0x5a;
}

static long run(long result)
{
	while (result == CO_PENDING) {
		CHECK(resume_is_due);
		resume_is_due = false;
		suspensions++;
		scribble();
		result = co_resume(&stack, resume_value);
	}
	return result;
}

/* --- a coroutine with a loop, a nested call, and state across awaits --- */

struct add {
	struct co co;
	long a, b;
	bool later;
};

CO_STEP(add)
{
	CO_FRAME(add);
	long sum;

	CO_BEGIN;
	AWAIT(sum, f->later ? answer_later(co, f->a + f->b) : f->a + f->b);
	CO_RETURN(sum);
	CO_END;
}

static long add(struct co *caller, long a, long b, bool later)
{
	return CO_CALL(add, caller, .a = a, .b = b, .later = later);
}

struct sum_up {
	struct co co;
	long i, n, total;
	bool later;
};

CO_STEP(sum_up)
{
	CO_FRAME(sum_up);
	long got;

	CO_BEGIN;
	for (f->i = 1; f->i <= f->n; f->i++) {
		AWAIT(got, add(co, f->total, f->i, f->later));
		if (got < 0)
			CO_RETURN(got);
		f->total = got;
	}
	CO_RETURN(f->total);
	CO_END;
}

TEST(answers_at_once)
{
	begin();
	CHECK_EQ(run(CO_START(sum_up, &stack, NULL, .n = 100)), 5050);
#ifdef CO_TORTURE
	CHECK_EQ(suspensions, 100); /* in each round the inner await */
#else
	CHECK_EQ(suspensions, 0);
#endif
	end();
}

TEST(suspends_in_the_callee)
{
	begin();
	CHECK_EQ(run(CO_START(sum_up, &stack, NULL, .n = 100, .later = true)), 5050);
	CHECK(suspensions >= 100);
	end();
}

TEST(value_may_be_negative)
{
	begin();
	CHECK_EQ(run(CO_START(sum_up, &stack, NULL, .n = 3, .total = -1000, .later = true)), -999);
	end();
}

/* --- recursion: frames overflow the arena --- */

struct deep {
	struct co co;
	long depth, limit;
	char weight[72];
};
static long deepest;

static long deep(struct co *caller, long depth, long limit);

CO_STEP(deep)
{
	CO_FRAME(deep);
	long got;

	CO_BEGIN;
	memset(f->weight, (int)f->depth, sizeof(f->weight));
	deepest = max(deepest, f->depth);
	if (f->depth == f->limit) {
		AWAIT(got, answer_later(co, 0));
		CO_RETURN(got);
	}
	AWAIT(got, deep(co, f->depth + 1, f->limit));
	for (u32 i = 0; i < sizeof(f->weight); i++)
		CHECK_EQ(f->weight[i], (char)f->depth);
	CO_RETURN(got < 0 ? got : got + 1);
	CO_END;
}

static long deep(struct co *caller, long depth, long limit)
{
	return CO_CALL(deep, caller, .depth = depth, .limit = limit);
}

TEST(overflow_goes_to_chunks)
{
	for (long limit = 0; limit < 60; limit++) {
		begin();
		CHECK_EQ(run(CO_START(deep, &stack, NULL, .limit = limit)), limit);
		end();
	}
}

TEST(failing_push_has_no_effect)
{
	long limit = 40, result = -ENOMEM_;

	for (u32 allowed = 0; result == -ENOMEM_; allowed++) {
		begin();
		chunks_left = allowed;
		deepest = 0;
		result = run(CO_START(deep, &stack, NULL, .limit = limit));
		CHECK(result == limit || result == -ENOMEM_);
		CHECK(result == limit || deepest < limit);
		end();
	}
	CHECK_EQ(result, limit);
	chunks_left = UINT32_MAX;
}

/* A frame that is larger than any chunk gets one of its own size. */
struct huge {
	struct co co;
	char data[3000];
};

CO_STEP(huge)
{
	CO_FRAME(huge);
	long got;

	CO_BEGIN;
	memset(f->data, 7, sizeof(f->data));
	AWAIT(got, answer_later(co, 5));
	CHECK_EQ(f->data[2999], 7);
	CO_RETURN(got);
	CO_END;
}

TEST(huge_frame)
{
	begin();
	CHECK_EQ(run(CO_START(huge, &stack, NULL, )), 5);
	end();
}

/* --- what can be seen of a waiting chain --- */

TEST(chain_is_readable)
{
	const struct co *leaf;

	begin();
	CHECK_EQ(CO_START(sum_up, &stack, NULL, .n = 2, .later = true), CO_PENDING);
	leaf = stack.leaf;
	CHECK_STR_EQ(leaf->type->name, "add");
	CHECK_STR_EQ(leaf->caller->type->name, "sum_up");
	CHECK(!leaf->caller->caller);
	CHECK(leaf->line > 0 && leaf->caller->line > leaf->line);
	CHECK(strstr(leaf->type->file, "co.c") != NULL);
	CHECK_EQ(run(CO_PENDING), 3);
	end();
}

TEST(frames_are_aligned)
{
	CHECK_EQ(add_type.bytes % 16, 0);
	CHECK_EQ(deep_type.bytes % 16, 0);
	CHECK_EQ(sizeof(struct co_chunk) % 16, 0);
}

/* Who took something for a coroutine that cannot begin gives it back; once, and only then. */
struct holds {
	struct co co;
	u32 *held;
	char large[2 * ARENA];
};

CO_STEP(holds)
{
	CO_FRAME(holds);

	CO_BEGIN;
	--*f->held;
	CO_RETURN(-ENOMEM_);
	CO_END;
}

TEST(undoes_what_cannot_begin)
{
	for (u32 allowed = 0; allowed < 2; allowed++) {
		u32 held = 1, undone = 0;

		begin();
		chunks_left = allowed;
		CHECK_EQ(run(CO_START_OR((held--, undone++), holds, &stack, NULL, .held = &held)), -ENOMEM_);
		CHECK_EQ(held, 0);
		CHECK_EQ(undone, !allowed);
		end();
	}
	chunks_left = UINT32_MAX;
}

/* Another hart: goes on with the coroutine, to its end, before the caller has heard that it has suspended. */
static long elsewhere;

static long answer_elsewhere(struct co *co, long value)
{
	co->stack->leaf = co;
	elsewhere = co_resume(co->stack, value);
	return CO_PENDING;
}

struct into_field {
	struct co co;
	long got;
};

CO_STEP(into_field)
{
	CO_FRAME(into_field);

	CO_BEGIN;
	AWAIT(f->got, answer_elsewhere(co, 5));
	CO_RETURN(f->got);
	CO_END;
}

TEST(nothing_is_written_after_pending)
{
	begin();
	CHECK_EQ(CO_START(into_field, &stack, NULL, ), CO_PENDING);
	CHECK_EQ(elsewhere, 5);
	CHECK(((struct into_field *)arena)->got != CO_PENDING);
	end();
}

#ifdef CO_TORTURE
/* A popped frame is poisoned behind its head. */
TEST(popped_frames_are_poisoned)
{
	struct sum_up *outer = (struct sum_up *)arena;
	struct add *inner = (struct add *)(arena + sum_up_type.bytes);

	begin();
	CHECK_EQ(run(CO_START(sum_up, &stack, NULL, .n = 1)), 1);
	CHECK_EQ((u64)inner->a, 0xeeeeeeeeeeeeeeeeul);
	CHECK_EQ((u64)outer->total, 0xeeeeeeeeeeeeeeeeul);
	end();
}

/* The bug that torture is for: the address of a local survives an await in which nothing waited. */
struct careless {
	struct co co;
	long *escaped;
};

CO_STEP(careless)
{
	CO_FRAME(careless);
	volatile long local = 1;
	long got;

	CO_BEGIN;
	local = 77;
	f->escaped = (long *)&local;
	AWAIT(got, 0);
	CO_RETURN(got + *f->escaped);
	CO_END;
}

/* So deep that the local lies where scribble writes. */
static __attribute__((noinline)) long start_careless(void)
{
	volatile char depth[1024];

	depth[0] = 0;
	return CO_START(careless, &stack, NULL, ) + depth[0];
}

TEST(finds_a_local_used_after_an_await)
{
	begin();
	CHECK(run(start_careless()) != 77);
	end();
}
#endif

static const struct test tests[] = {
	TEST_ROW(answers_at_once),
	TEST_ROW(suspends_in_the_callee),
	TEST_ROW(value_may_be_negative),
	TEST_ROW(overflow_goes_to_chunks),
	TEST_ROW(failing_push_has_no_effect),
	TEST_ROW(huge_frame),
	TEST_ROW(chain_is_readable),
	TEST_ROW(frames_are_aligned),
	TEST_ROW(undoes_what_cannot_begin),
	TEST_ROW(nothing_is_written_after_pending),
#ifdef CO_TORTURE
	TEST_ROW(popped_frames_are_poisoned),
	TEST_ROW(finds_a_local_used_after_an_await),
#endif
};
TEST_MAIN(tests)
