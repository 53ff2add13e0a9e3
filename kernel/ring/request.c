/* request.c - see request.h. */
#include "kernel/ring/request.h"

#include "kernel/abi/errno.h"
#include "kernel/mm/slab.h"
#include "kernel/ring/completions.h"

static struct slab_cache request_cache = SLAB_CACHE(request_cache, "ring_request", sizeof(struct ring_request));

struct ring_request *request_new(void)
{
	return slab_alloc(&request_cache);
}

void request_free(struct ring_request *request)
{
	slab_free(&request_cache, request);
}

/* What a ring's program sees of an operation that was told to stop. */
static long visible(const struct task *task, long result)
{
	return result == -EINTR && load_relaxed(&task->cancel) != CANCEL_NONE ? -ECANCELED : result;
}

/* Everything a pending request holds; taken before it starts, since afterwards it may be gone at any time. */
static void request_hold(struct ring_request *request)
{
	struct process *process = request->request.task.process;
	struct ring *ring = request->pending.ring;

	atomic_add_relaxed(&ring->refs, 1u);
	atomic_add_relaxed(&process->refs, 1u);
	spin_lock(&ring->lock);
	pending_enter(&request->pending);
	spin_unlock(&ring->lock);
	request_enter(process, &request->request); /* who finds it there may ask whether it is indexed */
}

static void request_unhold(struct ring_request *request)
{
	struct ring *ring = request->pending.ring;

	request_leave(request->request.task.process, &request->request);
	spin_lock(&ring->lock);
	pending_leave(&request->pending);
	spin_unlock(&ring->lock);
}

/* The last step of an operation that had suspended. */
static void request_done(struct task *task, long result)
{
	struct ring_request *request = container_of(task, struct ring_request, request.task);
	struct process *process = task->process;
	struct ring *ring = request->pending.ring;

	request_unhold(request);
	if (result == OP_TAKEN_OVER || !ring_complete(&request->pending, visible(task, result), false))
		request_free(request);
	ring_put(ring);
	process_put(process);
}

/* Make the request a task that can wait. */
static void request_make_task(struct ring_request *request, struct process *process)
{
	task_init(&request->request.task, "ring request", PRIORITY_SERVICE, request->arena, REQUEST_ARENA,
		  request_done);
	request->request.task.listed = TASK_UNLISTED;
	request->request.task.process = process;
}

static inline enum pending_kind kind_of(enum op_code code)
{
	return code == OP_POLL_ADD ? PENDING_POLL : code == OP_TIMEOUT ? PENDING_BEGINS : PENDING_OTHER;
}

long request_run(struct ring_request *request, const struct operation *operation, struct process *process)
{
	struct ring *ring = request->pending.ring;
	long result;

	request->pending.kind = kind_of(request->op.code);
	request_make_task(request, process);
	request_hold(request);
	result = TASK_CALL(&request->request.task, root, operation->start(&root, &request->op));
	if (result == CO_PENDING)
		return CO_PENDING;
	request_unhold(request);
	ring_put(ring); /* not the last: the submitter holds the file */
	process_put(process);
	return visible(&request->request.task, result);
}
