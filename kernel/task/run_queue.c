/* run_queue.c - the ready tasks of one hart. */
#include "kernel/task/run_queue.h"

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
	if (level->head)
		level->tail->next = &task->next;
	else
		level->head = &task->next;
	level->tail = &task->next;
	store_relaxed(&queue->ready, queue->ready | 1u << task->priority);
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

enum { KERNEL_LEVELS = (1 << PRIORITY_USER_FIRST) - 1 };

/* The first level from P on in READY, which has one. Counting the zeros of a word is a call on harts without Zbb. */
static inline u32 first_level(u32 ready, u32 p)
{
	while (!(ready >> p & 1))
		p++;
	return p;
}

static inline u32 choose_level(struct run_queue *queue)
{
	u32 user = queue->ready & ~(u32)KERNEL_LEVELS, kernel = queue->ready & KERNEL_LEVELS;

	if (likely(!kernel) || (user && queue->streak >= FLOOR_STREAK)) {
		queue->streak = 0;
		return first_level(user, PRIORITY_USER_FIRST);
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
