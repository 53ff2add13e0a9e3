/* submit.c - from SQEs to running operations.
 *
 *     SQ array -> index (checked) -> SQE, copied once -> struct op -> task
 *                                                          |   answered at once: CQE, the request serves the next SQE
 *                                                          +-- CO_PENDING: the request lives on; its end posts the CQE
 */
#include "kernel/abi/errno.h"
#include "kernel/mm/slab.h"
#include "kernel/ring/opcodes.h"
#include "kernel/ring/ring.h"

enum { SQE_FLAGS_KNOWN = IOSQE_ASYNC }; /* everything is asynchronous anyway */

static struct slab_cache request_cache = SLAB_CACHE(request_cache, "ring_request", sizeof(struct ring_request));

/* Operations by the ring's opcode. */
static const struct operation *by_opcode[IORING_OP_LAST];

void ring_opcodes_init(void)
{
	for (u32 i = 0; i < OP_COUNT; i++)
		by_opcode[operations[i].sqe_opcode] = &operations[i];
}

bool ring_opcode_is_supported(u32 opcode)
{
	return opcode < IORING_OP_LAST && by_opcode[opcode];
}

void ring_request_free(struct ring_request *request)
{
	slab_free(&request_cache, request);
}

/* What a ring's program sees of an operation that was told to stop. */
static long visible(const struct task *task, long result)
{
	return result == -EINTR && load_relaxed(&task->cancel) != CANCEL_NONE ? -ECANCELED : result;
}

/* The last step of an operation that had suspended. */
static void request_done(struct task *task, long result)
{
	struct ring_request *request = container_of(task, struct ring_request, request.task);
	struct process *process = task->process;
	struct ring *ring = request->ring;
	bool kept;

	request_leave(process, &request->request);
	spin_lock(&ring->lock);
	ring->in_flight--;
	spin_unlock(&ring->lock);
	kept = ring_complete(ring, request, visible(task, result), false);
	if (!kept)
		ring_request_free(request);
	ring_put(ring);
	process_put(process);
}

struct ring_run {
	struct co co;
	const struct operation *operation;
};

CO_STEP(ring_run)
{
	CO_FRAME(ring_run);
	long result;

	CO_BEGIN;
	AWAIT(result, f->operation->start(co, &ring_request_of(co)->op));
	CO_RETURN(result);
	CO_END;
}

/* Copy the next SQE out of the shared memory: false if its index is no index. The program may write meanwhile; whatever
 * mixture we get is what is checked and used. */
static inline bool sqe_take(struct ring *ring, struct io_uring_sqe *sqe)
{
	u32 mask = ring->sq_entries - 1, index = ring->sq_head & mask;

	if (ring->sq_array)
		index = load_relaxed(&ring->sq_array[index]);
	if (unlikely(index > mask))
		return false;
	__builtin_memcpy(sqe, &ring->sqes[index], sizeof(*sqe));
	/* From here on the compiler must take the copy: the original may have changed. */
	__asm__ volatile("" ::: "memory");
	return true;
}

/* A request ready for the next SQE: the spare one, or a new one. NULL: no memory. */
static struct ring_request *request_prepare(struct ring *ring, struct ring_request *spare)
{
	struct ring_request *request = spare ? spare : slab_alloc(&request_cache);

	if (request)
		request->ring = ring;
	return request;
}

/* Make the request a task that can wait. */
static void request_make_task(struct ring_request *request, struct process *process)
{
	task_init(&request->request.task, "ring request", PRIORITY_SERVICE, request->arena, REQUEST_ARENA, request_done);
	request->request.task.process = process;
}

/* Everything a pending request holds; taken before it starts, since afterwards it may be gone at any time. */
static void request_hold(struct ring_request *request)
{
	struct ring *ring = request->ring;

	atomic_add_relaxed(&ring->refs, 1u);
	atomic_add_relaxed(&request->request.task.process->refs, 1u);
	request_enter(request->request.task.process, &request->request);
	spin_lock(&ring->lock);
	ring->in_flight++;
	ring->in_flight_max = max(ring->in_flight_max, ring->in_flight);
	spin_unlock(&ring->lock);
}

static void request_unhold(struct ring_request *request)
{
	struct ring *ring = request->ring;
	struct process *process = request->request.task.process;

	request_leave(process, &request->request);
	spin_lock(&ring->lock);
	ring->in_flight--;
	spin_unlock(&ring->lock);
	ring_put(ring); /* not the last: the submitter holds the file */
	process_put(process);
}

enum { YIELD_CHECK = 8 }; /* SQEs between two looks at the clock: reading 4 KiB takes some 1 500 instructions */

struct ring_submit {
	struct co co;
	struct ring *ring;
	u32 count, done;
	struct ring_request *spare;
};

/* Run an operation as a task: CO_PENDING, or its value. */
static long run_task(struct ring_submit *f, struct ring_request *request, const struct operation *operation,
		     struct process *process)
{
	long result;

	request_make_task(request, process);
	request_hold(request);
	f->spare = NULL;
	result = TASK_START(&request->request.task, ring_run, .operation = operation);
	if (result == CO_PENDING)
		return CO_PENDING;
	result = visible(&request->request.task, result);
	request_unhold(request);
	f->spare = request;
	return result;
}

/* Run one SQE to its first wait or its end: 0, -EAGAIN: it was refused, and the batch may end here; -ENOMEM: not
 * begun. */
static long submit_one(struct ring_submit *f, const struct io_uring_sqe *sqe, struct process *process)
{
	const struct operation *operation = sqe->opcode < IORING_OP_LAST ? by_opcode[sqe->opcode] : NULL;
	struct ring_request *request;
	long result = -EINVAL, refused;
	struct op op;

	if (likely(operation && !(sqe->flags & ~(u32)SQE_FLAGS_KNOWN) && !sqe->personality)) {
		op.code = (u8)(operation - operations);
		result = operation->from_sqe(&op, sqe);
	}
	refused = result ? -EAGAIN : 0;
	if (!refused)
		result = operation->now ? operation->now(process, &op) : OP_NOT_NOW;
	if (result != OP_NOT_NOW && likely(ring_post(f->ring, sqe->user_data, result)))
		return refused;
	/* From here on a request is needed: to wait in, or to keep a completion for which the CQ has no room. */
	request = request_prepare(f->ring, f->spare);
	if (!request)
		return -ENOMEM;
	f->spare = request;
	request->user_data = sqe->user_data;
	request->op = op;
	if (result == OP_NOT_NOW)
		result = run_task(f, request, operation, process);
	if (result == CO_PENDING)
		return 0;
	if (ring_complete(f->ring, request, result, true))
		f->spare = NULL;
	return refused;
}

/* How many SQEs there are to take: the tail is read once, and no more than the queue holds is believed. */
static u32 submit_limit(struct ring *ring, u32 count)
{
	/* acquire: pairs with the program's release of the tail, so we see the SQEs */
	u32 ready = load_acquire(&ring->shared->sq_tail) - ring->sq_head;

	return min(count, min(ready, ring->sq_entries));
}

/* Tell the program which SQEs it may write again. release: we are done with them. */
static void head_publish(struct ring *ring)
{
	store_release(&ring->shared->sq_head, ring->sq_head);
}

CO_STEP(ring_submit)
{
	CO_FRAME(ring_submit);
	struct ring *ring = f->ring;
	struct process *process = process_of(co);
	struct io_uring_sqe sqe;
	long err;

	CO_BEGIN;
	AWAIT(err, mutex_lock(co, &ring->submitting));
	if (err)
		CO_RETURN(err);
	f->count = submit_limit(ring, f->count);
	if (process != ring->process)
		ring->foreign = true;
	while (f->done < f->count) {
		if (likely(sqe_take(ring, &sqe))) {
			err = submit_one(f, &sqe, process);
			if (err == -ENOMEM)
				break;
			f->done++;
			ring->submitted++;
		} else {
			store_relaxed(&ring->shared->sq_dropped, load_relaxed(&ring->shared->sq_dropped) + 1);
			err = -EAGAIN;
		}
		ring->sq_head++;
		if (err && !(ring->flags & IORING_SETUP_SUBMIT_ALL))
			break;
		err = 0;
		if (f->done % YIELD_CHECK == 0 && task_should_yield()) {
			head_publish(ring);
			AWAIT(err, task_yield(co));
		}
	}
	head_publish(ring);
	mutex_unlock(co, &ring->submitting);
	if (f->spare)
		ring_request_free(f->spare);
	CO_RETURN(f->done ? (long)f->done : err == -ENOMEM ? -ENOMEM : 0);
	CO_END;
}

long ring_submit(struct co *caller, struct ring *ring, u32 count)
{
	ring_flush(ring);
	/* too many completions wait for room: the program must take some before it may start more */
	if (load_relaxed(&ring->overflow_count) >= OVERFLOW_MAX)
		return -EBUSY;
	return CO_CALL(ring_submit, caller, .ring = ring, .count = count);
}
