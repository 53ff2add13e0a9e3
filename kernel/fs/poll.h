/* poll.h - readiness: who wants to know when a file may be read or written.
 *
 * Each pollable object has a struct poll_queue beside its wait queues. Asking (file->ops->poll with a table) answers
 * what is ready now and, if the table says so, enters a node that is called at the next change. A node's callback runs
 * with the queue's lock held: it may only wake a task.
 */
#pragma once

#include "kernel/hart/lock.h"
#include "lib/list.h"

enum { POLL_IN = 1, POLL_PRI = 2, POLL_OUT = 4, POLL_ERR = 8, POLL_HUP = 16, POLL_NVAL = 32 };

struct poll_queue {
	struct spinlock lock; /* rank RANK_POLL; guards nodes */
	struct list nodes;
};

struct poll_node {
	struct list link;
	struct poll_queue *queue; /* NULL: not entered */
	u32 events;		  /* what the node wants to hear of; POLL_ERR and POLL_HUP always */
	bool changed_once;	  /* the callback's own */
	void (*changed)(struct poll_node *node, u32 events);
};

/* Passed to file->ops->poll: NODE is entered into the object's queue; NULL: only ask. */
struct poll_table {
	struct poll_node *node;
};

void poll_queue_init(struct poll_queue *queue);
/* For ops->poll: enter the table's node, if there is one, into QUEUE. Call it before looking at what is ready. */
void poll_table_add(struct poll_table *table, struct poll_queue *queue);
/* After this the callback does not run and is not running. */
void poll_node_remove(struct poll_node *node);
/* The object's state changed: EVENTS became ready. */
void poll_queue_signal(struct poll_queue *queue, u32 events);

/* The same, cheap when nobody polls: for objects whose ops->poll looks at the state under the lock that the caller
 * holds. Whoever has entered its node by then is seen here; whoever has not will see the new state. */
static inline void poll_queue_tell(struct poll_queue *queue, u32 events)
{
	if (unlikely(!list_is_empty(&queue->nodes)))
		poll_queue_signal(queue, events);
}
