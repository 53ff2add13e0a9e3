/* when_ready.c - see when_ready.h. */
#include "kernel/sys/when_ready.h"

#include "kernel/fs/file.h"
#include "kernel/proc/process.h"
#include "kernel/sys/poll.h"
#include "kernel/sys/rw.h"

struct op_when_ready {
	struct co co;
	struct op *op; /* op->file: the file, ours */
	struct poll_node node;
};
_Static_assert(sizeof(struct op_when_ready) <= 80, "a request of a ring has room for this frame (REQUEST_ARENA)");

static inline u32 events_of(const struct op *op)
{
	return op->code == OP_POLL_ADD ? op->flags : POLL_IN;
}

/* The queue's lock is held: only wake. */
static void changed(struct poll_node *node, u32 events)
{
	(void)events;
	node->changed_once = true;
	wait_wake_task(task_of(&container_of(node, struct op_when_ready, node)->co));
}

/* Where a node waits whose file tells nobody of changes: for ever. */
static struct poll_queue nobody = { .lock = SPINLOCK_INIT(RANK_POLL), .nodes = LIST_INIT(nobody.nodes) };

/* Enter the node, then look: what is ready. */
static u32 enter(struct op_when_ready *f)
{
	struct poll_table table = { &f->node };
	u32 ready;

	f->node = (struct poll_node){ .events = poll_events_wanted(events_of(f->op)), .changed = changed };
	list_init(&f->node.link);
	ready = poll_ask(f->op->file, &table, events_of(f->op));
	if (!f->node.queue)
		poll_table_add(&table, &nobody);
	return ready;
}

/* What the operation answers now that READY is there; OP_NOT_NOW: another one was faster, or memory is not there. */
static long attempt(struct op_when_ready *f, u32 ready)
{
	const struct op *op = f->op;

	if (op->code == OP_POLL_ADD)
		return ready;
	return op->file->ops->read_now(op->file, process_of(&f->co)->space, op->address, op->length, FILE_NO_POSITION);
}

CO_STEP(op_when_ready)
{
	CO_FRAME(op_when_ready);
	struct file *file;
	long result;

	CO_BEGIN;
	for (;;) {
		result = enter(f);
		if (!result) {
			AWAIT_UNTIL_FULL(result, &f->node.queue->lock, wait_alone(co), WAIT_INTERRUPTIBLE, TIME_NEVER,
					 f->node.changed_once);
			spin_unlock(&f->node.queue->lock);
		}
		poll_node_remove(&f->node);
		if (result < 0)
			break;
		result = poll_file(f->op->file, events_of(f->op));
		if (!result)
			continue;
		result = attempt(f, (u32)result);
		if (result != OP_NOT_NOW)
			break;
		if (!poll_file(f->op->file, POLL_IN))
			continue;
		file_get(f->op->file);
		AWAIT(result, rw_file(co, f->op, f->op->file));
		break;
	}
	file = f->op->file;
	store_relaxed(&f->op->file, NULL);
	file_put(file);
	CO_RETURN(result);
	CO_END;
}

long op_when_ready(struct co *caller, struct op *op, struct file *file)
{
	store_relaxed(&op->file, file);
	return CO_CALL_OR(file_put(file), op_when_ready, caller, .op = op);
}
