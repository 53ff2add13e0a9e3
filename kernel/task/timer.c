/* timer.c - a red-black tree of timers per hart, and one comparator for the earliest of them.
 *
 *     tree (by deadline)  [ 3 ms | 7 ms | 40 ms ]     slice: end of the running user thread's time, or never
 *              |                                         |
 *              +--------- the earlier one ---------------+--> clock_program()
 *
 * The comparator is only ever moved to an earlier time; an interrupt that finds nothing due moves it to the next
 * deadline. So arming and disarming mostly touch the tree alone. It starts out at 0: the first look sets it.
 * Lock: each hart's `lock` guards its tree and the `armed` and `hart` of the timers in it.
 */
#include "kernel/task/timer.h"

#include "kernel/task/lock.h"

static struct timer_wheel {
	struct spinlock lock;
	struct rb_tree tree;
	u64 slice; /* own hart only */
} wheels[MAX_HARTS] = { [0 ... MAX_HARTS - 1] = { .lock = SPINLOCK_INIT(RANK_TIMER), .slice = TIME_NEVER } };

/* An idle hart looks around once a second. A comparator set to the end of time would do on a real machine; an emulator
 * whose clock jumps to the next event when all harts sleep would jump there. */
#define LONGEST_SLEEP_NS 1000000000ul

void timer_init(struct timer *timer, void (*expired)(struct timer *timer))
{
	timer->expired = expired;
	timer->armed = 0;
}

static void program(u64 deadline)
{
	if (deadline < hart()->timer_due) {
		hart()->timer_due = deadline;
		clock_program(deadline);
	}
}

static void tree_insert(struct rb_tree *tree, struct timer *timer)
{
	struct rb_node **link = &tree->root, *parent = NULL;

	while (*link) {
		parent = *link;
		link = timer->deadline < rb_entry(parent, struct timer, node)->deadline ? &parent->left
											: &parent->right;
	}
	rb_insert(tree, &timer->node, parent, link);
}

void timer_arm(struct timer *timer, u64 deadline)
{
	struct timer_wheel *wheel = &wheels[hart()->index];

	timer->deadline = deadline;
	spin_lock(&wheel->lock);
	timer->hart = hart()->index;
	timer->armed = 1;
	tree_insert(&wheel->tree, timer);
	spin_unlock(&wheel->lock);
	program(deadline);
}

void timer_disarm(struct timer *timer)
{
	/* hart is fixed from arm to disarm, both by the timer's owner */
	struct timer_wheel *wheel = &wheels[timer->hart];

	spin_lock(&wheel->lock);
	if (timer->armed) {
		rb_remove(&wheel->tree, &timer->node);
		timer->armed = 0;
	}
	spin_unlock(&wheel->lock);
}

u64 timer_next(void)
{
	struct timer_wheel *wheel = &wheels[hart()->index];
	struct rb_node *first;
	u64 next = TIME_NEVER;

	spin_lock(&wheel->lock);
	first = rb_first(&wheel->tree);
	if (first)
		next = rb_entry(first, struct timer, node)->deadline;
	spin_unlock(&wheel->lock);
	return min(next, wheel->slice);
}

void timer_set_slice(u64 deadline)
{
	wheels[hart()->index].slice = deadline;
	program(deadline);
}

/* Fire at most BATCH timers, so that a step of the event loop stays short; the comparator brings us back for the
 * rest. */
enum { BATCH = 64 };

void timer_fire_due(u64 now)
{
	struct timer_wheel *wheel = &wheels[hart()->index];
	struct rb_node *first;
	struct timer *timer;
	u32 fired = 0;

	spin_lock(&wheel->lock);
	while (fired++ < BATCH && (first = rb_first(&wheel->tree))) {
		timer = rb_entry(first, struct timer, node);
		if (timer->deadline > now)
			break;
		rb_remove(&wheel->tree, &timer->node);
		timer->armed = 0;
		timer->expired(timer);
	}
	spin_unlock(&wheel->lock);
	if (wheel->slice <= now)
		wheel->slice = TIME_NEVER;
	hart()->timer_due = min(timer_next(), now + LONGEST_SLEEP_NS);
	clock_program(hart()->timer_due);
}
