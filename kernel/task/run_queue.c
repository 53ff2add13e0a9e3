/* run_queue.c - the ready tasks of one hart. */
#include "kernel/task/run_queue.h"

#include "kernel/hart/clock.h"
#include "kernel/task/task_share.h"

void run_queue_init(struct run_queue *queue)
{
	*queue = (struct run_queue){ .lock = SPINLOCK_INIT(RANK_QUEUE) };
}

static struct task *task_at(struct inbox_node *node)
{
	return container_of(node, struct task, next);
}

void run_queue_push(struct run_queue *queue, struct task *task, u64 p)
{
	struct run_level *level = &queue->levels[p];

	task->next.next = NULL;
	spin_lock(&queue->lock);
	store_relaxed(&queue->count, queue->count + 1);
	if (level->head) {
		level->tail->next = &task->next;
	} else {
		level->head = &task->next;
		store_relaxed(&queue->ready, queue->ready | BIT(p));
	}
	level->tail = &task->next;
	spin_unlock(&queue->lock);
}

/* Take out the node after PREVIOUS (NULL: the head) of level P. */
static inline __attribute__((always_inline)) struct task *level_remove(struct run_queue *queue, u64 p,
								       struct inbox_node *previous)
{
	struct run_level *level = &queue->levels[p];
	struct inbox_node *node = previous ? previous->next : level->head;

	if (previous)
		previous->next = node->next;
	else
		level->head = node->next;
	if (level->tail == node)
		level->tail = previous;
	if (!level->head)
		store_relaxed(&queue->ready, queue->ready & ~BIT(p));
	store_relaxed(&queue->count, queue->count - 1);
	return task_at(node);
}

#define KERNEL_LEVELS (BIT(PRIORITY_USER_FIRST) - 1)
#define USER_LEVELS   ((2ul << PRIORITY_USER_LAST) - BIT(PRIORITY_USER_FIRST))
#define NICE_LEVELS   ((2ul << PRIORITY_BACKGROUND) - BIT(PRIORITY_NICE_FIRST))

/* The first level in READY, which has one. */
static inline u32 first_level(u64 ready)
{
	return (u32)__builtin_ctzl(ready);
}

/* --- the levels of nice values --- */

/* 1024 / 1.25^nice; the last one is that of the threads that only want what nobody else does. */
static const u32 weights[] = {
	88818, 71054, 56843, 45475, 36380, 29104, 23283, 18626, 14901, 11921, 9537, 7629, 6104, 4883,
	3906,  3125,  2500,  2000,  1600,  1280,  1024,	 819,	655,   524,   419,  336,  268,	215,
	172,   137,   110,   88,    70,	   56,	  45,	 36,	29,    23,    18,   15,	  3,
};
_Static_assert(ARRAY_SIZE(weights) == PRIORITY_BACKGROUND - PRIORITY_NICE_FIRST + 1, "a weight for each level");

static u64 weight(u32 level)
{
	return weights[level - PRIORITY_NICE_FIRST];
}

u32 run_queue_slice(u32 level, u32 better)
{
	return (u32)max(SLICE_NS * weight(level) / weight(better), (u64)SLICE_LEAST_NS);
}

/* NS that a thread of WEIGHT has run, in units of 1/16 ns of one of nice 0. */
static u64 units(u64 ns, u64 weight)
{
	return ns * (1024 * 16) / weight;
}

/* A turn counts for two slices at most, whatever has kept the hart. */
#define TURN_MOST (2ul * SLICE_NS)

void run_queue_weigh(struct run_queue *queue, struct task *task)
{
	struct task_share *share = task->share;

	queue->weighed = false;
	if (unlikely(!share))
		return;
	share->used += units(min(clock_now() - queue->began, TURN_MOST), queue->weight);
	if (queue->alone)
		queue->used = share->used;
}

void run_queue_go_on(struct run_queue *queue, struct task *task)
{
	queue->owed = 0;
	if (!queue->weighed)
		return;
	run_queue_weigh(queue, task);
	queue->weighed = queue->alone = true;
	queue->began = clock_now();
}

/* How far the first thread of level P is ahead. Who has been away has not moved on with the others, and nobody can be
 * farther ahead than by a turn. Tasks of the kernel have used nothing: a poller gives way by itself. */
static u64 lead(struct run_queue *queue, u32 p)
{
	struct task_share *share = task_at(queue->levels[p].head)->share;

	if (unlikely(!share))
		return 0;
	if (share->used - queue->used > units(TURN_MOST, weight(p)))
		share->used = queue->used;
	return share->used - queue->used;
}

static __attribute__((noinline)) u32 choose_shared(struct run_queue *queue, u64 shared)
{
	u32 first = first_level(shared), least = first;
	u64 least_lead = lead(queue, first), other;

	for (u64 left = shared & (shared - 1); left; left &= left - 1) {
		other = lead(queue, first_level(left));
		if (other >= least_lead)
			continue;
		least = first_level(left);
		least_lead = other;
	}
	queue->used += least_lead;
	queue->weighed = true;
	queue->alone = shared == BIT(least);
	queue->weight = (u32)weight(least);
	queue->began = clock_now();
	if (least != first && !queue->owed) {
		queue->owed = run_queue_slice(least, first);
		queue->owed_by = first;
	}
	return least;
}

/* --- the others --- */

/* The debt to those who are passed over, now that a turn is over and the next one passes over WORSE. */
static void debt_settle(struct run_queue *queue, bool worse)
{
	u64 now = clock_now(), elapsed = min(now - queue->looked_at, (u64)SLICE_NS);

	if (queue->passes_over)
		queue->debt += elapsed;
	else
		queue->debt -= min(queue->debt, OWED_SLICES * (now - queue->looked_at));
	queue->passes_over = worse;
	queue->looked_at = now;
}

/* BEST, the best user level that is ready, or one of the WORSE ones if that is owed. */
static __attribute__((noinline)) u32 choose_owed(struct run_queue *queue, u32 best, u64 worse)
{
	u64 after = worse & ~((2ul << queue->last_owed) - 1);

	debt_settle(queue, worse);
	if (!worse || queue->debt < OWED_SLICES * (u64)SLICE_NS)
		return best;
	queue->owed = SLICE_NS;
	queue->owed_by = PRIORITY_USER_FIRST;
	queue->passes_over = false; /* so the turn pays, by its length */
	queue->last_owed = first_level(after ? after : worse);
	return queue->last_owed;
}

/* Of the user levels that are ready, those of nice values taken for one. */
static __attribute__((noinline)) u32 choose_user(struct run_queue *queue, u64 user)
{
	u64 shared = user & NICE_LEVELS, one = shared ? (user & ~NICE_LEVELS) | BIT(PRIORITY_USER) : user;
	u32 level = first_level(one);
	u64 worse = one & ~BIT(level) & USER_LEVELS;

	if (worse || queue->passes_over)
		level = choose_owed(queue, level, worse);
	if (level == PRIORITY_USER && shared != BIT(PRIORITY_USER))
		level = choose_shared(queue, shared);
	return level;
}

static inline u64 choose_level(struct run_queue *queue)
{
	u64 user = queue->ready & ~KERNEL_LEVELS, kernel = queue->ready & KERNEL_LEVELS;

	queue->owed = 0;
	if (likely(queue->ready == BIT(PRIORITY_USER) && !queue->passes_over)) { /* the common case, for its cost */
		queue->streak = 0;
		return PRIORITY_USER;
	}
	if (likely(!kernel) || (user && queue->streak >= FLOOR_STREAK)) {
		queue->streak = 0;
		return choose_user(queue, user);
	}
	queue->streak = user ? queue->streak + 1 : 0;
	return kernel & 1 ? PRIORITY_DRIVER : PRIORITY_SERVICE;
}

struct task *run_queue_pop(struct run_queue *queue)
{
	struct task *task = NULL;

	if (!load_relaxed(&queue->ready))
		return NULL; /* only we push, so nothing can be missed */
	spin_lock(&queue->lock);
	if (queue->ready)
		task = level_remove(queue, choose_level(queue), NULL);
	spin_unlock(&queue->lock);
	return task;
}

static struct task *level_steal(struct run_queue *queue, u32 p, u32 *elsewhere)
{
	struct inbox_node *node, *previous = NULL;

	for (node = queue->levels[p].head; node; previous = node, node = node->next) {
		if (task_at(node)->allowed >> hart()->index & 1)
			return level_remove(queue, p, previous);
		*elsewhere |= task_at(node)->allowed;
	}
	return NULL;
}

struct task *run_queue_steal(struct run_queue *queue, u32 *elsewhere)
{
	struct task *task = NULL;

	if (!load_relaxed(&queue->ready))
		return NULL;
	/* Not a try: the thief is about to sleep, and nobody would tell it of a task that it passed by. */
	spin_lock(&queue->lock);
	for (u64 left = queue->ready; left && !task; left &= left - 1)
		task = level_steal(queue, first_level(left), elsewhere);
	spin_unlock(&queue->lock);
	return task;
}
