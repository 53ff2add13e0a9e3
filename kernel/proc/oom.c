/* oom.c - who ends when user memory is used up: the process that has most of it, but not the first one.
 *
 *     fault: no memory, nor a moment later --> is a process ending already?
 *                                                yes: wait for what it gives back
 *                                                no:  the one with the highest score is killed, then wait
 *
 * The choice and the kill are one step under process_table_lock, so that two harts at once do not choose two. Who
 * shares the victim's memory (a vfork child) is killed with it: else nothing would come free. A process that does not
 * end (it waits for a device) is waited for as long as patience lasts, and then another one is chosen.
 *
 * Programs that only happen to need a page at that moment go on. The kernel itself is not concerned: the last pages are
 * kept for it (page_alloc_user).
 */
#include "kernel/proc/oom.h"

#include "kernel/abi/errno.h"
#include "kernel/hart/print.h"
#include "kernel/mm/page.h"
#include "kernel/space/space.h"
#include "kernel/proc/thread.h"
#include "kernel/task/wait.h"

enum { PAUSE_NS = 1000000, TRIES = 3 /* before anybody has to end */, PATIENCE = 2000 };
#define NEVER INT64_MIN

/* Pages that PROCESS has, and what its adjustment makes of them: a share of all memory. Lock held. */
static s64 score_locked(const struct process *process)
{
	const struct space *space = process->space;
	s64 adjust = load_relaxed(&process->oom_adjust);

	if (!space || process->init || adjust == OOM_ADJUST_MIN)
		return NEVER;
	return (s64)(load_relaxed(&space->pages) + load_relaxed(&space->tables)) +
	       adjust * (s64)page_total_count() / OOM_ADJUST_MAX;
}

/* What to do about the lack of memory. */
struct choice {
	bool found;
	bool ending; /* wait for one that ends already */
	u32 pid;
	char name[PROCESS_NAME_BYTES];
	const struct space *space; /* the victim's: only compared */
};

/* The process with the highest score. PATIENT: unless one is ending. Table lock held. */
static struct choice choose(bool patient)
{
	struct choice choice = { 0 };
	struct process *process = NULL;
	s64 most = NEVER, score;

	while ((process = process_each(process))) {
		spin_lock(&process->lock);
		choice.ending |= patient && process->exiting && process->state == PROCESS_RUNNING;
		score = process->exiting ? NEVER : score_locked(process);
		if (score > most) {
			most = score;
			choice.found = true;
			choice.pid = process->pid;
			choice.space = process->space;
			__builtin_memcpy(choice.name, process->name, sizeof(choice.name));
		}
		spin_unlock(&process->lock);
	}
	choice.found &= !choice.ending;
	return choice;
}

/* Kill who has SPACE for its memory, but the first process. Table lock held. */
static void kill_users(const struct space *space)
{
	struct process *process = NULL;

	while ((process = process_each(process))) {
		spin_lock(&process->lock);
		if (process->space == space && !process->init)
			process_kill_locked(process, SIGNAL_STATUS(SIGKILL));
		spin_unlock(&process->lock);
	}
}

/* True: somebody is ending now. */
static bool make_room(struct thread *self, bool patient)
{
	struct choice choice;

	spin_lock(&process_table_lock);
	choice = choose(patient);
	if (choice.found)
		kill_users(choice.space);
	spin_unlock(&process_table_lock);
	if (choice.found)
		print("out of memory: %s[%u], the largest process, is killed\n", choice.name, choice.pid);
	if (load_relaxed(&self->process->exiting))
		thread_leave(self);
	return choice.found || choice.ending;
}

/* --- how likely it is chosen: for /proc --- */

u32 oom_score(const struct process *process)
{
	s64 score = score_locked(process);

	if (score == NEVER)
		return 0;
	return (u32)max((OOM_ADJUST_MAX + score * OOM_ADJUST_MAX / (s64)page_total_count()) * 2 / 3, (s64)0);
}

long oom_set_adjust(const struct process *self, struct process *process, s64 adjust)
{
	bool is_root = !load_relaxed(&self->users.effective);
	long err = 0;

	if (adjust < OOM_ADJUST_MIN || adjust > OOM_ADJUST_MAX)
		return -EINVAL;
	spin_lock(&process->lock);
	if (is_root)
		process->oom_adjust_least = (s32)adjust;
	else if (adjust < process->oom_adjust_least)
		err = -EACCES;
	if (!err)
		process->oom_adjust = (s32)adjust;
	spin_unlock(&process->lock);
	return err;
}

/* --- waiting --- */

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
	/* The first times it may be a matter of a moment: reclaim leaves alone what others lock or read just now. */
	if (f->try >= TRIES && !(page_is_low() && make_room(self, (f->try + 1) % PATIENCE)))
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
