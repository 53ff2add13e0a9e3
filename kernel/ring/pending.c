/* pending.c - what is under way in a ring: entered, found, told to end.
 *
 *     ring->pending[kind]  -- pending_cancel, close -->  ring->told      it ends by itself, soon
 *            |                                             |
 *            +--------------- pending_leave ---------------+--> CQE, or overflow
 *
 * Timeouts, those that begin, polls and the rest have an index each, since TIMEOUT_REMOVE and POLL_REMOVE look for
 * their own alone.
 */
#include "kernel/abi/errno.h"
#include "kernel/ring/request.h"
#include "kernel/ring/timeout.h"

void pending_leave(struct ring_pending *pending)
{
	if (likely(pending->indexed))
		index_remove(&pending->ring->pending[pending->kind], &pending->entry);
	else
		list_remove(&pending->entry.same); /* from ring->told, or from nowhere */
	pending->indexed = false;
}

void pending_free(struct ring_pending *pending)
{
	if (pending->kind == PENDING_TIMEOUT)
		timeout_free(pending);
	else
		request_free(request_of_pending(pending));
}

long pending_cancel(struct ring *ring, enum pending_kind kind, u64 user_data, struct ring_pending **ended)
{
	struct ring_request *request;
	struct ring_pending *pending;
	long result;

	if (kind == PENDING_TIMEOUT)
		return timeout_cancel(ring, user_data, ended);
	pending = pending_take(ring, kind, user_data);
	if (!pending)
		return -ENOENT;
	/* The lock keeps it: it leaves ring->told before it is freed. */
	request = request_of_pending(pending);
	/* one that begins looks at what it was told before it has begun */
	result = kind == PENDING_BEGINS || load_acquire(&request->request.task.wait.state) == WAIT_INTERRUPTIBLE
			 ? 0
			 : -EALREADY;
	list_push_back(&ring->told, &request->pending.entry.same);
	task_cancel(&request->request.task, CANCEL_INTERRUPT);
	return result;
}
