/* poll.c - who is told when a file becomes ready.
 *
 * No change is lost: the poller enters its node before it looks at the state, the object changes its state before it
 * looks for nodes, and both hold the queue's lock for their half.
 */
#include "kernel/fs/poll.h"

void poll_queue_init(struct poll_queue *queue)
{
	spin_init(&queue->lock, RANK_POLL);
	list_init(&queue->nodes);
}

void poll_table_add(struct poll_table *table, struct poll_queue *queue)
{
	struct poll_node *node = table ? table->node : NULL;

	if (!node)
		return;
	node->queue = queue;
	spin_lock(&queue->lock);
	list_push_back(&queue->nodes, &node->link);
	spin_unlock(&queue->lock);
}

void poll_node_remove(struct poll_node *node)
{
	struct poll_queue *queue = node->queue;

	if (!queue)
		return;
	/* Callbacks run under this lock: none of the node's is under way after it. */
	spin_lock(&queue->lock);
	list_remove(&node->link);
	spin_unlock(&queue->lock);
	node->queue = NULL;
}

void poll_queue_signal(struct poll_queue *queue, u32 events)
{
	struct poll_node *node, *next;

	spin_lock(&queue->lock);
	list_for_each_safe (node, next, &queue->nodes, link)
		if (events & (node->events | POLL_ERR | POLL_HUP))
			node->changed(node, events);
	spin_unlock(&queue->lock);
}
