/* sq.c - taking SQEs: from an honest program, from one that lies, and from one that writes while the kernel reads.
 *
 * flags: -iquote kernel/ring/test/include
 * variants: plain
 */
#include "kernel/ring/sq.h"

#include "lib/test/check.h"

enum { ENTRIES = 8 };

/* The arrays end where the memory ends, so that a step behind them is noticed (ASan). */
static struct ring_shared *shared;
static struct io_uring_sqe *sqes;
static u32 *array;
static struct sq sq;

/* --- the other side: what was read changes, if the test says so --- */

static bool scribbles;
static u32 loads[ENTRIES * sizeof(struct io_uring_sqe) / 8]; /* of each word of the SQEs */
static u32 tail_loads, most_loads;
static enum seen_order tail_order, head_order;

static void load_note(const volatile void *at, enum seen_order order)
{
	const volatile u64 *first = (const volatile u64 *)sqes, *word = at;

	if (at == &shared->sq_tail) {
		tail_loads++;
		tail_order = order;
	} else if (word >= first && word < first + ARRAY_SIZE(loads)) {
		most_loads = max(most_loads, ++loads[word - first]);
	}
}

u64 seen_load(const volatile void *at, size_t bytes, enum seen_order order)
{
	u64 value = 0;

	load_note(at, order);
	memcpy(&value, (const void *)at, bytes);
	if (scribbles)
		memset((void *)at, 0xff, bytes);
	return value;
}

void seen_store(volatile void *at, size_t bytes, u64 value, enum seen_order order)
{
	if (at == &shared->sq_head)
		head_order = order;
	memcpy((void *)at, &value, bytes);
}

/* --- */

static void begin(void)
{
	shared = calloc(1, sizeof(*shared));
	sqes = calloc(ENTRIES, sizeof(*sqes));
	array = calloc(ENTRIES, sizeof(*array));
	shared->sq_mask = ENTRIES - 1;
	shared->sq_entries = ENTRIES;
	for (u32 i = 0; i < ENTRIES; i++) {
		array[i] = i;
		sqes[i].user_data = i + 100;
	}
	sq = (struct sq){ ENTRIES - 1, shared, array, sqes };
}

TEST(takes_what_was_put_in)
{
	struct io_uring_sqe sqe;
	u64 *words;

	begin();
	words = (u64 *)sqes;
	for (u32 i = 0; i < ENTRIES * sizeof(*sqes) / 8; i++)
		words[i] = test_random();
	for (u64 head = 0; head < 100; head++) {
		u32 index = (u32)test_random_below(ENTRIES);

		array[head % ENTRIES] = index;
		CHECK(sqe_take(&sq, head, &sqe));
		CHECK(!memcmp(&sqe, &sqes[index], offsetof(struct io_uring_sqe, addr3)));
	}
	sq.array = NULL; /* IORING_SETUP_NO_SQARRAY */
	CHECK(sqe_take(&sq, ENTRIES + 3, &sqe));
	CHECK(!memcmp(&sqe, &sqes[3], offsetof(struct io_uring_sqe, addr3)));
}

TEST(counts_what_is_there)
{
	begin();
	CHECK_EQ(sq_limit(&sq, 0, 5), 0);
	shared->sq_tail = 3;
	CHECK_EQ(sq_limit(&sq, 0, 5), 3);
	CHECK_EQ(sq_limit(&sq, 0, 2), 2);
	CHECK_EQ(sq_limit(&sq, 3, 2), 0);
	shared->sq_tail = 2; /* both wrap around */
	CHECK_EQ(sq_limit(&sq, UINT32_MAX - 1, 10), 4);
}

TEST(a_tail_that_cannot_be)
{
	begin();
	shared->sq_tail = ENTRIES + 1;
	CHECK_EQ(sq_limit(&sq, 0, 1000), ENTRIES);
	shared->sq_tail = 9;
	CHECK_EQ(sq_limit(&sq, 10, 1000), ENTRIES); /* it went back */
	CHECK_EQ(sq_limit(&sq, 10, 3), 3);
}

TEST(an_index_that_is_none)
{
	static const u32 wrong[] = { ENTRIES, ENTRIES + 1, 1u << 16, 1u << 31, UINT32_MAX };
	struct io_uring_sqe sqe;

	begin();
	for (u32 i = 0; i < ARRAY_SIZE(wrong); i++) {
		array[2] = wrong[i];
		CHECK(!sqe_take(&sq, 2, &sqe));
		CHECK(sqe_take(&sq, 3, &sqe));
	}
}

TEST(a_mask_that_was_written_over)
{
	struct io_uring_sqe sqe;

	begin();
	shared->sq_mask = 0xffff;
	CHECK(sqe_take(&sq, ENTRIES * 1000 + 5, &sqe));
	CHECK_EQ(sqe.user_data, 105);
	shared->sq_entries = 1u << 20;
	shared->sq_tail = 1u << 20;
	CHECK_EQ(sq_limit(&sq, 0, UINT32_MAX), ENTRIES);
}

TEST(nothing_is_read_twice)
{
	struct io_uring_sqe before, sqe;

	begin();
	scribbles = true;
	for (u64 head = 0; head < ENTRIES; head++) {
		before = sqes[head];
		CHECK(sqe_take(&sq, head, &sqe));
		CHECK(!memcmp(&sqe, &before, offsetof(struct io_uring_sqe, addr3)));
		CHECK(sqe_is_plain(&sqe));
	}
	CHECK_EQ(most_loads, 1);
	shared->sq_tail = 2;
	CHECK_EQ(sq_limit(&sq, 0, 5), 2);
	CHECK_EQ(tail_loads, 1);
}

TEST(the_order_of_tail_and_head)
{
	begin();
	shared->sq_tail = 1;
	CHECK_EQ(sq_limit(&sq, 0, 1), 1);
	CHECK_EQ(tail_order, SEEN_ACQUIRE);
	sq_publish(&sq, 1);
	CHECK_EQ(head_order, SEEN_RELEASE);
	CHECK_EQ(shared->sq_head, 1);
}

TEST(what_nobody_knows_is_refused)
{
	struct io_uring_sqe sqe = { .opcode = 1 };

	CHECK(sqe_is_plain(&sqe));
	sqe.flags = IOSQE_ASYNC;
	CHECK(sqe_is_plain(&sqe));
	for (u32 bit = 0; bit < 8; bit++) {
		sqe.flags = (u8)(1u << bit);
		CHECK_EQ(sqe_is_plain(&sqe), sqe.flags == IOSQE_ASYNC);
	}
	sqe.flags = 0;
	sqe.personality = 1;
	CHECK(!sqe_is_plain(&sqe));
}

static const struct test tests[] = {
	TEST_ROW(takes_what_was_put_in),      TEST_ROW(counts_what_is_there),	      TEST_ROW(a_tail_that_cannot_be),
	TEST_ROW(an_index_that_is_none),      TEST_ROW(a_mask_that_was_written_over), TEST_ROW(nothing_is_read_twice),
	TEST_ROW(the_order_of_tail_and_head), TEST_ROW(what_nobody_knows_is_refused),
};

TEST_MAIN(tests)
