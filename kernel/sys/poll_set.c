/* poll_set.c - see poll.h.
 *
 * Locks: a file's poll queue (RANK_POLL), then the set's (RANK_WAIT).
 */
#include "kernel/fs/file.h"
#include "kernel/sys/poll.h"

void poll_set_init(struct poll_set *set)
{
	spin_init(&set->lock, RANK_WAIT);
	wait_queue_init(&set->queue);
	set->changed = false;
}

struct poll_set_wait {
	struct co co;
	struct poll_set *set;
	u64 deadline;
};

CO_STEP(poll_set_wait)
{
	CO_FRAME(poll_set_wait);
	long err;

	CO_BEGIN;
	AWAIT_UNTIL_FULL(err, &f->set->lock, &f->set->queue, WAIT_INTERRUPTIBLE, f->deadline, f->set->changed);
	/* before the caller looks: what changes from here on ends the next wait */
	f->set->changed = false;
	spin_unlock(&f->set->lock);
	CO_RETURN(err);
	CO_END;
}

long poll_set_wait(struct co *caller, struct poll_set *set, u64 deadline)
{
	return CO_CALL(poll_set_wait, caller, .set = set, .deadline = deadline);
}

/* The queue's lock is held: only wake. */
static void watch_changed(struct poll_node *node, u32 events)
{
	struct poll_set *set = container_of(node, struct poll_watch, node)->set;

	(void)events;
	spin_lock(&set->lock);
	set->changed = true;
	wait_wake_all(&set->queue);
	spin_unlock(&set->lock);
}

u32 poll_ask(struct file *file, struct poll_table *table, u32 events)
{
	u32 ready = file->ops->poll ? file->ops->poll(file, table) : POLL_IN | POLL_OUT;

	if (ready & POLL_IN)
		ready |= POLL_RDNORM;
	if (ready & POLL_OUT)
		ready |= POLL_WRNORM;
	return ready & (events | POLL_ERR | POLL_HUP);
}

u32 poll_file(struct file *file, u32 events)
{
	return poll_ask(file, NULL, events);
}

u32 poll_watch_enter(struct poll_watch *watch, struct poll_set *set, struct file *file, u32 events)
{
	struct poll_table table = { &watch->node };

	*watch = (struct poll_watch){ .node = { .events = poll_events_wanted(events), .changed = watch_changed },
				      .set = set,
				      .file = file,
				      .events = events };
	list_init(&watch->node.link);
	return poll_ask(file, &table, events);
}

u32 poll_watch_look(const struct poll_watch *watch)
{
	return poll_ask(watch->file, NULL, watch->events);
}

void poll_watch_leave(struct poll_watch *watch)
{
	poll_node_remove(&watch->node);
}
