/* batch.h - completions of operations that answered at once without the ring's lock, until they are posted together:
 * under one lock, with one store of the tail, one waking, one chime.
 *
 * A batch lives on the stack within a step, never across an await. Its entries of the CQ are reserved before the
 * operations run, so that posting it cannot fail. The functions are cq.c's.
 */
#pragma once

#include "kernel/abi/io_uring.h"
#include "lib/types.h"

struct ring;
struct ring_step;
struct task;

enum { RING_BATCH = 64 };
struct ring_batch {
	struct io_uring_cqe *next, *end; /* answers up to next; reserved up to end */
	bool news;			 /* some have been posted, and nobody outside was told yet */
	struct io_uring_cqe answers[RING_BATCH];
};

static inline bool ring_batch_is_full(const struct ring_batch *batch)
{
	return batch->next == batch->end;
}

/* Not when it is full. */
static inline void ring_batch_add(struct ring_batch *batch, u64 user_data, long result)
{
	*batch->next++ = (struct io_uring_cqe){ .user_data = user_data, .res = (s32)result };
}

/* Become the submitter, with an empty BATCH and no room in it: 0. -EBUSY: too many completions wait for room.
 * OP_NOT_NOW: another task is the submitter. */
long ring_batch_begin(struct ring *ring, struct task *task, struct ring_batch *batch);
/* An empty BATCH for a submitter that has one entry reserved already: gives that back. */
void ring_batch_one(struct ring *ring, struct ring_batch *batch);
/* Post what is in BATCH, and reserve room for up to COUNT answers more: false: there is none (or COUNT is 0). */
bool ring_batch_post(struct ring *ring, struct ring_batch *batch, u32 count);
/* Post what is in it, give back the room that was not used, let the next one submit, and tell those outside. */
void ring_batch_end(struct ring *ring, struct ring_batch *batch);

/* The submitter's run of operations on the ring itself (step.h): take the lock, post what is in BATCH, and begin. How
 * many completions may be stored from ring->cq_tail on; 0: the CQ has no room, and the lock is not held. */
u32 ring_run_begin(struct ring *ring, struct ring_batch *batch);
/* Its end: TAIL is where the CQ ends now. Publish that, complete what has ended, and let the lock go. */
void ring_run_end(struct ring_step *step, struct ring_batch *batch, u64 tail);
