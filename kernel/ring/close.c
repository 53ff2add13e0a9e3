/* close.c - the end of a ring: what is pending is told to end, a piece at a time, by a task that lies in the ring.
 *
 *     the last descriptor is gone --+
 *                                   +--> sweep the indexes --> those told to end earlier --> ring_put
 *     no poller, or it is gone   ---+
 *
 * Nobody submits any more, so the sweep meets everything. What was told ends by itself, and holds the ring meanwhile.
 */
#include "kernel/ring/request.h"
#include "kernel/ring/timeout.h"

struct close_main {
	struct co co;
	struct ring *ring;
	u32 kind, bucket;
};

/* Lock held: end PENDING, which is indexed or was told to end. True: the caller frees it; false: it ends by itself. */
static bool end_one(struct ring_pending *pending)
{
	pending_leave(pending);
	if (pending->kind == PENDING_TIMEOUT)
		return timeout_drop(pending);
	task_cancel(&request_of_pending(pending)->request.task, CANCEL_KILL);
	return false;
}

/* Lock held: the next one; NULL with MORE: look again. */
static struct ring_pending *next(struct close_main *f, bool *more)
{
	struct ring *ring = f->ring;
	struct index_entry *entry;

	*more = true;
	if (f->kind < PENDING_KINDS) {
		entry = index_sweep(&ring->pending[f->kind], &f->bucket);
		if (entry)
			return pending_of(entry);
		if (f->bucket == ring->pending[f->kind].size) {
			f->kind++;
			f->bucket = 0;
		}
		return NULL;
	}
	*more = !list_is_empty(&ring->told);
	return *more ? list_entry(ring->told.next, struct ring_pending, entry.same) : NULL;
}

/* False: there is nothing left. */
static bool close_some(struct close_main *f)
{
	struct ring *ring = f->ring;
	struct ring_pending *pending;
	bool more, ours;

	spin_lock(&ring->lock);
	pending = next(f, &more);
	ours = pending && end_one(pending);
	spin_unlock(&ring->lock);
	if (ours) {
		pending_free(pending);
		ring_put(ring); /* not the last: we have one */
	}
	return more;
}

CO_STEP(close_main)
{
	CO_FRAME(close_main);
	long err;

	CO_BEGIN;
	while (close_some(f))
		if (task_should_yield())
			AWAIT(err, task_yield(co));
	(void)err;
	CO_RETURN(0);
	CO_END;
}

static long close_begin(struct co *caller, void *ring)
{
	return CO_CALL(close_main, caller, .ring = ring);
}

static void close_done(struct task *task, long result)
{
	(void)result;
	ring_put(container_of(task, struct ring, closer));
}

void ring_close(struct ring *ring)
{
	task_init(&ring->closer, "ring closer", PRIORITY_SERVICE, ring->closer_arena, CLOSER_ARENA, close_done);
	task_start(&ring->closer, close_begin, ring);
}
