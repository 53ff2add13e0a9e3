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

enum { LOAD_ARENA = 256 };

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

/* PROCESS' lock is held. */
static void count_threads_of(struct process *process, struct load_counts *counts)
{
	struct thread *thread;
	char letter;

	list_for_each (thread, &process->threads, link) {
		letter = thread_state_letter(thread);
		counts->running += letter == 'R';
		counts->blocked += letter == 'D';
	}
	counts->threads += process->thread_count;
}

struct load_counts load_count(void)
{
	struct load_counts counts = { 0 };
	struct process *process = NULL;

	spin_lock(&process_table_lock);
	while ((process = process_each(process))) {
		spin_lock(&process->lock);
		count_threads_of(process, &counts);
		spin_unlock(&process->lock);
	}
	spin_unlock(&process_table_lock);
	return counts;
}

static void sample(void)
{
	struct load_counts counts = load_count();
	u64 active = (counts.running + counts.blocked) * LOAD_ONE, next;

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
};

CO_STEP(load_main)
{
	CO_FRAME(load_main);
	long err;

	CO_BEGIN;
	for (;;) {
		f->at += PERIOD_NS;
		AWAIT(err, task_sleep_until(co, f->at));
		sample();
	}
	(void)err;
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
