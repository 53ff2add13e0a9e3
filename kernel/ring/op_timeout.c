/* op_timeout.c - a request that ends when a time has come, or a number of completions.
 *
 * Timeouts are made in great numbers and mostly taken back, so they are found in a tree:
 *
 *     ring->timeouts_by_data   [ 40 | 7 | 7 | 3 ]   by user data, the largest first; equal ones: the newest
 *
 * Invariant: a timeout is in the tree from its first step to its last. Whoever holds the ring's lock and finds one
 * there may tell its task to end.
 */
#include "kernel/abi/errno.h"
#include "kernel/mm/user.h"
#include "kernel/ring/ops.h"
#include "kernel/ring/ring.h"
#include "kernel/sys/timespec.h"

enum {
	FLAGS_KNOWN = IORING_TIMEOUT_ABS | IORING_TIMEOUT_BOOTTIME | IORING_TIMEOUT_REALTIME |
		      IORING_TIMEOUT_ETIME_SUCCESS
};

/* What ends the wait of a timeout that is given another time. */
enum { TIMEOUT_CHANGED = 1 };

struct op_timeout {
	struct co co;
	struct op *op;
	struct rb_node node; /* in ring->timeouts_by_data */
	u64 user_data;
	u64 deadline;
	u32 target; /* cq_tail that ends it, if op->offset is not 0 */
	union {
		struct abi_timespec time; /* at first; then */
		struct wait_timer timer;
	};
};

static inline struct op_timeout *timeout_of(struct rb_node *node)
{
	return rb_entry(node, struct op_timeout, node);
}

static u64 deadline_of(u32 flags, u64 ns)
{
	if (!(flags & IORING_TIMEOUT_ABS))
		return deadline_after(ns);
	return flags & IORING_TIMEOUT_REALTIME ? realtime_deadline(ns) : ns;
}

/* Lock held: have enough completions been posted since the start? */
static bool counted(const struct op_timeout *f, const struct ring *ring)
{
	return f->op->offset && (s32)(ring->cq_tail - f->target) >= 0;
}

/* Where a timeout goes in TREE, and below which node. User data that counts up, as it often does, is at once there. */
static struct rb_node **place_of(struct rb_tree *tree, u64 user_data, struct rb_node **parent)
{
	struct rb_node **link = &tree->root, *first = rb_first(tree);

	*parent = NULL;
	if (first && user_data >= timeout_of(first)->user_data)
		link = &first->left, *parent = first;
	while (*link) {
		*parent = *link;
		link = user_data < timeout_of(*parent)->user_data ? &(*parent)->right : &(*parent)->left;
	}
	return link;
}

static void pending_enter(struct op_timeout *f, struct ring *ring)
{
	struct rb_node **link, *parent;

	f->user_data = ring_request_of(&f->co)->user_data;
	spin_lock(&ring->lock);
	link = place_of(&ring->timeouts_by_data, f->user_data, &parent);
	rb_insert(&ring->timeouts_by_data, &f->node, parent, link);
	f->target = ring->cq_tail + (u32)f->op->offset;
	ring->counted_timeouts += f->op->offset != 0;
	spin_unlock(&ring->lock);
}

/* Lock held. */
static void pending_leave_locked(struct op_timeout *f, struct ring *ring)
{
	rb_remove(&ring->timeouts_by_data, &f->node);
	ring->counted_timeouts -= f->op->offset != 0;
}

/* Lock held: the oldest with that USER_DATA; NULL: there is none. */
static struct ring_request *pending_find_locked(struct ring *ring, u64 user_data)
{
	struct rb_node *node = ring->timeouts_by_data.root;
	struct op_timeout *timeout, *found = NULL;

	while (node) {
		timeout = timeout_of(node);
		if (timeout->user_data == user_data)
			found = timeout;
		node = timeout->user_data < user_data ? node->left : node->right;
	}
	return found ? ring_request_of(&found->co) : NULL;
}

CO_STEP(op_timeout)
{
	CO_FRAME(op_timeout);
	struct ring *ring = ring_request_of(co)->ring;
	long err;
	u64 ns;

	CO_BEGIN;
	pending_enter(f, ring);
	AWAIT(err, user_read(co, user_space_of(co), &f->time, f->op->address, sizeof(f->time)));
	if (!err && !timespec_to_ns(&f->time, &ns))
		err = -EINVAL;
	if (err) {
		spin_lock(&ring->lock);
		goto out;
	}
	f->deadline = deadline_of(f->op->flags, ns);
	task_lend_timer(task_of(co), &f->timer);
	for (;;) {
		AWAIT_UNTIL_FULL(err, &ring->lock, &ring->timeouts, WAIT_INTERRUPTIBLE, f->deadline, counted(f, ring));
		if (err != TIMEOUT_CHANGED)
			break;
		f->deadline = f->op->address; /* written by timeout_update, under the lock */
		spin_unlock(&ring->lock);
	}
out:
	pending_leave_locked(f, ring);
	spin_unlock(&ring->lock);
	CO_RETURN(err);
	CO_END;
}

long op_timeout(struct co *caller, struct op *op)
{
	return CO_CALL(op_timeout, caller, .op = op);
}

long timeout_from_sqe(struct op *op, const struct io_uring_sqe *sqe)
{
	if (sqe->len != 1 || sqe->ioprio || sqe->buf_index || sqe->splice_fd_in ||
	    (sqe->timeout_flags & ~(u32)FLAGS_KNOWN) || sqe->off > UINT32_MAX)
		return -EINVAL;
	if ((sqe->timeout_flags & IORING_TIMEOUT_BOOTTIME) && (sqe->timeout_flags & IORING_TIMEOUT_REALTIME))
		return -EINVAL;
	op->address = sqe->addr;
	op->offset = sqe->off;
	op->flags = sqe->timeout_flags;
	return 0;
}

long timeout_cancel(struct ring *ring, u64 user_data)
{
	struct ring_request *found;
	long result = -ENOENT;

	spin_lock(&ring->lock);
	found = pending_find_locked(ring, user_data);
	if (found) {
		result = load_acquire(&found->request.task.wait.state) == WAIT_INTERRUPTIBLE ? 0 : -EALREADY;
		task_cancel(&found->request.task, CANCEL_INTERRUPT);
	}
	spin_unlock(&ring->lock);
	return result;
}

/* --- another time for a timeout that waits --- */

struct timeout_update {
	struct co co;
	struct op *op;
	struct abi_timespec time;
};

CO_STEP(timeout_update)
{
	CO_FRAME(timeout_update);
	struct ring *ring = ring_request_of(co)->ring;
	struct ring_request *found;
	long err;
	u64 ns;

	CO_BEGIN;
	AWAIT(err, user_read(co, user_space_of(co), &f->time, f->op->offset, sizeof(f->time)));
	if (err)
		CO_RETURN(err);
	if (!timespec_to_ns(&f->time, &ns))
		CO_RETURN(-EINVAL);
	err = -ENOENT;
	spin_lock(&ring->lock);
	found = pending_find_locked(ring, f->op->address);
	if (found) {
		err = task_end_wait(&found->request.task, TIMEOUT_CHANGED) ? 0 : -EALREADY;
		if (!err) /* it looks when it has the lock */
			found->op.address = deadline_of(f->op->flags, ns);
	}
	spin_unlock(&ring->lock);
	CO_RETURN(err);
	CO_END;
}

long op_timeout_update(struct co *caller, struct op *op)
{
	return CO_CALL(timeout_update, caller, .op = op);
}
