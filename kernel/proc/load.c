/* load.c - see load.h.
 *
 * As in Linux: each 5 seconds every average moves towards the number of threads that run, are ready or wait for what
 * cannot be interrupted, by the part that 5 seconds are of its minutes: load = load * e + threads * (1 - e), where e is
 * exp(-5 s / minutes).
 */
#include "kernel/proc/load.h"

#include "kernel/proc/process.h"
#include "kernel/proc/procfs_text.h"
#include "kernel/task/wait.h"

#define PERIOD_NS 5000000000ul

static const u32 keeps[3] = { 1884, 2014, 2037 }; /* e of 1, 5, 15 minutes, of LOAD_ONE */
static u64 loads[3];				  /* the sampling task alone stores them */

enum { LOAD_ARENA = 384 /* for load_count and its callers: it shall need no memory */ };

static struct {
	struct task task;
	struct wait_timer timer;
	char arena[LOAD_ARENA] __attribute__((aligned(16)));
} sampler;

void load_averages(u64 averages[3])
{
	for (u32 i = 0; i < 3; i++)
		averages[i] = load_relaxed(&loads[i]);
}

/* --- counting --- */

/* The place in all threads of all processes: by number, so that it is found again whoever has come and gone since. */
struct load_count {
	struct co co;
	struct thread_counts *counts;
	struct process *process; /* referenced */
	u32 pid, tid;		 /* up to here they are counted */
};

enum { COUNT_AT_ONCE = 64 };

/* Some more threads of the process: false when there are none left in it. */
static bool count_some(struct load_count *f)
{
	struct process *process = f->process;
	struct thread *thread;
	char letter;

	spin_lock(&process->lock);
	thread = thread_after(process, f->tid);
	for (u32 i = 0; thread && i < COUNT_AT_ONCE; i++, thread = thread_next(thread)) {
		letter = thread_state_letter(thread);
		f->counts->threads++;
		f->counts->running += letter == 'R';
		f->counts->blocked += letter == 'D';
		f->tid = thread->tid;
	}
	spin_unlock(&process->lock);
	return thread;
}

CO_STEP(load_count)
{
	CO_FRAME(load_count);
	long err;

	CO_BEGIN;
	while ((f->process = process_after(f->pid))) {
		f->pid = f->process->pid;
		f->tid = 0;
		while (count_some(f))
			if (task_should_yield())
				AWAIT(err, task_yield(co));
		process_put(f->process);
		if (task_should_yield())
			AWAIT(err, task_yield(co));
	}
	(void)err;
	CO_RETURN(0);
	CO_END;
}

long load_count(struct co *caller, struct thread_counts *counts)
{
	*counts = (struct thread_counts){ 0 };
	return CO_CALL(load_count, caller, .counts = counts);
}

/* --- sampling --- */

static void sample(const struct thread_counts *counts)
{
	u64 active = (counts->running + counts->blocked) * LOAD_ONE, next;

	for (u32 i = 0; i < 3; i++) {
		next = loads[i] * keeps[i] + active * (LOAD_ONE - keeps[i]);
		if (active >= loads[i])
			next += LOAD_ONE - 1; /* so that it arrives there */
		store_relaxed(&loads[i], next / LOAD_ONE);
	}
}

struct load_main {
	struct co co;
	u64 at;
	struct thread_counts counts;
};

CO_STEP(load_main)
{
	CO_FRAME(load_main);
	long err;

	CO_BEGIN;
	for (;;) {
		f->at += PERIOD_NS;
		AWAIT(err, task_sleep_until(co, f->at));
		AWAIT(err, load_count(co, &f->counts));
		if (!err)
			sample(&f->counts);
	}
	CO_END;
}

static long load_begin(struct co *caller, void *unused)
{
	(void)unused;
	return CO_CALL(load_main, caller, .at = 0);
}

void load_init(void)
{
	task_init(&sampler.task, "load", PRIORITY_SERVICE, sampler.arena, LOAD_ARENA, NULL);
	task_lend_timer(&sampler.task, &sampler.timer);
	task_start(&sampler.task, load_begin, NULL);
}
