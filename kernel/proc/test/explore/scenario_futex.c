/* scenario_futex.c - futexes: who waits for a word is woken, once, by whom it may concern.
 *
 *     sleeper                             others
 *       futex_wait(word, 0)                 word = 1 (the program's store), futex_wake
 *       (its timer's interrupt)             task_cancel
 *                                           futex_requeue(word -> second), futex_wake(second)
 *
 * Whatever happens: a sleeper has one result; the wakers counted as many as were woken; at the end no bucket holds or
 * counts anybody.
 */
#include "kernel/proc/test/explore/scenario_futex.h"

#include "kernel/abi/errno.h"
#include "kernel/proc/futex_bucket.h"
#include "kernel/proc/test/explore/user_words.h"
#include "kernel/task/test/explore/stand_in.h"

enum { NOT_YET = 77 };

static struct space *const space = (struct space *)0x1000;
static long result[PLACES]; /* of each sleeper */
static u32 woken;	    /* that the wakers counted; atomic */

struct sleeper {
	struct co co;
	struct futex_word word;
	u64 deadline;
};

CO_STEP(sleeper)
{
	CO_FRAME(sleeper);
	long err;

	CO_BEGIN;
	AWAIT(err, futex_wait(co, &f->word, 0, f->deadline, FUTEX_ANY));
	result[container_of(task_of(co), struct place, task) - places] = err;
	CO_RETURN(err);
	CO_END;
}

static struct futex_word word(u32 n)
{
	return (struct futex_word){ space, user_word_address(n), false };
}

static struct futex_bucket *bucket(u32 n)
{
	return futex_bucket_of((struct futex_key){ (u64)space, user_word_address(n) });
}

static void setup(void)
{
	stand_in_setup();
	futex_init();
	for (u32 i = 0; i < PLACES; i++)
		result[i] = NOT_YET;
}

static void fall_asleep(u32 place, u32 n, u64 deadline)
{
	TASK_START(&places[place].task, sleeper, .word = word(n), .deadline = deadline);
}

static void sleep_at(u32 place, u32 n, u64 deadline)
{
	fall_asleep(place, n, deadline);
	stand_in_run(place);
}

static void sleep_0(void)
{
	sleep_at(0, 0, TIME_NEVER);
}

static void sleep_1(void)
{
	sleep_at(1, 0, TIME_NEVER);
}

static void sleep_0_for_a_time(void)
{
	sleep_at(0, 0, 1000);
}

/* Go on with a sleeper that setup has put to sleep. */
static void run_0(void)
{
	stand_in_run(0);
}

static void run_1(void)
{
	stand_in_run(1);
}

static void wake(u32 n, u32 count)
{
	struct futex_word at = word(n);
	struct co nobody;

	atomic_add_relaxed(&woken, (u32)futex_wake(&nobody, &at, count, FUTEX_ANY));
}

/* A program that unlocks: its own store, and then the call. */
static void change_and_wake(void)
{
	store_relaxed(&user_words[0], 1);
	wake(0, UINT32_MAX);
}

static void change_and_wake_singly(void)
{
	store_relaxed(&user_words[0], 1);
	wake(0, 1);
	wake(0, 1);
}

static void wake_one(void)
{
	wake(0, 1);
}

static void interrupt_0(void)
{
	task_cancel(&places[0].task, CANCEL_INTERRUPT);
}

static u32 count_of(long wanted)
{
	u32 count = 0;

	for (u32 i = 0; i < PLACES; i++)
		count += result[i] == wanted;
	return count;
}

/* N sleepers came and went. */
static void all_ended(u32 n)
{
	MODEL_CHECK(count_of(NOT_YET) == PLACES - n, "lost wake-up");
	MODEL_CHECK(count_of(0) == woken, "the wakers know how many they woke");
	for (u32 i = 0; i < USER_WORDS; i++) {
		MODEL_CHECK(list_is_empty(&bucket(i)->queue.waits), "nobody is left in the bucket");
		MODEL_CHECK(!bucket(i)->waiting, "the bucket counts nobody");
	}
}

static void one_ended(void)
{
	all_ended(1);
	MODEL_CHECK(places[0].steps <= 1, "it was woken more than once");
}

static void two_ended(void)
{
	all_ended(2);
}

/* --- no wake-up is lost --- */

static const struct scenario plain = { "futex-wake", setup, { sleep_0, change_and_wake }, one_ended, NULL };
static const struct scenario all = { "futex-all", setup, { sleep_0, sleep_1, change_and_wake }, two_ended, NULL };

static void setup_two(void)
{
	setup();
	fall_asleep(0, 0, TIME_NEVER);
	fall_asleep(1, 0, TIME_NEVER);
}

static const struct scenario singly = {
	"futex-singly", setup_two, { run_0, run_1, change_and_wake_singly }, two_ended, NULL
};

/* The woken step runs on another hart. */
static void sleep_0_elsewhere(void)
{
	places[0].home = 1;
	sleep_0();
}

static const struct scenario elsewhere = {
	"futex-elsewhere", setup, { sleep_0_elsewhere, run_0, change_and_wake }, one_ended, NULL
};

static void setup_absent(void)
{
	setup();
	user_word_absent = 1;
}

static const struct scenario absent = { "futex-absent", setup_absent, { sleep_0, change_and_wake }, one_ended, NULL };

/* --- one result --- */

static const struct scenario timeout = {
	"futex-timeout", setup, { sleep_0_for_a_time, change_and_wake }, one_ended, NULL
};
static const struct scenario interrupted = {
	"futex-interrupt", setup, { sleep_0, change_and_wake, interrupt_0 }, one_ended, NULL
};

/* One leaves the bucket by itself while another comes. */
static void setup_leaving(void)
{
	setup();
	fall_asleep(0, 0, TIME_NEVER);
	interrupt_0();
}

static const struct scenario leaving = {
	"futex-leaving", setup_leaving, { run_0, sleep_1, change_and_wake }, two_ended, NULL
};

/* A wake that comes to a sleeper which something else has just ended goes to the next one. */
static void one_wake_was_used(void)
{
	MODEL_CHECK(result[0] == 0 || result[0] == -EINTR, "the first was woken or interrupted");
	MODEL_CHECK(result[1] == NOT_YET || result[1] == 0, "nothing but a wake ends the second");
	MODEL_CHECK(woken == 1 && count_of(0) == 1, "a wake is used once");
}

static const struct scenario passed_on = {
	"futex-passed-on", setup_two, { run_0, run_1, interrupt_0, wake_one }, one_wake_was_used, NULL
};

/* --- waiters that are moved --- */

static struct futex_pair pair_of(u32 from, u32 to)
{
	return (struct futex_pair){ .word = word(from), .second = user_word_address(to), .move = UINT32_MAX };
}

static void move(u32 from, u32 to)
{
	struct futex_pair pair = pair_of(from, to);
	struct co nobody;

	futex_requeue(&nobody, &pair);
}

static void setup_moved(void)
{
	setup();
	fall_asleep(0, 0, TIME_NEVER);
}

static void setup_moved_in_time(void)
{
	setup();
	fall_asleep(0, 0, 1000);
}

static void move_and_wake(void)
{
	move(0, 1);
	wake(1, 1);
}

static const struct scenario moved = {
	"futex-moved", setup_moved, { run_0, move_and_wake, interrupt_0 }, one_ended, NULL
};
static const struct scenario moved_timeout = {
	"futex-moved-timeout", setup_moved_in_time, { run_0, move_and_wake }, one_ended, NULL
};

/* Others come to both buckets while waiters are moved from one to the other. */
static void sleep_1_there(void)
{
	sleep_at(1, 1, TIME_NEVER);
}

static void change_move_and_wake(void)
{
	store_relaxed(&user_words[0], 1);
	store_relaxed(&user_words[1], 1);
	move(0, 1);
	wake(0, UINT32_MAX);
	wake(1, UINT32_MAX);
}

static const struct scenario comes_to_first = {
	"futex-moved-from", setup_moved, { run_0, sleep_1, change_move_and_wake }, two_ended, NULL
};
static const struct scenario comes_to_second = {
	"futex-moved-to", setup_moved, { run_0, sleep_1_there, change_move_and_wake }, two_ended, NULL
};

/* Two programs move each other's waiters: the locks of two buckets are taken in one order. */
static void setup_exchange(void)
{
	setup();
	fall_asleep(0, 0, TIME_NEVER);
}

static void move_there(void)
{
	move(0, 1);
}

static void move_back(void)
{
	move(1, 0);
}

static void sleeps_somewhere(void)
{
	u32 in = load_relaxed(&bucket(0)->waiting) ? 0 : 1;

	MODEL_CHECK(count_of(NOT_YET) == PLACES, "nobody woke it");
	MODEL_CHECK(!list_is_empty(&bucket(in)->queue.waits), "the bucket that counts it holds it");
	MODEL_CHECK(bucket(0)->waiting + bucket(1)->waiting == 1, "it is counted once");
}

static const struct scenario exchange = {
	"futex-exchange", setup_exchange, { run_0, move_there, move_back }, sleeps_somewhere, NULL
};

/* To the word where they wait already: they are moved once, to the end of the queue. */
static void move_nowhere(void)
{
	move(0, 0);
}

static void both_sleep(void)
{
	MODEL_CHECK(count_of(NOT_YET) == PLACES, "nobody woke them");
	MODEL_CHECK(bucket(0)->waiting == 2, "two are counted");
}

static const struct scenario nowhere = {
	"futex-moved-nowhere", setup_two, { run_0, run_1, move_nowhere }, both_sleep, NULL
};

/* FUTEX_CMP_REQUEUE: nobody is moved after a waker who had changed the word. */
static bool refused; /* plain: the mover's */

static void move_unless_changed(void)
{
	struct futex_pair pair = pair_of(0, 1);
	struct co nobody;

	pair.check = true;
	refused = futex_requeue(&nobody, &pair) == -EAGAIN;
}

static void moved_before_the_change(void)
{
	MODEL_CHECK(!woken || refused, "the waker came first, so the word was changed");
}

static const struct scenario checked = {
	"futex-checked", setup_moved, { run_0, move_unless_changed, change_and_wake }, moved_before_the_change, NULL
};

/* --- a word that is changed and woken in one call --- */

enum { ADD_ONE_AND_WAKE = 1u << 28 | 1u << 12 }; /* FUTEX_OP: second += 1; was it 0? */

static void change_by_call(void)
{
	struct futex_pair pair = pair_of(1, 0);
	struct co nobody;

	pair.value = ADD_ONE_AND_WAKE;
	atomic_add_relaxed(&woken, (u32)futex_wake_op(&nobody, &pair));
}

static void change_by_itself(void)
{
	atomic_add_relaxed(&user_words[0], 2u);
	wake(0, UINT32_MAX);
}

static void changed_twice(void)
{
	one_ended();
	MODEL_CHECK(user_words[0] == 3, "no change of the word is lost");
}

static const struct scenario wake_op = { "futex-op", setup, { sleep_0, change_by_call }, one_ended, NULL };
static const struct scenario wake_op_and = {
	"futex-op-add", setup, { sleep_0, change_by_call, change_by_itself }, changed_twice, NULL
};

/* --- planted mistakes --- */

struct careless {
	union {
		struct co co;
		struct futex_wait wait; /* a waker finds it as the innermost frame */
	};
	long (*queue)(struct co *co, struct futex_wait *wait);
};

CO_STEP(careless)
{
	CO_FRAME(careless);
	long err;

	CO_BEGIN;
	AWAIT(err, f->queue(co, &f->wait));
	result[0] = err;
	CO_RETURN(err);
	CO_END;
}

static void careless_begin(struct co *co, struct futex_wait *wait)
{
	wait->key = (struct futex_key){ (u64)space, user_word_address(0) };
	wait->bits = FUTEX_ANY;
	wait_begin(co, &bucket(0)->queue, WAIT_INTERRUPTIBLE, TIME_NEVER, "the futex word");
}

/* Compares, and enqueues a moment later. */
static long queue_unlocked(struct co *co, struct futex_wait *wait)
{
	atomic_add_relaxed(&bucket(0)->waiting, 1u);
	fence_full();
	if (load_acquire(&user_words[0]))
		return -EAGAIN;
	spin_lock(&bucket(0)->lock);
	careless_begin(co, wait);
	spin_unlock(&bucket(0)->lock);
	return CO_PENDING;
}

/* Counts itself when it has seen that it must wait. */
static long queue_counted_late(struct co *co, struct futex_wait *wait)
{
	bool changed;

	spin_lock(&bucket(0)->lock);
	changed = load_acquire(&user_words[0]);
	if (!changed) {
		atomic_add_relaxed(&bucket(0)->waiting, 1u);
		careless_begin(co, wait);
	}
	spin_unlock(&bucket(0)->lock);
	return changed ? -EAGAIN : CO_PENDING;
}

static void sleep_unlocked(void)
{
	TASK_START(&places[0].task, careless, .queue = queue_unlocked);
	stand_in_run(0);
}

static void sleep_counted_late(void)
{
	TASK_START(&places[0].task, careless, .queue = queue_counted_late);
	stand_in_run(0);
}

/* Takes the locks in the order of its arguments. */
static void lock_as_asked(u32 a, u32 b)
{
	spin_lock(&bucket(a)->lock);
	spin_lock_nested(&bucket(b)->lock);
	futex_unlock_two(bucket(a), bucket(b));
}

static void lock_there(void)
{
	lock_as_asked(0, 1);
}

static void lock_back(void)
{
	lock_as_asked(1, 0);
}

static void ended(void)
{
	MODEL_CHECK(result[0] != NOT_YET, "lost wake-up");
}

static const struct scenario unlocked = {
	"futex-unlocked", setup, { sleep_unlocked, change_and_wake }, ended, "the word is compared without the lock"
};
static const struct scenario counted_late = {
	"futex-counted-late", setup, { sleep_counted_late, change_and_wake }, ended, "it counts itself after it looked"
};
static const struct scenario deadlock = {
	"futex-deadlock", setup, { lock_there, lock_back }, NULL, "two buckets are locked in the order of the call"
};

const struct scenario *const futex_scenarios[] = {
	&plain,	    &all,	  &singly,	  &elsewhere,	   &absent,	     &timeout,	&interrupted, &leaving,
	&passed_on, &moved,	  &moved_timeout, &comes_to_first, &comes_to_second, &exchange, &nowhere,     &checked,
	&wake_op,   &wake_op_and, &unlocked,	  &counted_late,   &deadlock,	     NULL,
};
