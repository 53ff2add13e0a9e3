/* task.h - a task: a chain of small frames, what it waits for, and its place in a run queue.
 *
 * Every activity of the kernel is a task: a driver's completion loop, a user thread, one pending ring operation. A task
 * is embedded in what it runs for (struct thread, struct ring_request) together with its frame arena, so a waiting task
 * costs what it really holds.
 *
 * Contract: a step of a task runs on one hart at a time; between two steps it may move. After a call answered
 * CO_PENDING the caller touches neither the task nor its frames.
 */
#pragma once

#include "kernel/task/inbox.h"
#include "kernel/task/timer.h"
#include "kernel/task/waker.h"
#include "lib/co.h"
#include "lib/list.h"
#include "lib/order.h"

struct process;
struct task_share;

/* Smaller runs first, but for the levels of nice values, which share the time by weight (run_queue.h). User threads
 * keep a floor share whatever the kernel's own tasks do. */
enum priority {
	PRIORITY_DRIVER,
	PRIORITY_SERVICE,
	PRIORITY_USER_FIRST, /* this one and the next: who has told that it is urgent (kernel/abi/share.h) */
	PRIORITY_NICE_FIRST = PRIORITY_USER_FIRST + 2, /* a level for each nice value, -20 to 19 */
	PRIORITY_USER = PRIORITY_NICE_FIRST + 20,
	PRIORITY_NICE_LAST = PRIORITY_USER + 19,
	PRIORITY_BACKGROUND,			      /* what nobody else wants */
	PRIORITY_USER_LAST = PRIORITY_BACKGROUND + 2, /* this one and the one before: who has told that it can wait */
	PRIORITY_IDLE,
	PRIORITY_COUNT
};
_Static_assert(PRIORITY_COUNT <= 64, "a bit for each");

enum { SLICE_NS = 10000000 }; /* a user thread's turn, at most, while others are ready */

enum wait_kind { WAIT_NONE, WAIT_DISK, WAIT_KILLABLE, WAIT_INTERRUPTIBLE };
enum task_cancel { CANCEL_NONE, CANCEL_INTERRUPT, CANCEL_KILL };

/* The one wait of a task. node: guarded by the queue's lock; state: WAIT_FIRED, or the enum wait_kind of the wait
 * that is armed; whoever swaps the kind for WAIT_FIRED decides the result and wakes the task. */
enum { WAIT_FIRED = 0x80 };
struct wait {
	struct list node;
	u32 state;
	bool timed;
	struct wait_timer *timer; /* for waits with a deadline; NULL: the task has none */
	const char *what;	  /* the condition, as text */
};

/* What a wait with a deadline needs: whoever makes such a task lends it one (task_lend_timer), or an operation that
 * waits so, from its frame, for as long as the wait lasts. */
struct wait_timer {
	struct timer timer;
	struct task *task;
};

struct task {
	struct co_stack stack;
	long value; /* the answer for the leaf at its next step; written by whoever wakes */
	struct waker waker;
	u8 priority; /* of its next turn in a queue */
	u8 user;     /* a user thread: counts for the floor share, its FP registers are saved when a step ends */
	u8 allowed;  /* the harts that may steal it, a set; changed in its own steps alone */
	u8 listed;   /* the hart in whose registry it is, or TASK_UNLISTED */
	u32 cancel;  /* enum task_cancel, sticky; atomic */
	u32 hart;    /* where it runs next; written while it is queued or running */
	struct inbox_node next; /* in an inbox or a run queue */
	struct wait wait;
	struct process *process;		      /* on whose behalf; NULL: the kernel's own */
	void (*done)(struct task *task, long result); /* after the last step; may free the task */
	struct list link; /* in the registry; unlisted: its owner's, who knows all of its kind */
	const char *name;
	struct task_share *share; /* a thread's (task_share.h); NULL: the priority is fixed */
};

enum { TASK_UNLISTED = 0xff, ALL_HARTS = (u8)((1 << MAX_HARTS) - 1) };

/* Prepare TASK with ARENA of BYTES bytes for frames. It is not running yet. Fields given here may be changed before
 * task_start. */
void task_init(struct task *task, const char *name, enum priority priority, void *arena, size_t bytes,
	       void (*done)(struct task *task, long result));

/* TIMER serves the waits of TASK from now on (NULL: none does): the one that did before. */
static inline struct wait_timer *task_lend_timer(struct task *task, struct wait_timer *timer)
{
	struct wait_timer *before = task->wait.timer;

	if (timer)
		timer->task = task;
	task->wait.timer = timer;
	return before;
}

/* Start NAME(ARGS) as the first coroutine of TASK, now, on the caller's stack, until its first wait:
 *     long r = TASK_START(task, echo, .file = file);
 * Its value if it ended at once (done is NOT called then), else CO_PENDING. */
#define TASK_START(task_, NAME, ...)                                                                \
	({                                                                                          \
		struct task *started_ = (task_), *before_ = task_enter(started_);                   \
		task_leave(started_, before_, CO_START(NAME, &started_->stack, NULL, __VA_ARGS__)); \
	})
struct task *task_enter(struct task *task);
long task_leave(struct task *task, struct task *before, long result);

/* The same for any async call, whose own frame, if it makes one, becomes the task's first:
 *     long r = TASK_CALL(task, root, operation->start(&root, op));
 * ROOT is the caller that the call is given; it exists for the call alone. */
#define TASK_CALL(task_, root, call)                                                     \
	({                                                                               \
		struct task *started_ = (task_), *before_ = task_enter(started_);        \
		struct co root = { .type = &task_root_type, .stack = &started_->stack }; \
		task_leave_root(started_, before_, &root, (call));                       \
	})
extern const struct co_type task_root_type;
long task_leave_root(struct task *task, struct task *before, const struct co *root, long result);
/* For the executor: the last step of a task that had suspended is over. */
void task_finish(struct task *task, long result);
/* Start-up, before the first task. */
void task_registry_init(void);

/* Queue TASK; its first step calls ENTRY(co, argument). */
void task_start(struct task *task, long (*entry)(struct co *co, void *argument), void *argument);

/* A task of the kernel's own with its memory from the slab, freed when it ends; runs soon. ENTRY(co, argument) is its
 * first coroutine call. -ENOMEM. */
int task_spawn(const char *name, enum priority priority, long (*entry)(struct co *co, void *argument), void *argument);

static inline struct task *task_of(const struct co *co)
{
	return container_of(co->stack, struct task, stack);
}

/* TASK, which is the caller's own or not started, goes on at hart INDEX, and nowhere else. */
static inline void task_pin(struct task *task, u32 index)
{
	task->allowed = (u8)(1u << index);
	store_relaxed(&task->hart, index);
}

/* Make TASK run, from any hart: for whoever ended its one wait, so once per suspension. */
void executor_enqueue(struct task *task);
static inline void task_wake(struct task *task)
{
	if (waker_notify(&task->waker))
		executor_enqueue(task);
}

/* Prepare the frame CO to be the one that is resumed by a later co_wake (drivers: before the request is handed over).
 * The caller then returns CO_PENDING. */
static inline void co_park(struct co *co)
{
	co->stack->leaf = co;
	task_of(co)->wait.what = "a completion";
}

/* Resume the parked frame CO with VALUE; exactly once per park. */
void co_wake(struct co *co, long value);

/* Suspends and runs again after the others of its priority: 0. CALLER is a frame of the task, not a root of
 * TASK_CALL. */
long task_yield(struct co *caller);

/* Ask the task to end its interruptible (CANCEL_INTERRUPT) or killable (CANCEL_KILL) waits, the running one and those
 * to come. From any hart. A kill ends interruptible waits, too. */
void task_cancel(struct task *task, enum task_cancel how);
/* For the task itself: forget an interrupt, and then look at what it told of. A kill stays. */
void task_cancel_clear(struct task *task);
/* End the interruptible wait that TASK is in now, with RESULT; no mark stays. False: it is in none. */
bool task_end_wait(struct task *task, long result);

/* Long loops ask this every few pages, since a step is bounded: has this step run long enough? True: await
 * task_yield. */
bool task_should_yield(void);

struct fmt_text;
/* One line per frame, innermost last: function, file:line. Works on a task that waits or on the running one. */
void task_print_chain(struct task *task, struct fmt_text *text);
/* The text of /proc/tasks: every task with its state and await chain. */
void task_report(struct fmt_text *text);
/* A task's part of it. Whoever calls sees to it that TASK does not end meanwhile. False: no room is left in TEXT. */
bool task_report_one(struct task *task, struct fmt_text *text);
/* The innermost function of a TASK that waits; NULL: it does not. Whoever calls sees to it that it does not end
 * meanwhile. */
const char *task_waits_in(struct task *task);
/* Start-up: what adds the unlisted tasks. */
extern void (*task_report_unlisted)(struct fmt_text *text);
