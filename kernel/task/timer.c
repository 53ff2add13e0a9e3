/* timer.c - the timers of each hart, and one comparator for the earliest of them.
 *
 *     drawers (timer_far.h)                  more than a second away: put away unsorted
 *        | poured a drawer ahead of time
 *     tree (by deadline)  [ 3 ms | 7 ms ]     slice: end of the running user thread's time, or never
 *              |                                 |
 *              +--------- the earlier one -------+--> clock_program()
 *
 * The comparator is only ever moved to an earlier time; an interrupt that finds nothing due moves it to the next
 * deadline. So arming and disarming mostly touch the tree alone. It starts out at 0: the first look sets it.
 * Lock: each hart's `lock` guards its tree, its drawers, and the `place` and `hart` of the timers in them. It is held
 * for a few timers at a time.
 */
#include "kernel/hart/lock.h"
#include "kernel/task/timer_far.h"
#include "kernel/trace/trace.h"

static struct timer_wheel {
	struct spinlock lock;
	struct rb_tree tree;
	struct timer_far far;
	u64 slice;   /* own hart only */
	u64 pour_at; /* own hart only: when to go on with what is to be poured */
} __attribute__((aligned(4096)))
wheels[MAX_HARTS] = { [0 ... MAX_HARTS - 1] = { .lock = SPINLOCK_INIT(RANK_TIMER), .slice = TIME_NEVER } };

/* An idle hart looks around once a second. A comparator set to the end of time would do on a real machine; an emulator
 * whose clock jumps to the next event when all harts sleep would jump there. */
#define LONGEST_SLEEP_NS 1000000000ul

static __attribute__((noinline)) void program_earlier(u64 deadline)
{
	hart()->timer_due = deadline;
	clock_program(deadline);
}

static inline void program(u64 deadline)
{
	if (unlikely(deadline < hart()->timer_due))
		program_earlier(deadline);
}

static __attribute__((noinline)) void tree_insert(struct rb_tree *tree, struct timer *timer)
{
	struct rb_node **link = &tree->root, *parent = NULL;

	timer->place = TIMER_NEAR;
	while (*link) {
		parent = *link;
		link = timer->deadline < rb_entry(parent, struct timer, node)->deadline ? &parent->left
											: &parent->right;
	}
	rb_insert(tree, &timer->node, parent, link);
}

/* Lock held: into the tree, or into a drawer. */
static void insert(struct timer_wheel *wheel, struct timer *timer)
{
	if (timer->deadline < far_begin(&wheel->far))
		tree_insert(&wheel->tree, timer);
	else
		far_insert(&wheel->far, timer);
}

static __attribute__((noinline)) void arm_near(struct timer *timer, u64 deadline, struct timer_wheel *wheel)
{
	tree_insert(&wheel->tree, timer);
	spin_unlock(&wheel->lock);
	program(deadline);
}

/* Most are far. Each way ends in a call, so that the far one needs no registers of its caller's. */
static __attribute__((noinline)) void arm(struct timer *timer, u64 deadline, struct timer_wheel *wheel)
{
	u64 look;

	spin_lock(&wheel->lock);
	timer->deadline = deadline;
	if (deadline < far_begin(&wheel->far))
		return arm_near(timer, deadline, wheel);
	far_insert(&wheel->far, timer);
	look = far_next(&wheel->far); /* the hart has to look for the drawer's sake */
	spin_unlock(&wheel->lock);
	program(look);
}

void timer_arm(struct timer *timer, u64 deadline)
{
	timer->hart = hart()->index;
	arm(timer, deadline, &wheels[timer->hart]);
}

/* Lock held. */
static inline void take_out_far(struct timer_wheel *wheel, struct timer *timer)
{
	far_remove(&wheel->far, timer);
	timer->place = TIMER_IDLE;
}

/* Lock held. */
static void take_out(struct timer_wheel *wheel, struct timer *timer)
{
	if (timer->place == TIMER_FAR) {
		take_out_far(wheel, timer);
		return;
	}
	rb_remove(&wheel->tree, &timer->node);
	timer->place = TIMER_IDLE;
}

/* Lock held, and let go. */
static __attribute__((noinline)) bool disarm_near(struct timer_wheel *wheel, struct timer *timer)
{
	bool armed = timer->place != TIMER_IDLE;

	if (armed)
		take_out(wheel, timer);
	spin_unlock(&wheel->lock);
	return armed;
}

bool timer_disarm(struct timer *timer)
{
	/* hart is fixed from arm to disarm, both by the timer's owner */
	struct timer_wheel *wheel = &wheels[timer->hart];

	spin_lock(&wheel->lock);
	if (unlikely(timer->place != TIMER_FAR))
		return disarm_near(wheel, timer);
	take_out_far(wheel, timer);
	spin_unlock(&wheel->lock);
	return true;
}

/* Lock held. */
static u64 next_look(const struct timer_wheel *wheel)
{
	struct rb_node *first = rb_first(&wheel->tree);
	u64 next = first ? rb_entry(first, struct timer, node)->deadline : TIME_NEVER;

	if (!wheel->far.count)
		return next;
	return min(next, wheel->far.pouring ? wheel->pour_at : far_next(&wheel->far));
}

u64 timer_next(void)
{
	struct timer_wheel *wheel = &wheels[hart()->index];
	u64 next;

	spin_lock(&wheel->lock);
	next = next_look(wheel);
	spin_unlock(&wheel->lock);
	return min(next, wheel->slice);
}

void timer_set_slice(u64 deadline)
{
	wheels[hart()->index].slice = deadline;
	program(deadline);
}

/* Lock held. Fire the first timer if it is due; false: it is not. While drawers are poured, only what is earlier than
 * all in them: the order of time is kept. */
static bool fire_one(struct timer_wheel *wheel, u64 now)
{
	struct rb_node *first = rb_first(&wheel->tree);
	struct timer *timer;

	if (!first)
		return false;
	timer = rb_entry(first, struct timer, node);
	if (timer->deadline > now || timer->deadline >= far_sorted(&wheel->far))
		return false;
	take_out(wheel, timer);
	trace_event(TRACE_TIMER, timer->deadline, NULL);
	timer->expired(timer);
	return true;
}

/* Lock held. Open a drawer, or move a timer out of an open one; false: nothing is to be done. */
static bool pour_one(struct timer_wheel *wheel, u64 now)
{
	struct timer *timer = far_take(&wheel->far);

	if (timer) {
		insert(wheel, timer);
		return true;
	}
	if (!wheel->far.count)
		far_skip(&wheel->far, now);
	if (!far_is_behind(&wheel->far, now))
		return false;
	far_open(&wheel->far);
	return true;
}

/* At most BATCH timers at a time, so that a step of the event loop stays short; the comparator brings us back for the
 * rest. The lock is given up in between: a hart that disarms waits for a few of them. */
enum { BATCH = 64, LOCKED = 4 };

static bool work(struct timer_wheel *wheel, u64 now)
{
	bool more = true;

	spin_lock(&wheel->lock);
	for (u32 i = 0; more && i < LOCKED; i++)
		more = fire_one(wheel, now) || pour_one(wheel, now);
	spin_unlock(&wheel->lock);
	return more;
}

/* Between two rounds of pouring others run: there is a second for it, mostly. */
#define POUR_PAUSE_NS 20000ul

void timer_fire_due(u64 now)
{
	struct timer_wheel *wheel = &wheels[hart()->index];

	for (u32 i = 0; i < BATCH / LOCKED && work(wheel, now); i++)
		;
	if (wheel->slice <= now)
		wheel->slice = TIME_NEVER;
	wheel->pour_at = min(now + POUR_PAUSE_NS, max(now, far_sorted(&wheel->far)));
	hart()->timer_due = min(timer_next(), now + LONGEST_SLEEP_NS);
	clock_program(hart()->timer_due);
}
