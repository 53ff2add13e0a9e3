/* task.c - making, starting, waking and ending tasks, and showing what they wait for.
 *
 * Invariant: a task that has suspended at least once is in the registry of one hart until its last step is over; its
 * memory is not freed before it has left the registry. A task that answers at once never enters it.
 */
#include "kernel/task/task.h"

#include "kernel/abi/errno.h"
#include "kernel/hart/panic.h"
#include "kernel/mm/slab.h"
#include "kernel/task/executor.h"
#include "kernel/task/wait.h"
#include "kernel/trace/trace.h"
#include "lib/fmt.h"

static struct registry {
	struct spinlock lock; /* guards tasks */
	struct list tasks;
} registries[MAX_HARTS];

void task_registry_init(void)
{
	for (u32 i = 0; i < MAX_HARTS; i++) {
		spin_init(&registries[i].lock, RANK_REGISTRY);
		list_init(&registries[i].tasks);
	}
}

void task_init(struct task *task, const char *name, enum priority priority, void *arena, size_t bytes,
	       void (*done)(struct task *task, long result))
{
	co_stack_init(&task->stack, arena, bytes);
	waker_init(&task->waker);
	task->value = 0;
	task->priority = (u8)priority;
	task->cancel = CANCEL_NONE;
	task->user = 0;
	task->allowed = ALL_HARTS;
	task->hart = hart()->index;
	list_init(&task->wait.node);
	list_init(&task->link);
	task->listed = 0;
	task->wait.state = WAIT_FIRED;
	task->wait.timed = false;
	task->wait.timer = NULL;
	task->wait.what = NULL;
	task->process = NULL;
	task->share = NULL;
	task->done = done;
	task->name = name;
}

struct task *task_enter(struct task *task)
{
	struct task *before = hart()->task;

	waker_run(&task->waker);
	hart()->task = task;
	return before;
}

static void register_task(struct task *task)
{
	struct registry *registry = &registries[hart()->index];

	if (task->listed == TASK_UNLISTED)
		return;
	task->listed = (u8)hart()->index;
	spin_lock(&registry->lock);
	list_push_back(&registry->tasks, &task->link);
	spin_unlock(&registry->lock);
}

long task_leave(struct task *task, struct task *before, long result)
{
	hart()->task = before;
	if (result != CO_PENDING) {
		waker_finish(&task->waker);
		return result;
	}
	register_task(task);
	trace_task(TRACE_SUSPEND, task, 0);
	if (!waker_suspend(&task->waker))
		executor_enqueue(task);
	return CO_PENDING;
}

const struct co_type task_root_type = { .name = "task_call", .file = __FILE__ };

long task_leave_root(struct task *task, struct task *before, const struct co *root, long result)
{
	struct co *first = task->stack.leaf;

	if (result == CO_PENDING) {
		/* The task is still ours: it is RUNNING until task_leave suspends it. Its chain ends before ROOT. */
		while (first->caller != root)
			first = first->caller;
		first->caller = NULL;
	}
	return task_leave(task, before, result);
}

static void unregister_task(struct task *task)
{
	struct registry *registry = &registries[task->listed];

	spin_lock(&registry->lock);
	list_remove(&task->link);
	spin_unlock(&registry->lock);
}

void task_finish(struct task *task, long result)
{
	if (task->listed != TASK_UNLISTED)
		unregister_task(task);
	waker_finish(&task->waker);
	task->done(task, result);
}

void co_wake(struct co *co, long value)
{
	struct task *task = task_of(co);

	task->value = value;
	task_wake(task);
}

void co_resume_later(struct co *leaf, long value)
{
	co_park(leaf);
	task_of(leaf)->wait.what = "its turn";
	co_wake(leaf, value);
}

/* Without a frame: what is resumed is the caller, where it awaits us. */
long task_yield(struct co *caller)
{
	co_resume_later(caller, 0);
	return CO_PENDING;
}

/* Half of the longest step that the design allows (20 000 instructions), in nanoseconds of the -icount clock. */
enum { STEP_NS = 10000 };

bool task_should_yield(void)
{
	struct hart *h = hart();
	u64 now = clock_now();

	/* A step that came back from user mode is measured from its first question on: entering the kernel shall not
	 * pay for a look at the clock. */
	if (h->step_start == STEP_NOT_TIMED)
		h->step_start = now;
	return now - h->step_start > STEP_NS;
}

struct task_main {
	struct co co;
	long (*entry)(struct co *co, void *argument);
	void *argument;
};

CO_STEP(task_main)
{
	CO_FRAME(task_main);
	long err;

	CO_BEGIN;
	AWAIT(err, f->entry(co, f->argument));
	CO_RETURN(err);
	CO_END;
}

void task_start(struct task *task, long (*entry)(struct co *co, void *argument), void *argument)
{
	struct co *frame = co_push(&task->stack, NULL, &task_main_type);
	struct task_main *f = (struct task_main *)frame;

	ASSERT(frame); /* the first frame of an empty arena */
	f->entry = entry;
	f->argument = argument;
	task->stack.leaf = frame;
	register_task(task);
	executor_enqueue(task);
}

/* --- tasks of the kernel's own --- */

enum { SPAWN_ARENA = 768 };

struct spawned {
	struct task task;
	struct wait_timer timer;
	char arena[SPAWN_ARENA] __attribute__((aligned(16)));
};
static struct slab_cache spawned_cache = SLAB_CACHE(spawned_cache, "task", sizeof(struct spawned));

static void spawned_done(struct task *task, long result)
{
	(void)result;
	slab_free(&spawned_cache, container_of(task, struct spawned, task));
}

int task_spawn(const char *name, enum priority priority, long (*entry)(struct co *co, void *argument), void *argument)
{
	struct spawned *spawned = slab_alloc(&spawned_cache);

	if (!spawned)
		return -ENOMEM;
	task_init(&spawned->task, name, priority, spawned->arena, SPAWN_ARENA, spawned_done);
	task_lend_timer(&spawned->task, &spawned->timer);
	task_start(&spawned->task, entry, argument);
	return 0;
}

/* --- overflow chunks of frame stacks (lib/co) --- */

void *co_chunk_alloc(size_t bytes)
{
	return kalloc(bytes);
}

void co_chunk_free(void *chunk, size_t bytes)
{
	kfree(chunk, bytes);
}

/* --- the await chain --- */

static const char *file_tail(const char *file)
{
	const char *tail = file;

	for (; *file; file++)
		if (!__builtin_strncmp(file, "kernel/", 7))
			tail = file;
	return tail;
}

static void print_frames(const struct co *co, struct fmt_text *text)
{
	if (!co)
		return;
	print_frames(co->caller, text);
	fmt_add(text, "    %s  %s:%u\n", co->type->name, file_tail(co->type->file), co->line & ~CO_LINE_TORTURE);
}

void task_print_chain(struct task *task, struct fmt_text *text)
{
	print_frames(task->stack.leaf, text);
	if (task->wait.what)
		fmt_add(text, "      waits for: %s\n", task->wait.what);
}

/* Print an idle task with its frames; a queued or running one is changing under our eyes, so it gets one line. */
bool task_report_one(struct task *task, struct fmt_text *text)
{
	bool idle;

	if (text->length + 256 > text->bytes)
		return false; /* so the step stays bounded, too */
	idle = waker_inspect(&task->waker);
	fmt_add(text, "%s  %s hart %u prio %u\n", task->name,
		idle ? "waiting" : waker_state_name(load_relaxed(&task->waker.state)), load_relaxed(&task->hart),
		task->priority);
	if (!idle)
		return true;
	task_print_chain(task, text);
	if (!waker_suspend(&task->waker))
		executor_enqueue(task);
	return true;
}

const char *task_waits_in(struct task *task)
{
	const char *name;

	if (!waker_inspect(&task->waker))
		return NULL;
	name = task->stack.leaf->type->name;
	if (!waker_suspend(&task->waker))
		executor_enqueue(task);
	return name;
}

void (*task_report_unlisted)(struct fmt_text *text);

void task_report(struct fmt_text *text)
{
	struct task *task;

	for (u32 i = 0; i < MAX_HARTS; i++) {
		spin_lock(&registries[i].lock);
		list_for_each (task, &registries[i].tasks, link)
			if (!task_report_one(task, text))
				break;
		spin_unlock(&registries[i].lock);
	}
	if (task_report_unlisted)
		task_report_unlisted(text);
}
