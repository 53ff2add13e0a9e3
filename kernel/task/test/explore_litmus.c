/* explore_litmus.c - is the explorer's machine as weak as it should be, and no weaker? The classic small programs.
 *
 * A scenario with a `bug` has an outcome that must be possible; one without has an outcome that must be impossible.
 *
 * links: @explorer
 * flags: @explorer
 * sanitize: no
 * variants: plain
 */
#include "kernel/task/test/explore/explore.h"
#include "lib/order.h"

static u32 x, y, plain, read_0, read_1, read_2, read_3;

static void setup(void)
{
}

/* --- store buffering: each stores, then looks at the other --- */

static void sb_0(void)
{
	store_relaxed(&x, 1);
	read_0 = load_relaxed(&y);
}

static void sb_1(void)
{
	store_relaxed(&y, 1);
	read_1 = load_relaxed(&x);
}

static void sb_fence_0(void)
{
	store_relaxed(&x, 1);
	fence_full();
	read_0 = load_relaxed(&y);
}

static void sb_fence_1(void)
{
	store_relaxed(&y, 1);
	fence_full();
	read_1 = load_relaxed(&x);
}

static void sb_release_0(void)
{
	store_release(&x, 1);
	read_0 = load_acquire(&y);
}

static void sb_release_1(void)
{
	store_release(&y, 1);
	read_1 = load_acquire(&x);
}

/* A read-modify-write is no fence: on RISC-V a later load may pass its store-conditional. */
static void sb_rmw_0(void)
{
	atomic_exchange(&x, 1);
	read_0 = load_relaxed(&y);
}

static void sb_rmw_1(void)
{
	atomic_exchange(&y, 1);
	read_1 = load_relaxed(&x);
}

static void not_both_0(void)
{
	MODEL_CHECK(read_0 || read_1, "both read 0");
}

static const struct scenario sb = { "store-buffer", setup, { sb_0, sb_1 }, not_both_0, "no fence at all" };
static const struct scenario sb_half = { "store-buffer-half", setup, { sb_fence_0, sb_1 }, not_both_0, "one fence" };
static const struct scenario sb_fence = { "store-buffer-fences", setup, { sb_fence_0, sb_fence_1 }, not_both_0, NULL };
static const struct scenario sb_release = { "store-buffer-release",
					    setup,
					    { sb_release_0, sb_release_1 },
					    not_both_0,
					    "release and acquire order no store before a load" };
static const struct scenario sb_rmw = {
	"store-buffer-rmw", setup, { sb_rmw_0, sb_rmw_1 }, not_both_0, "an atomic operation is not a fence"
};

/* --- message passing: data, then a flag --- */

static void mp_relaxed(void)
{
	store_relaxed(&x, 1);
	store_relaxed(&y, 1);
}

static void mp_release(void)
{
	store_relaxed(&x, 1);
	store_release(&y, 1);
}

static void mp_plain(void)
{
	plain = 1;
	store_release(&y, 1);
}

static void mp_plain_relaxed(void)
{
	plain = 1;
	store_relaxed(&y, 1);
}

static void mp_fence(void)
{
	store_relaxed(&x, 1);
	fence_full();
	store_relaxed(&y, 1);
}

static void mp_read_relaxed(void)
{
	read_0 = load_relaxed(&y);
	read_1 = load_relaxed(&x);
}

static void mp_read_acquire(void)
{
	read_0 = load_acquire(&y);
	read_1 = load_relaxed(&x);
}

static void mp_read_fence(void)
{
	read_0 = load_relaxed(&y);
	fence_full();
	read_1 = load_relaxed(&x);
}

static void mp_read_plain(void)
{
	if (load_acquire(&y))
		read_1 = plain;
}

static void data_with_flag(void)
{
	MODEL_CHECK(!read_0 || read_1, "the flag without the data");
}

static const struct scenario mp = { "message", setup, { mp_relaxed, mp_read_relaxed }, data_with_flag, "no order" };
static const struct scenario mp_half_1 = {
	"message-no-acquire", setup, { mp_release, mp_read_relaxed }, data_with_flag, "no acquire"
};
static const struct scenario mp_half_2 = {
	"message-no-release", setup, { mp_relaxed, mp_read_acquire }, data_with_flag, "no release"
};
static const struct scenario mp_good = {
	"message-ordered", setup, { mp_release, mp_read_acquire }, data_with_flag, NULL
};
static const struct scenario mp_fences = { "message-fences", setup, { mp_fence, mp_read_fence }, data_with_flag, NULL };
static const struct scenario mp_race = { "race", setup, { mp_plain_relaxed, mp_read_plain }, NULL, "a data race" };
static const struct scenario mp_no_race = { "no-race", setup, { mp_plain, mp_read_plain }, NULL, NULL };

/* A third hart's read-modify-write between the two passes the release on. */
static void add_to_flag(void)
{
	u32 one = 1;

	atomic_cas(&y, &one, 2);
}

static void mp_read_two(void)
{
	if (load_acquire(&y) == 2)
		read_1 = plain;
}

static const struct scenario mp_chain = { "release-chain", setup, { mp_plain, add_to_flag, mp_read_two }, NULL, NULL };

/* --- coherence, and independent readers --- */

static void write_1_2(void)
{
	store_relaxed(&x, 1);
	store_relaxed(&x, 2);
}

static void read_twice(void)
{
	read_0 = load_relaxed(&x);
	read_1 = load_relaxed(&x);
}

static void never_backwards(void)
{
	MODEL_CHECK(read_1 >= read_0, "a location went back");
}

static void write_x(void)
{
	store_release(&x, 1);
}

static void write_y(void)
{
	store_release(&y, 1);
}

static void read_xy(void)
{
	read_0 = load_acquire(&x);
	read_1 = load_acquire(&y);
}

static void read_yx(void)
{
	read_2 = load_acquire(&y);
	read_3 = load_acquire(&x);
}

static void read_xy_fence(void)
{
	read_0 = load_acquire(&x);
	fence_full();
	read_1 = load_acquire(&y);
}

static void read_yx_fence(void)
{
	read_2 = load_acquire(&y);
	fence_full();
	read_3 = load_acquire(&x);
}

static void one_order(void)
{
	MODEL_CHECK(!(read_0 && !read_1 && read_2 && !read_3), "two readers saw two orders");
}

static const struct scenario coherence = { "coherence", setup, { write_1_2, read_twice }, never_backwards, NULL };
static const struct scenario iriw = {
	"independent-readers", setup, { write_x, write_y, read_xy, read_yx }, one_order, "no fences"
};
static const struct scenario iriw_fence = {
	"independent-readers-fences", setup, { write_x, write_y, read_xy_fence, read_yx_fence }, one_order, NULL
};

/* --- atomicity, spinning, deadlock --- */

static void add_1(void)
{
	atomic_add(&x, 1);
}

static void add_1_torn(void)
{
	store_relaxed(&x, load_relaxed(&x) + 1);
}

static void is_3(void)
{
	MODEL_CHECK(x == 3, "an addition was lost");
}

static void spin(void)
{
	while (!load_acquire(&y))
		cpu_relax();
	read_1 = plain;
}

static void take_for_ever(void)
{
	model_lock(&x, MODEL_SITE(__func__, "lock x", ORDER_ACQUIRE));
}

static const struct scenario adds = { "atomic", setup, { add_1, add_1, add_1 }, is_3, NULL };
static const struct scenario torn = { "torn", setup, { add_1, add_1_torn, add_1 }, is_3, "load and store" };
static const struct scenario spinning = { "spin", setup, { mp_plain, spin }, NULL, NULL };
static const struct scenario stuck = { "deadlock", setup, { take_for_ever, take_for_ever }, NULL, "never unlocked" };

static const struct scenario *const scenarios[] = {
	&sb,	    &sb_half,	 &sb_fence,  &sb_release, &sb_rmw,     &mp,	  &mp_half_1,
	&mp_half_2, &mp_good,	 &mp_fences, &mp_race,	  &mp_no_race, &mp_chain, &coherence,
	&iriw,	    &iriw_fence, &adds,	     &torn,	  &spinning,   &stuck,	  NULL,
};

int main(int argc, char **argv)
{
	return explore_main(scenarios, argc, argv);
}
