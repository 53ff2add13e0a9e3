/* executor.c - the event loop of a hart.
 *
 *     poll: interrupts, inbox, timers, limbo
 *       |                                     step: resume the task's innermost frame
 *     pick: run queue, else steal  ---------> CO_PENDING: suspend, or queue again if notified meanwhile
 *       |                                     a value:    the task has ended
 *     sleep: announce, look once more, wfi
 *
 * Invariant: interrupts are masked all the time; `wfi` returns on a pending one all the same. A step ends with no
 * spinlock held.
 */
#include "kernel/task/executor.h"

#include "kernel/abi/share.h"
#include "kernel/hart/cpu.h"
#include "kernel/hart/panic.h"
#include "kernel/irq/irq.h"
#include "kernel/mm/limbo.h"
#include "kernel/task/run_queue.h"
#include "kernel/task/task_share.h"
#include "kernel/trace/trace.h"

struct executor {
	struct inbox inbox;
	struct run_queue queue;
	struct executor_counters counters;
	u32 running;	/* priority of the user thread whose step it is; 0: none, nothing is more urgent than that */
	u64 turn_began; /* of that thread; a slice without rivals is followed by another turn */
	u64 slice_look; /* the timer brings us back then, at the latest */
} __attribute__((aligned(64)));

static struct executor executors[MAX_HARTS];
static u32 idle_harts; /* bit i: hart i has announced that it sleeps */

void (*executor_user_suspend)(struct task *task);
void (*executor_before_sleep)(void);

void executor_init(u32 index)
{
	run_queue_init(&executors[index].queue);
	harts[index].executor = &executors[index];
}

/* If there is more here than this hart will run at once, let a sleeping one take it. */
static __attribute__((noinline)) void poke_idle(void)
{
	u32 idle;

	if (!hart()->task && load_relaxed(&hart()->executor->queue.count) < 2)
		return;
	/* store (the run queue), fence, load (who sleeps); partner: the fence in inbox_sleep_begin, before stealing */
	fence_full();
	idle = load_relaxed(&idle_harts) & ~(1u << hart()->index);
	if (unlikely(idle))
		irq_send_ipi((u32)__builtin_ctz(idle));
}

/* Into the run queue of this hart. A user thread that runs here goes to user mode when its system call is done, and
 * looks at the queue when it is interrupted. */
static inline __attribute__((always_inline)) void push(struct executor *executor, struct task *task)
{
	u32 priority = load_relaxed(&task->priority);
	bool urgent = priority < executor->running && task->user; /* asked before somebody steals it */

	run_queue_push(&executor->queue, task, priority);
	if (unlikely(urgent))
		irq_send_ipi(hart()->index);
	if (hart_count > 1)
		poke_idle();
}

/* Its own hart works while another one sleeps: from our queue that one can steal it, from an inbox it cannot. */
static bool may_take_over(const struct task *task, u32 target)
{
	u32 idle = load_relaxed(&idle_harts) & task->allowed; /* a hint */

	return idle && !(idle & 1u << target) && (task->allowed >> hart()->index & 1);
}

/* TASK ran last on hart TARGET, which is another. */
static __attribute__((noinline)) void enqueue_elsewhere(struct task *task, u32 target)
{
	struct executor *executor = &executors[target];
	u32 priority = load_relaxed(&task->priority); /* once pushed, the task may run, and end */

	if (may_take_over(task, target)) {
		store_relaxed(&task->hart, hart()->index);
		push(hart()->executor, task);
	} else if (inbox_push(&executor->inbox, &task->next) || load_relaxed(&executor->running) > priority) {
		/* It sleeps, or is in user mode and would not look before its next trap. Partner of the second: the
		 * fence in user_step_begin. */
		irq_send_ipi(target);
	}
}

/* What TASK's program says now, if it has a say: whose place is another one than the usual may not leave it. */
static u32 priority_published(const struct task_share *share)
{
	static const u8 levels[SHARE_WORST + 1] = { PRIORITY_USER_FIRST, PRIORITY_USER_FIRST + 1, PRIORITY_USER,
						    PRIORITY_USER_LAST - 1, PRIORITY_USER_LAST };
	u32 level = load_relaxed(share->published); /* once: it is the program's memory */
	u32 base = load_relaxed(&share->base);

	return base == PRIORITY_USER ? levels[min(level, (u32)SHARE_WORST)] : base;
}

static inline bool is_told(const struct task *task)
{
	return task->share && task->share->published;
}

static inline void enqueue(struct task *task)
{
	struct executor *executor = hart()->executor;
	u32 target = load_relaxed(&task->hart);

	executor->counters.wakes++;
	if (unlikely(is_told(task)))
		task->priority = (u8)priority_published(task->share);
	if (likely(target == hart()->index))
		push(executor, task);
	else
		enqueue_elsewhere(task, target);
}

/* Apart, so that the other way need not keep TASK over a call. */
static __attribute__((noinline, cold)) void enqueue_traced(struct task *task)
{
	trace_task(TRACE_WAKE, task, 0);
	enqueue(task);
}

void executor_enqueue(struct task *task)
{
	if (trace_is_on())
		enqueue_traced(task);
	else
		enqueue(task);
}

u32 executor_choose(u32 mask)
{
	u32 idle = load_relaxed(&idle_harts) & mask;

	return (u32)__builtin_ctz(idle ? idle : mask);
}

void executor_kick(u32 mask)
{
	for (u32 i = 0; i < hart_count; i++)
		if (mask & 1u << i)
			irq_send_ipi(i);
}

bool executor_has_ready(enum priority priority)
{
	return load_relaxed(&hart()->executor->queue.ready) & ((2ul << priority) - 1);
}

bool executor_is_urgent(enum priority priority)
{
	return load_relaxed(&hart()->executor->queue.ready) & (BIT(priority) - 1);
}

bool executor_is_quiet(void)
{
	struct executor *executor = hart()->executor;

	return !load_relaxed(&executor->queue.ready) && !load_relaxed(&executor->inbox.head);
}

static __attribute__((noinline)) void drain(struct executor *executor)
{
	struct inbox_node *node, *next;

	for (node = inbox_drain(&executor->inbox); node; node = next) {
		next = node->next;
		push(executor, container_of(node, struct task, next));
	}
}

/* All that may have become ready, except what interrupts tell: wfi returns for those. */
static inline void look(void)
{
	struct executor *executor = hart()->executor;

	if (unlikely(load_relaxed(&executor->inbox.head)))
		drain(executor);
	timer_run();
	limbo_pass();
}

void executor_poll(void)
{
	irq_handle();
	look();
}

#ifdef CO_TORTURE
/* What a step left on the stack must not be what the next one lives on. */
static __attribute__((noinline)) void stack_scribble(void)
{
	volatile u64 junk[256];

	for (u32 i = 0; i < ARRAY_SIZE(junk); i++)
		junk[i] = 0x5a5a5a5a5a5a5a5aul;
}
#else
static void stack_scribble(void)
{
}
#endif

/* type and line: where the step stopped; read while the task is still ours. */
static void count_step(struct executor *executor, struct hart *h, struct task *task)
{
	u64 ns = h->step_start == STEP_NOT_TIMED ? 0 : clock_now() - h->step_start;

	if (likely(ns <= load_relaxed(&executor->counters.longest_step_ns)))
		return;
	store_relaxed(&executor->counters.longest_step_ns, ns);
	executor->counters.longest_type = task->stack.leaf->type;
	executor->counters.longest_line = task->stack.leaf->line & ~CO_LINE_TORTURE;
}

/* From now on whoever hands us something more urgent than PRIORITY interrupts us; what came before, and was not
 * drained, does the same now: user mode is left again at once. */
static void announce_running(struct executor *executor, u32 priority)
{
	store_relaxed(&executor->running, priority);
	if (hart_count == 1)
		return;
	fence_full(); /* store (running), fence, load (inbox); partner: the one in inbox_push */
	if (unlikely(load_relaxed(&executor->inbox.head)))
		irq_send_ipi(hart()->index);
}

static u64 turn_length(const struct executor *executor)
{
	return executor->queue.owed ? executor->queue.owed : SLICE_NS;
}

/* The timer is only ever moved when the time that it was set to has passed: a turn that ends later moves it on then. */
static void slice_look(struct executor *executor, u64 now)
{
	if (likely(now < executor->slice_look))
		return;
	executor->slice_look = executor->turn_began + turn_length(executor);
	timer_set_slice(executor->slice_look);
}

/* It ends only for who is better than those that it passes over; and it may be shorter than others. */
static __attribute__((noinline)) void owed_turn_begin(struct executor *executor, u64 now)
{
	if (now + executor->queue.owed < executor->slice_look) {
		executor->slice_look = now + executor->queue.owed;
		timer_set_slice(executor->slice_look);
	}
	announce_running(executor, executor->queue.owed_by);
}

static void user_step_begin(struct executor *executor, struct task *task, u64 now)
{
	executor->turn_began = now;
	slice_look(executor, now);
	if (unlikely(executor->queue.owed))
		owed_turn_begin(executor, now);
	else
		announce_running(executor, task->priority);
}

bool executor_turn_is_over(void)
{
	struct executor *executor = hart()->executor;
	struct task *task = hart()->task;
	u64 now;

	executor_poll();
	now = clock_now();
	if (now - executor->turn_began >= turn_length(executor)) {
		if (executor_has_ready(PRIORITY_USER_LAST))
			return true;
		run_queue_go_on(&executor->queue, task);
		executor->turn_began = now;
		announce_running(executor, load_relaxed(&task->priority));
	}
	slice_look(executor, now);
	if (unlikely(is_told(task)) && !executor->queue.owed)
		announce_running(executor, priority_published(task->share));
	return executor_is_urgent(executor->running);
}

static __attribute__((noinline, cold)) long resume_traced(struct task *task)
{
	long result;

	trace_task(TRACE_RUN, task, 0);
	result = co_resume(&task->stack, task->value);
	if (result == CO_PENDING)
		trace_task(TRACE_SUSPEND, task, 0);
	else
		trace_task(TRACE_END, task, (u64)result);
	return result;
}

static inline __attribute__((always_inline)) void run_step(struct task *task)
{
	struct hart *h = hart();
	struct executor *executor = h->executor;
	u64 now = clock_now();
	long result;

	store_relaxed(&task->hart, h->index);
	waker_run(&task->waker);
	h->task = task;
	h->step_start = h->step_began = now;
	executor->counters.steps++;
	stack_scribble();
	if (task->user)
		user_step_begin(executor, task, now);
	result = trace_is_on() ? resume_traced(task) : co_resume(&task->stack, task->value);
	h->task = NULL;
	store_relaxed(&executor->running, 0u);
	if (unlikely(executor->queue.weighed))
		run_queue_weigh(&executor->queue, task);
	ASSERT(h->locks_held == 0);
	if (result != CO_PENDING) {
		task_finish(task, result);
		return;
	}
	count_step(executor, h, task);
	if (task->user)
		executor_user_suspend(task);
	if (!waker_suspend(&task->waker))
		executor_enqueue(task);
}

/* We were called for tasks that we may not have: call one that may. */
static __attribute__((noinline)) void call_other(u32 may)
{
	u32 idle;

	/* load (the run queue), fence, load (who sleeps); partner: the fence in inbox_sleep_begin, before stealing */
	fence_full();
	idle = load_relaxed(&idle_harts) & may;
	if (idle)
		irq_send_ipi((u32)__builtin_ctz(idle));
}

static struct task *steal_from(u32 index)
{
	u32 elsewhere = 0;
	struct task *task = run_queue_steal(&executors[index].queue, &elsewhere);

	elsewhere &= ~(1u << index); /* it knows */
	if (unlikely(elsewhere && !task))
		call_other(elsewhere);
	return task;
}

static struct task *steal(void)
{
	struct task *task = NULL;

	for (u32 i = 1; i < hart_count && !task; i++)
		task = steal_from((hart()->index + i) % hart_count);
	if (task) {
		hart()->executor->counters.steals++;
		hart()->executor->queue.owed = 0;
	}
	return task;
}

/* Nothing is ready: the idle protocol of inbox.h. Returns a task if the second look found one. */
static struct task *sleep_or_find(void)
{
	struct hart *h = hart();
	struct executor *executor = h->executor;
	u64 since = clock_now();
	struct task *task;
	atomic_or(&idle_harts, 1u << h->index);
	inbox_sleep_begin(&executor->inbox);
	look();
	task = run_queue_pop(&executor->queue);
	if (!task)
		task = steal();
	if (!task) {
		executor->counters.idles++;
		if (executor_before_sleep)
			executor_before_sleep();
		limbo_away(true);
		trace_event(TRACE_SLEEP, 0, NULL);
		cpu_wait_for_interrupt();
		trace_event(TRACE_AWAKE, 0, NULL);
		limbo_away(false);
	}
	inbox_sleep_end(&executor->inbox);
	atomic_and(&idle_harts, ~(1u << h->index));
	h->idle_ns += clock_now() - since;
	return task;
}

/* Inlined, with run_step, into the loop that never returns, which therefore saves no registers. */
static inline __attribute__((always_inline)) void run_once(void)
{
	struct task *task;

	executor_poll();
	task = run_queue_pop(&hart()->executor->queue);
	if (!task)
		task = sleep_or_find();
	if (task)
		run_step(task);
}

void executor_run_once(void)
{
	run_once();
}

void executor_run(void)
{
	for (;;)
		run_once();
}

void executor_counters(u32 hart_index, struct executor_counters *out)
{
	*out = executors[hart_index].counters;
}

void executor_forget_longest(void)
{
	for (u32 i = 0; i < hart_count; i++)
		store_relaxed(&executors[i].counters.longest_step_ns, 0ul);
}
