/* timeout.c - see timeout.h. */
#include "kernel/ring/timeout.h"

#include "kernel/abi/errno.h"
#include "kernel/mm/slab.h"
#include "kernel/ring/cq.h"

static struct slab_cache timeout_cache = SLAB_CACHE(timeout_cache, "ring_timeout", sizeof(struct ring_timeout));

static inline struct ring_timeout *timeout_of(struct ring_pending *pending)
{
	return container_of(pending, struct ring_timeout, pending);
}

void timeout_free(struct ring_pending *pending)
{
	slab_free(&timeout_cache, timeout_of(pending));
}

/* --- those that are due: a timer may only wake, and posting takes the ring's lock --- */

enum { DUE_ARENA = 96 };

/* The task of a hart, to which its timers and whoever counts completions on it hand timeouts. */
static struct due_task {
	struct inbox inbox;
	struct inbox_node *taken; /* out of the inbox; the task's own */
	struct task task;
	char arena[DUE_ARENA] __attribute__((aligned(16)));
} due_tasks[MAX_HARTS];

/* TIMEOUT has ended with RESULT: the caller is the one who ends it. */
static void due_push(struct ring_timeout *timeout, s32 result)
{
	struct due_task *due = &due_tasks[hart()->index];

	timeout->pending.result = result;
	inbox_push(&due->inbox, &timeout->timer.idle);
	task_wake(&due->task);
}

static struct ring_timeout *due_take(struct due_task *due)
{
	struct inbox_node *node;

	if (!due->taken)
		due->taken = inbox_drain(&due->inbox);
	node = due->taken;
	if (!node)
		return NULL;
	due->taken = node->next;
	return container_of(node, struct ring_timeout, timer.idle);
}

static void counted_enter(struct ring *ring, struct ring_timeout *timeout)
{
	struct rb_node **link = &ring->counted.root, *parent = NULL;

	while (*link) {
		parent = *link;
		link = timeout->target < rb_entry(parent, struct ring_timeout, counted)->target ? &parent->left
												: &parent->right;
	}
	rb_insert(&ring->counted, &timeout->counted, parent, link);
}

/* Lock held. */
static inline void counted_leave(struct ring_timeout *timeout)
{
	if (likely(!timeout->target))
		return;
	rb_remove(&timeout->pending.ring->counted, &timeout->counted);
	timeout->target = 0;
}

static void timeout_end(struct ring_timeout *timeout)
{
	struct ring *ring = timeout->pending.ring;
	bool posted;

	spin_lock(&ring->lock);
	pending_leave(&timeout->pending);
	counted_leave(timeout);
	ring->timeouts_ended++;
	ring->wake_at = (u32)ring->cq_tail; /* whoever waits, for however many */
	posted = cq_post(ring, &timeout->pending, timeout->pending.result, false);
	spin_unlock(&ring->lock);
	if (posted)
		timeout_free(&timeout->pending);
	ring_put(ring);
}

/* Whoever pushes wakes: a push after the last look makes the next step begin at once. */
static long due_sleep(struct co *caller)
{
	co_park(caller);
	task_of(caller)->wait.what = "timeouts that are due";
	return CO_PENDING;
}

struct due_main {
	struct co co;
	struct due_task *due;
};

CO_STEP(due_main)
{
	CO_FRAME(due_main);
	struct ring_timeout *timeout;
	long woken;

	CO_BEGIN;
	for (;;) {
		while ((timeout = due_take(f->due))) {
			timeout_end(timeout);
			if (task_should_yield())
				AWAIT(woken, task_yield(co));
		}
		AWAIT(woken, due_sleep(co));
	}
	(void)woken;
	CO_END;
}

static long due_begin(struct co *caller, void *due)
{
	return CO_CALL(due_main, caller, .due = due);
}

void timeouts_init(void)
{
	for (u32 i = 0; i < hart_count; i++) {
		struct due_task *due = &due_tasks[i];

		task_init(&due->task, "ring timeouts", PRIORITY_SERVICE, due->arena, DUE_ARENA, NULL);
		task_pin(&due->task, i);
		task_start(&due->task, due_begin, due);
	}
}

/* --- counting completions --- */

/* At one posting. The completion of each is another one, after which the next ones have their turn. */
enum { COUNTED_AT_ONCE = 8 };

/* More than there can be timeouts in overflow, which have ended and are not posted: no count is 0, or less. */
#define COUNT_BEGIN (1ul << 40)

u64 timeout_count(const struct ring *ring)
{
	return COUNT_BEGIN + ring->cq_tail - ring->timeouts_ended;
}

void timeouts_count(struct ring *ring)
{
	struct ring_timeout *timeout;
	struct rb_node *first;

	for (u32 i = 0; i < COUNTED_AT_ONCE && (first = rb_first(&ring->counted)); i++) {
		timeout = rb_entry(first, struct ring_timeout, counted);
		if (timeout->target > timeout_count(ring))
			break;
		counted_leave(timeout);
		if (timer_disarm(&timeout->timer))
			due_push(timeout, 0);
	}
}

/* --- */

/* The timer's lock is held. */
static void timeout_expired(struct timer *timer)
{
	struct ring_timeout *timeout = container_of(timer, struct ring_timeout, timer);

	due_push(timeout, -ETIME);
}

/* Lock held: a timeout that a cancel finds. The caller arms it under the lock, so whoever finds it finds it armed, or
 * due. NULL: no memory. */
static inline struct ring_timeout *timeout_new(struct ring *ring, u64 user_data)
{
	struct ring_timeout *timeout = slab_alloc(&timeout_cache);

	if (unlikely(!timeout))
		return NULL;
	timeout->pending.entry.user_data = user_data;
	timeout->pending.ring = ring;
	timeout->pending.kind = PENDING_TIMEOUT;
	timeout->target = 0;
	timer_init(&timeout->timer, timeout_expired);
	pending_enter(&timeout->pending);
	atomic_add_relaxed(&ring->refs, 1u);
	return timeout;
}

long timeout_start(struct ring *ring, u64 user_data, u64 deadline)
{
	struct ring_timeout *timeout = timeout_new(ring, user_data);

	if (unlikely(!timeout))
		return OP_NOT_NOW;
	timer_arm(&timeout->timer, deadline);
	return CO_PENDING;
}

long timeout_start_counted(struct ring *ring, u64 user_data, u64 deadline, u64 target)
{
	struct ring_timeout *timeout = timeout_new(ring, user_data);

	if (!timeout)
		return OP_NOT_NOW;
	timeout->target = target;
	counted_enter(ring, timeout);
	timer_arm(&timeout->timer, deadline);
	timeouts_count(ring);
	return CO_PENDING;
}

long timeout_cancel(struct ring *ring, u64 user_data, struct ring_pending **ended)
{
	struct ring_pending *pending = pending_take(ring, PENDING_TIMEOUT, user_data);

	if (unlikely(!pending))
		return pending_cancel(ring, PENDING_BEGINS, user_data, ended);
	if (unlikely(!timer_disarm(&timeout_of(pending)->timer)))
		return -EALREADY;
	counted_leave(timeout_of(pending));
	*ended = pending;
	return OP_ENDED_ANOTHER;
}

/* Lock held. */
static long move_locked(struct ring *ring, u64 user_data, u64 deadline)
{
	struct index_entry *entry = index_find(&ring->pending[PENDING_TIMEOUT], user_data);
	struct timer *timer;

	if (!entry)
		return index_find(&ring->pending[PENDING_BEGINS], user_data) ? OP_NOT_NOW : -ENOENT;
	timer = &timeout_of(pending_of(entry))->timer;
	if (!timer_disarm(timer)) {
		pending_leave(pending_of(entry));
		return -EALREADY;
	}
	timer_arm(timer, deadline);
	return 0;
}

long timeout_move(struct ring *ring, u64 user_data, u64 deadline)
{
	long result;

	spin_lock(&ring->lock);
	result = move_locked(ring, user_data, deadline);
	spin_unlock(&ring->lock);
	return result;
}

bool timeout_drop(struct ring_pending *pending)
{
	counted_leave(timeout_of(pending));
	return timer_disarm(&timeout_of(pending)->timer);
}
