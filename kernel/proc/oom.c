/* oom.c - who ends when user memory is used up: the process that has most of it, but not the first one.
 *
 *     fault: no memory --> is a process ending already?  yes: wait for what it gives back
 *                                                        no:  the largest is killed, then wait
 *
 * Programs that only happen to need a page at that moment go on. The kernel itself is not concerned: the last pages are
 * kept for it (page_alloc_user).
 */
#include "kernel/proc/oom.h"

#include "kernel/abi/errno.h"
#include "kernel/hart/print.h"
#include "kernel/mm/page.h"
#include "kernel/mm/space.h"
#include "kernel/proc/thread.h"
#include "kernel/task/wait.h"

enum { PAUSE_NS = 1000000, TRIES = 3 /* while there is memory */ };

/* User pages of PROCESS; *ENDING: it was told to end, and may not have given them back yet. */
static u64 pages_of(struct process *process, bool *ending)
{
	u64 pages = 0;

	spin_lock(&process->lock);
	*ending = process->exiting && load_relaxed(&process->state) == PROCESS_RUNNING;
	if (process->space)
		pages = load_relaxed(&process->space->pages);
	spin_unlock(&process->lock);
	return pages;
}

/* The largest process but the first, referenced; NULL: there is none. *ENDING: wait for the one that is ending. */
static struct process *find_largest(bool *ending)
{
	struct process *process, *largest = NULL;
	u64 most = 0, pages;
	u32 pid = 1;

	*ending = false;
	while (!*ending && (pid = process_next_pid(pid))) {
		process = process_find(pid);
		if (!process)
			continue;
		pages = pages_of(process, ending);
		if (!*ending && pages > most) {
			if (largest)
				process_put(largest);
			largest = process;
			most = pages;
		} else {
			process_put(process);
		}
	}
	return largest;
}

/* True: somebody is ending now. */
static bool make_room(struct thread *self)
{
	bool ending;
	struct process *victim = find_largest(&ending);

	if (victim && !ending) {
		print("out of memory: %s[%u], the largest process, is killed\n", victim->name, victim->pid);
		process_kill(victim, SIGNAL_STATUS(SIGKILL));
		if (victim == self->process)
			thread_leave(self);
		ending = true;
	}
	if (victim)
		process_put(victim);
	return ending;
}

struct out_of_memory {
	struct co co;
	u32 try;
	u64 until;
	struct spinlock lock; /* guards a queue that nobody wakes */
	struct wait_queue queue;
};

CO_STEP(out_of_memory)
{
	CO_FRAME(out_of_memory);
	struct thread *self = thread_of(co);
	long err;

	CO_BEGIN;
	if (page_is_low() ? !make_room(self) : f->try >= TRIES)
		CO_RETURN(-ENOMEM);
	wait_queue_init(&f->queue);
	AWAIT_UNTIL_FULL(err, &f->lock, &f->queue, WAIT_KILLABLE, f->until, load_relaxed(&self->work) & WORK_EXIT);
	spin_unlock(&f->lock);
	CO_RETURN(err == -ETIME ? 0 : -EINTR);
	CO_END;
}

long out_of_memory(struct co *caller, u32 try)
{
	return CO_CALL(out_of_memory, caller, .try = try, .until = clock_now() + PAUSE_NS,
		       .lock = SPINLOCK_INIT(RANK_WAIT));
}
