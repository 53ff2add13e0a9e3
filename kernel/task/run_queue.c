/* run_queue.c - the ready tasks of one hart. */
#include "kernel/task/run_queue.h"

#include "kernel/hart/clock.h"

void run_queue_init(struct run_queue *queue)
{
	*queue = (struct run_queue){ .lock = SPINLOCK_INIT(RANK_QUEUE) };
}

static struct task *task_at(struct inbox_node *node)
{
	return container_of(node, struct task, next);
}

void run_queue_push(struct run_queue *queue, struct task *task)
{
	struct run_level *level = &queue->levels[task->priority];

	task->next.next = NULL;
	spin_lock(&queue->lock);
	if (level->head) {
		level->tail->next = &task->next;
	} else {
		level->head = &task->next;
		store_relaxed(&queue->ready, queue->ready | 1u << task->priority);
	}
	level->tail = &task->next;
	store_relaxed(&queue->count, queue->count + 1);
	spin_unlock(&queue->lock);
}

/* Take out the node after PREVIOUS (NULL: the head) of level P. */
static inline __attribute__((always_inline)) struct task *level_remove(struct run_queue *queue, u32 p,
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
		store_relaxed(&queue->ready, queue->ready & ~(1u << p));
	store_relaxed(&queue->count, queue->count - 1);
	return task_at(node);
}

enum {
	KERNEL_LEVELS = (1 << PRIORITY_USER_FIRST) - 1,
	USER_LEVELS = (2 << PRIORITY_USER_LAST) - (1 << PRIORITY_USER_FIRST),
};

/* The first level from P on in READY, which has one. Counting the zeros of a word is a call on harts without Zbb. */
static inline u32 first_level(u32 ready, u32 p)
{
	while (!(ready >> p & 1))
		p++;
	return p;
}

/* The debt to those who are passed over, now that a turn is over and the next one passes over WORSE. */
static void debt_settle(struct run_queue *queue, u32 worse)
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
static __attribute__((noinline)) u32 choose_owed(struct run_queue *queue, u32 best, u32 worse)
{
	u32 after = worse & ~((2u << queue->last_owed) - 1);

	debt_settle(queue, worse);
	queue->owed = worse && queue->debt >= OWED_SLICES * (u64)SLICE_NS;
	if (!queue->owed)
		return best;
	queue->passes_over = false; /* so the turn pays, by its length */
	queue->last_owed = first_level(after ? after : worse, PRIORITY_USER_FIRST);
	return queue->last_owed;
}

static inline u32 choose_user(struct run_queue *queue, u32 user)
{
	u32 best = first_level(user, PRIORITY_USER_FIRST), worse = user & ~(1u << best) & USER_LEVELS;

	return likely(!worse && !queue->passes_over) ? best : choose_owed(queue, best, worse);
}

static inline u32 choose_level(struct run_queue *queue)
{
	u32 user = queue->ready & ~(u32)KERNEL_LEVELS, kernel = queue->ready & KERNEL_LEVELS;

	queue->owed = false;
	if (likely(queue->ready == 1u << PRIORITY_USER && !queue->passes_over)) { /* the common case, for its cost */
		queue->streak = 0;
		return PRIORITY_USER;
	}
	if (likely(!kernel) || (user && queue->streak >= FLOOR_STREAK)) {
		queue->streak = 0;
		return choose_user(queue, user);
	}
	queue->streak = user ? queue->streak + 1 : 0;
	return first_level(kernel, 0);
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

struct task *run_queue_steal(struct run_queue *queue)
{
	struct inbox_node *node, *previous;
	struct task *task = NULL;

	if (!load_relaxed(&queue->ready))
		return NULL;
	/* Not a try: the thief is about to sleep, and nobody would tell it of a task that it passed by. */
	spin_lock(&queue->lock);
	for (u32 p = 0; p < PRIORITY_COUNT && !task; p++)
		for (node = queue->levels[p].head, previous = NULL; node; previous = node, node = node->next)
			if (!task_at(node)->pinned) {
				task = level_remove(queue, p, previous);
				break;
			}
	spin_unlock(&queue->lock);
	return task;
}
